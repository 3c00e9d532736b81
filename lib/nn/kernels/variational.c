/* Divergence and samples of a diagonal Gaussian. */
#include <stddef.h>
#include <tgmath.h>

#include "nn/kernels/kernels_real.h"

double V(pleat__divergence)(int64_t count, const void *m, const void *v) {
    const real *mean = m, *log_variance = v;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++) {
            const double mu = (double)mean[i + lane], lv = (double)log_variance[i + lane];
            parts[lane] += mu * mu + (expm1(lv) - lv); /* around 0 exp(v) - 1 would cancel */
        }
    return pleat__total(parts);
}

void V(pleat__divergence_gradient)(int64_t count, double factor, const void *m, const void *v,
                                   void *gm, void *gv) {
    const real *mean = m, *log_variance = v;
    real *grad_mean = gm, *grad_log_variance = gv;
    const real f = (real)factor;
    for (int64_t i = 0; grad_mean != NULL && i < count; i++)
        grad_mean[i] = 2 * f * mean[i];
    for (int64_t i = 0; grad_log_variance != NULL && i < count; i++)
        grad_log_variance[i] = f * expm1(log_variance[i]);
}

void V(pleat__gaussian)(int64_t count, const void *m, const void *v, const void *noise, void *z) {
    const real *mean = m, *log_variance = v, *e = noise;
    real *sample = z;
    for (int64_t i = 0; i < count; i++)
        sample[i] = mean[i] + exp(log_variance[i] / 2) * e[i];
}

void V(pleat__gaussian_gradient)(int64_t count, const void *v, const void *noise, const void *gz,
                                 void *gv) {
    const real *log_variance = v, *e = noise, *grad_sample = gz;
    real *grad = gv;
    for (int64_t i = 0; i < count; i++)
        grad[i] = grad_sample[i] * e[i] * exp(log_variance[i] / 2) / 2;
}
