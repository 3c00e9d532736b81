/* The three products of which both operators are made, and the bias gradient.
 *
 *     fold     fine    = f(bias + fold(w^T . coarse))  conv_transpose forward, conv grad_input
 *     unfold   coarse  = f(bias + w . unfold(fine))    conv forward, conv_transpose grad_input
 *     filter   grad_w += coarse . unfold(fine)^T       grad_weight of both
 *
 * coarse[N][G C][coarse pixels], fine[N][G F][fine pixels], w[G C][F][taps], per geometry.h.
 * Arrays are of the element type in the function's name. Everything has been checked by the
 * caller. Each writes disjoint parts of its output from each thread, in an order that does not
 * depend on the number of threads. */
#ifndef PLEAT_CONV_PRODUCTS_H
#define PLEAT_CONV_PRODUCTS_H

#include <pleat/tensor.h>

#include "conv/method.h"

/* The function of a forward pass: one with a slope for each channel of all groups, of the product's
 * element type, or with one for all. */
struct pleat__activation {
    enum pleat_function function; /* not PLEAT_FUNCTION_NONE */
    const void *slopes;           /* or NULL, then */
    double slope;
};

struct pleat__product {
    const struct pleat__geometry *geometry;
    const struct pleat__work *work;
    int64_t batch;
    int threads; /* within a region of gemm.h where the method calls the BLAS */
    bool packed; /* fold and unfold: the weight is what pack made of it */
    const struct pleat__activation *activation; /* fold and unfold: of what is stored, or NULL */
    char *scratch; /* aligned; work's shared_bytes, then its thread_bytes for each thread */
};

/* The functions of one method for one element type and instruction set. */
struct pleat__products {
    /* fine is overwritten; bias[G F] or NULL */
    void (*fold)(const struct pleat__product *product, const void *coarse, const void *weight,
                 const void *bias, void *fine);
    /* coarse is overwritten; bias[G C] or NULL */
    void (*unfold)(const struct pleat__product *product, const void *fine, const void *weight,
                   const void *bias, void *coarse);
    /* packed, of work's packed_bytes, is overwritten with the weight as fold, or unfold, reads it;
     * called where there are such bytes. Of the scratch the shared one is enough. */
    void (*pack_for_fold)(const struct pleat__product *product, const void *weight, void *packed);
    void (*pack_for_unfold)(const struct pleat__product *product, const void *weight, void *packed);
    /* grad_weight is added to */
    void (*filter)(const struct pleat__product *product, const void *coarse, const void *fine,
                   void *grad_weight);
    /* Both, of the same fine side, with the bits of each alone: grad_coarse is overwritten,
     * grad_weight added to. NULL where the method shares nothing between them. */
    void (*both)(const struct pleat__product *product, const void *coarse, const void *fine,
                 const void *weight, void *grad_coarse, void *grad_weight);
};

struct pleat__kernels {
    struct pleat__products methods[PLEAT__METHODS]; /* by enum pleat_method */
    /* grad_bias[channels] += the sum of grad_output[batch][channels][pixels], summed in double */
    void (*bias)(const struct pleat__product *product, const void *grad_output, int64_t channels,
                 int64_t pixels, void *grad_bias);
};

/* The kernels for an instruction set that is present. */
const struct pleat__kernels *pleat__kernels(enum pleat_dtype dtype,
                                            enum pleat_instructions instructions);

/* The scratch of one thread. */
static inline char *pleat__thread_scratch(const struct pleat__product *product, int thread) {
    return product->scratch + product->work->shared_bytes +
           (size_t)thread * product->work->thread_bytes;
}

#endif
