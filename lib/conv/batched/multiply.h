/* The product of a small matrix of weights and vectors of images. */
#ifndef PLEAT_CONV_BATCHED_MULTIPLY_H
#define PLEAT_CONV_BATCHED_MULTIPLY_H

#include "conv/batched/classes.h"
#include "conv/products.h"
#include "conv/variant.h"

/* For every row and every output of a class, in vectors of images,
 *
 *     out[row][output.index] = f(bias[row] + the sum over channels and terms of
 *         weight[row][channel][term.index] data[channel][output.place + term.place])
 *
 * Indices of outputs and all places are in elements. */
struct pleat__batched_multiply {
    int64_t rows, channels, taps;
    const real *weight;                         /* packed */
    const real *bias;                           /* [rows] or NULL */
    const struct pleat__activation *activation; /* or NULL */
    int64_t first_channel;                      /* that row 0 is to it */
    const real *data;
    int64_t plane; /* elements of a channel of data, */
    real *out;
    int64_t out_plane; /* and of a row of out */
    struct pleat__class of;
};

/* Packs weights for rows: packed [block][channels][taps][rows of the block] of
 * weight[row row_step + channel channel_step + tap]. */
struct pleat__batched_weights {
    int64_t rows, channels, taps;
    int64_t row_step, channel_step;
};
void V(pleat__batched_pack)(const struct pleat__batched_weights *weights, const real *weight,
                            real *packed);

/* How many blocks the rows are cut into, and the first row of one, or their number behind the last. */
int64_t V(pleat__batched_row_blocks)(int64_t rows);
int64_t V(pleat__batched_first_row)(int64_t rows, int64_t block);

/* Computes the rows of blocks begin to end - 1, each sum in the order of its terms. */
void V(pleat__batched_multiply)(const struct pleat__batched_multiply *multiply, int64_t begin,
                                int64_t end);

#endif
