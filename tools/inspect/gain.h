/* The gain maps of a transposed convolution: how evenly its taps, and its filters, reach the pixels of
 * the output (overlap.h). */
#ifndef PLEAT_TOOLS_GAIN_H
#define PLEAT_TOOLS_GAIN_H

#include <pleat/conv.h>
#include <pleat/tensor.h>

/* From here on the checkerboard number of a filter is worth a warning: gains of neighbouring pixels
 * that differ by a tenth of their mean. */
#define GAIN_UNEVEN 0.1

struct gain {
    int64_t in[PLEAT_MAX_AXES]; /* input extents: a border at each side and some strides between */
    struct pleat_tensor taps;   /* how many reach each pixel, [O...] */
    struct pleat_tensor gain;   /* [OC][O...] of the filters */
    double checkerboard;        /* of the geometry */
    double *channel_checkerboard; /* [OC], of the filters */
    int64_t channels, uneven;     /* OC, and those at GAIN_UNEVEN or above */
    double least_taps, most_taps; /* inside the border */
    double largest;               /* of channel_checkerboard */
};

/* Computes all of it for a weight, and overwrites *gain with it; freed by gain_free. */
enum pleat_status gain_make(struct gain *gain, const struct pleat_conv_params *params,
                            const struct pleat_tensor *weight, struct pleat_error *error);

/* Frees it; zeros are allowed. */
void gain_free(struct gain *gain);

#endif
