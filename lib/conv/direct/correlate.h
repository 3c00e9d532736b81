/* Sums over pixels of the products of rows of pixels with rows of pixels. */
#ifndef PLEAT_CONV_DIRECT_CORRELATE_H
#define PLEAT_CONV_DIRECT_CORRELATE_H

#include <stdint.h>

#include "conv/variant.h"

/* The sums over runs and i < count of
 *
 *     coarse[c coarse_ld + run coarse_step + i] fine[offset[t] + run fine_step + i]
 *
 * for channels c and taps t. Lane l of a vector sums over i = l, l + LANES, ..; lanes are added once,
 * at the very end. */
struct pleat__correlate {
    int64_t channels, taps;
    int64_t runs, count;
    const real *coarse;
    int64_t coarse_ld, coarse_step;
    const real *fine;
    int64_t fine_step;
    const int32_t *offset; /* [taps] */
    real *lanes; /* the sums, [channels][taps] vectors in the order of the blocks; aligned */
    real *copy;  /* scratch: PLEAT__DIRECT_ROWS times runs, each padded to a vector */
};

/* The work is cut into blocks of channels and taps, each computed by itself, all channels of some taps
 * after each other. Returns the first block of share i of some shares that are as large as each other
 * but for a block, or the number of blocks for the share behind the last. */
int64_t V(pleat__correlate_share)(int64_t channels, int64_t taps, int64_t i, int64_t shares);

/* Overwrites the sums of blocks begin to end - 1 with 0. */
void V(pleat__correlate_clear)(const struct pleat__correlate *correlate, int64_t begin,
                               int64_t end);

/* Adds to the sums of blocks begin to end - 1. Elements of fine beyond a run are read, and not used. */
void V(pleat__correlate)(const struct pleat__correlate *correlate, int64_t begin, int64_t end);

/* Adds the sums of blocks begin to end - 1 to to[channels][F][height][width], where taps are
 * [F][width][height]; their lanes are overwritten. */
void V(pleat__correlate_add)(const struct pleat__correlate *correlate, int64_t begin, int64_t end,
                             int64_t height, int64_t width, real *to);

#endif
