/* The product of a small matrix of weights and rows of pixels that lie at any offsets. */
#ifndef PLEAT_CONV_DIRECT_MULTIPLY_H
#define PLEAT_CONV_DIRECT_MULTIPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "conv/products.h"
#include "conv/variant.h"

/* out[row][i] (+)= bias[row] + sum over t of weight[t][row] data[offset[t] + i], for rows of out
 * that are ld apart. The rows of weights are packed in blocks: pleat__packed_row. */
struct pleat__multiply {
    int64_t rows, terms;
    const int32_t *offset; /* [terms] */
    const real *weight;    /* packed */
    const real *data;
    const real *bias; /* [rows] or NULL */
    bool add;         /* to what out holds; bias and activation are NULL */
    const struct pleat__activation *activation; /* of the sums, or NULL */
    int64_t channel;                            /* that the first row is to it */
    real *out;
    int64_t ld;
};

/* Where the weights of a row lie among all rows' packed ones: weight[first + t step]. */
struct pleat__packed_row {
    int64_t first, step;
};
struct pleat__packed_row V(pleat__packed_row)(int64_t rows, int64_t terms, int64_t row);

/* Computes count pixels of all rows, each its terms in order, to the same bits wherever it lies in a
 * vector. Where count is less than a vector, data is read up to PLEAT__ALIGNMENT bytes beyond its
 * end. With add, count must be a multiple of a vector. */
void V(pleat__multiply)(const struct pleat__multiply *multiply, int64_t count);

#endif
