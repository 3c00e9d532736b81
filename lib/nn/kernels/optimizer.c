/* The updates of SGD, Adam and AdamW; the formulas stand in pleat/optimizer.h. */
#include <stdbool.h>
#include <tgmath.h>

#include "nn/kernels/kernels_real.h"

void V(pleat__sgd)(const struct pleat_sgd_options *options, double factor, int64_t count,
                   void *value, const void *grad, void *velocity, int threads) {
    real *w = value, *v = velocity;
    const real *g = grad;
    const real rate = (real)(factor * options->rate), momentum = (real)options->momentum,
               decay = (real)options->weight_decay;
    const bool nesterov = options->nesterov != 0;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++) {
        const real gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (nesterov ? gradient + momentum * v[i] : v[i]);
    }
}

void V(pleat__adam)(const struct pleat_adam_options *options, double factor, int64_t step,
                    int64_t count, void *value, const void *grad, void *first, void *second,
                    int threads) {
    real *w = value, *m = first, *v = second;
    const real *g = grad;
    const double correction1 = 1 - pow(options->beta1, (double)step),
                 correction2 = 1 - pow(options->beta2, (double)step);
    const double shrinkage = factor * options->rate * options->weight_decay;
    const bool decoupled = options->decoupled != 0;
    const real rate = (real)(factor * options->rate / correction1), root = (real)sqrt(correction2),
               beta1 = (real)options->beta1, beta2 = (real)options->beta2,
               rest1 = (real)(1 - options->beta1), rest2 = (real)(1 - options->beta2),
               epsilon = (real)options->epsilon,
               decay = decoupled ? 0 : (real)options->weight_decay,
               kept = decoupled ? (real)(1 - shrinkage) : 1;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++) {
        const real gradient = g[i] + decay * w[i];
        m[i] = beta1 * m[i] + rest1 * gradient;
        v[i] = beta2 * v[i] + rest2 * (gradient * gradient);
        w[i] = kept * w[i] - rate * (m[i] / (sqrt(v[i]) / root + epsilon));
    }
}
