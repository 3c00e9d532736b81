/* The loops over elements that layers, losses and optimizers are made of, for each element type
 * and instruction set; only dense, which calls sgemm, has bits that depend on the set.
 *
 * Arrays are of the type that the table is for; everything has been checked by the caller. Loops
 * with a `threads` argument take up to that many on large arrays; no result depends on it. */
#ifndef PLEAT_NN_KERNELS_KERNELS_H
#define PLEAT_NN_KERNELS_KERNELS_H

#include <stdint.h>

#include <pleat/loss.h>
#include <pleat/optimizer.h>

#include "conv/instructions.h"

enum pleat__function { PLEAT__RELU, PLEAT__LEAKY_RELU, PLEAT__SIGMOID, PLEAT__TANH };

/* Scores x[batch][classes][pixels] and the label of each pixel, [batch][pixels]. */
struct pleat__scores {
    int64_t batch, classes, pixels;
    const void *x;
    int32_t *label;
};

/* A loss that compares a with b element by element; epsilon is for Charbonnier's alone. */
struct pleat__comparison {
    /* Returns the sum of its terms. */
    double (*sum)(int64_t count, double epsilon, const void *a, const void *b);
    /* grad[count] = factor times its derivative by a; grad may be a or b. */
    void (*gradient)(int64_t count, double epsilon, double factor, const void *a, const void *b,
                     void *grad);
};

struct pleat__kernels {
    /* y[count] = f(x); y may be x. slope is for the leaky ReLU alone. */
    void (*activation)(enum pleat__function f, double slope, int64_t count, const void *x, void *y,
                       int threads);
    /* gx[count] = gy f'(x), from y = f(x); gx may be gy. */
    void (*activation_gradient)(enum pleat__function f, double slope, int64_t count, const void *y,
                                const void *gy, void *gx, int threads);
    /* x, y[batch][channels][pixels], slope[channels]; y may be x. */
    void (*prelu)(int64_t batch, int64_t channels, int64_t pixels, const void *slope, const void *x,
                  void *y, int threads);
    /* gx is overwritten unless NULL, and may be gy; gslope[channels] is added to, summed in
     * double. */
    void (*prelu_gradient)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                           const void *x, const void *gy, void *gx, void *gslope, int threads);
    /* to[count] += from */
    void (*add)(int64_t count, const void *from, void *to, int threads);

    /* Returns the sum of a^2. */
    double (*squared_norm)(int64_t count, const void *a);
    /* a *= factor; to += factor from; a = a within -most..most; a += part (to - a) */
    void (*scale)(int64_t count, double factor, void *a, int threads);
    void (*add_scaled)(int64_t count, double factor, const void *from, void *to);
    void (*clamp)(int64_t count, double most, void *a, int threads);
    void (*approach)(int64_t count, double part, const void *to, void *a, int threads);
    /* Exchanges a and b. */
    void (*swap)(int64_t count, void *a, void *b, int threads);
    /* Returns the first index at which a is NaN or infinite, or count. */
    int64_t (*find_not_finite)(int64_t count, const void *a);

    /* (a - b)^2 / 2, |a - b|, sqrt((a - b)^2 + epsilon^2), and the binary cross-entropy from logits
     * a and targets b. */
    struct pleat__comparison squared, absolute, charbonnier, binary_cross_entropy;
    /* Returns the sum of weight[label] times the cross-entropy over the pixels whose label is not
     * the ignored one, weight[classes] being 1 where NULL; unless grad is NULL, it is overwritten
     * with factor times the sum's gradient, and may be x. */
    double (*cross_entropy)(const struct pleat__scores *scores, const void *weight, int32_t ignored,
                            double factor, void *grad, int threads);
    /* label = the first class with the largest score */
    void (*best_label)(const struct pleat__scores *scores);

    /* Returns the sum of m^2 + exp(v) - 1 - v; gm = factor 2 m, gv = factor (exp(v) - 1), each
     * unless NULL. */
    double (*divergence)(int64_t count, const void *m, const void *v);
    void (*divergence_gradient)(int64_t count, double factor, const void *m, const void *v,
                                void *gm, void *gv);
    /* z = m + exp(v / 2) noise; gv = gz noise exp(v / 2) / 2 */
    void (*gaussian)(int64_t count, const void *m, const void *v, const void *noise, void *z);
    void (*gaussian_gradient)(int64_t count, const void *v, const void *noise, const void *gz,
                              void *gv);

    /* The updates of optimizer.h, with factor times the options' learning rate. */
    void (*sgd)(const struct pleat_sgd_options *options, double factor, int64_t count, void *value,
                const void *grad, void *velocity, int threads);
    void (*adam)(const struct pleat_adam_options *options, double factor, int64_t step,
                 int64_t count, void *value, const void *grad, void *first, void *second,
                 int threads);
};

/* Returns the kernels for an element type and an instruction set that is present. */
const struct pleat__kernels *pleat__kernels_for(enum pleat_dtype dtype,
                                                enum pleat_instructions instructions);

static inline const struct pleat__kernels *pleat__kernels(enum pleat_dtype dtype) {
    return pleat__kernels_for(dtype, pleat__instructions_best());
}

#endif
