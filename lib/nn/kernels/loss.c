/* Distances between two arrays and their gradients. Sums are taken in double. */
#include <tgmath.h>

#include "nn/kernels/kernels_real.h"

double V(pleat__squared_distance)(int64_t count, const void *a, const void *b) {
    const real *p = a, *t = b;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++) {
            const double d = (double)p[i + lane] - (double)t[i + lane];
            parts[lane] += d * d;
        }
    return pleat__total(parts);
}

double V(pleat__absolute_distance)(int64_t count, const void *a, const void *b) {
    const real *p = a, *t = b;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++)
            parts[lane] += fabs((double)p[i + lane] - (double)t[i + lane]);
    return pleat__total(parts);
}

void V(pleat__difference)(int64_t count, double factor, const void *a, const void *b, void *grad) {
    const real *p = a, *t = b;
    real *g = grad;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        g[i] = (real)(factor * ((double)p[i] - (double)t[i]));
}

void V(pleat__sign)(int64_t count, double factor, const void *a, const void *b, void *grad) {
    const real *p = a, *t = b;
    real *g = grad;
    const real f = (real)factor;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        g[i] = p[i] > t[i] ? f : p[i] < t[i] ? -f : p[i] - t[i]; /* 0, or NaN */
}

double V(pleat__charbonnier)(int64_t count, double epsilon, const void *a, const void *b) {
    const real *p = a, *t = b;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++) {
            const double d = (double)p[i + lane] - (double)t[i + lane];
            parts[lane] += sqrt(d * d + epsilon * epsilon);
        }
    return pleat__total(parts);
}

void V(pleat__charbonnier_gradient)(int64_t count, double epsilon, double factor, const void *a,
                                    const void *b, void *grad) {
    const real *p = a, *t = b;
    real *g = grad;
#pragma omp simd
    for (int64_t i = 0; i < count; i++) {
        const double d = (double)p[i] - (double)t[i];
        g[i] = (real)(factor * d / sqrt(d * d + epsilon * epsilon));
    }
}

double V(pleat__binary_cross_entropy)(int64_t count, const void *x, const void *t) {
    const real *logit = x, *target = t;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++) {
            const real l = logit[i + lane];
            const double positive = l < 0 ? 0 : (double)l; /* NaN stays */
            parts[lane] +=
                positive - (double)l * (double)target[i + lane] + (double)log1p(exp(-fabs(l)));
        }
    return pleat__total(parts);
}

void V(pleat__binary_cross_entropy_gradient)(int64_t count, double factor, const void *x,
                                             const void *t, void *grad) {
    const real *logit = x, *target = t;
    real *g = grad;
    for (int64_t i = 0; i < count; i++) {
        const real e = exp(-fabs(logit[i]));
        const real sigmoid = (logit[i] < 0 ? e : 1) / (1 + e);
        g[i] = (real)(factor * ((double)sigmoid - (double)target[i]));
    }
}
