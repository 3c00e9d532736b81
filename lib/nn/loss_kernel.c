/* Distances between two arrays and their gradients. Sums run in eight interleaved parts, an order
 * that vectors can follow, in double. */
#include <math.h>

#include "nn/kernels_real.h"

enum { LANES = 8 };

static double total(const double parts[LANES]) {
    return ((parts[0] + parts[1]) + (parts[2] + parts[3])) +
           ((parts[4] + parts[5]) + (parts[6] + parts[7]));
}

double R(pleat__squared_distance)(int64_t count, const void *a, const void *b) {
    const real *p = a, *t = b;
    double parts[LANES] = {0};
    for (int64_t i = 0; i < count; i += LANES)
        for (int64_t lane = 0; lane < LANES && i + lane < count; lane++) {
            const double d = (double)p[i + lane] - (double)t[i + lane];
            parts[lane] += d * d;
        }
    return total(parts);
}

double R(pleat__absolute_distance)(int64_t count, const void *a, const void *b) {
    const real *p = a, *t = b;
    double parts[LANES] = {0};
    for (int64_t i = 0; i < count; i += LANES)
        for (int64_t lane = 0; lane < LANES && i + lane < count; lane++)
            parts[lane] += fabs((double)p[i + lane] - (double)t[i + lane]);
    return total(parts);
}

void R(pleat__difference)(int64_t count, double factor, const void *a, const void *b, void *grad) {
    const real *p = a, *t = b;
    real *g = grad;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        g[i] = (real)(factor * ((double)p[i] - (double)t[i]));
}

void R(pleat__sign)(int64_t count, double factor, const void *a, const void *b, void *grad) {
    const real *p = a, *t = b;
    real *g = grad;
    const real f = (real)factor;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        g[i] = p[i] > t[i] ? f : p[i] < t[i] ? -f : p[i] - t[i]; /* 0, or NaN */
}
