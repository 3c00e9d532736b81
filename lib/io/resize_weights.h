/* The weights by which one axis is resized. */
#ifndef PLEAT_IO_RESIZE_WEIGHTS_H
#define PLEAT_IO_RESIZE_WEIGHTS_H

#include <stdint.h>

#include <pleat/resize.h>

/* Output pixel o is the sum over t < taps of weight[o * taps + t] times input pixel
 * index[o * taps + t]. */
struct pleat__resize_weights {
    int64_t out, taps;
    double *weight;
    int32_t *index; /* within the axis */
};

/* Makes the table for an axis of `in` pixels resized to `out`; freed by
 * pleat__resize_weights_free. PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__resize_weights_make(struct pleat__resize_weights *weights, int64_t in,
                                             int64_t out, enum pleat_resize_method method,
                                             struct pleat_error *error);

void pleat__resize_weights_free(struct pleat__resize_weights *weights);

#endif
