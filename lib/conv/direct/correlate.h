/* Sums over pixels of the products of rows of pixels with rows of pixels. */
#ifndef PLEAT_CONV_DIRECT_CORRELATE_H
#define PLEAT_CONV_DIRECT_CORRELATE_H

#include <stdint.h>

#include "conv/variant.h"

/* sum[c][t] += the sum over runs and i < count of
 *
 *     coarse[c coarse_ld + run coarse_step + i] fine[offset[t] + run fine_step + i]
 *
 * for sum[channels][taps], whose rows are sum_ld apart. */
struct pleat__correlate {
    int64_t channels, taps;
    int64_t runs, count;
    const real *coarse;
    int64_t coarse_ld, coarse_step;
    const real *fine;
    int64_t fine_step;
    const int32_t *offset; /* [taps] */
    real *sum;
    int64_t sum_ld;
    real *copy; /* scratch: PLEAT__DIRECT_ROWS times runs, each padded to a vector */
};

/* The work is cut into blocks of channels and taps, each computed by itself: how many there are. */
int64_t V(pleat__correlate_blocks)(int64_t channels, int64_t taps);

/* Adds blocks begin to end - 1. Elements of fine beyond a run are read, and not used. */
void V(pleat__correlate)(const struct pleat__correlate *correlate, int64_t begin, int64_t end);

#endif
