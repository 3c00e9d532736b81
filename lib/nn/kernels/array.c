/* Arrays as vectors: sums, multiples, clipping, a search. */
#include <tgmath.h>

#include "nn/kernels/kernels_real.h"

double V(pleat__squared_norm)(int64_t count, const void *a) {
    const real *x = a;
    double parts[PLEAT__LANES] = {0};
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < count; lane++)
            parts[lane] += (double)x[i + lane] * (double)x[i + lane];
    return pleat__total(parts);
}

void V(pleat__scale)(int64_t count, double factor, void *a, int threads) {
    real *x = a;
    const real f = (real)factor;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++)
        x[i] *= f;
}

void V(pleat__add_scaled)(int64_t count, double factor, const void *from, void *to) {
    const real *x = from;
    real *y = to;
    const real f = (real)factor;
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] += f * x[i];
}

void V(pleat__clamp)(int64_t count, double most, void *a, int threads) {
    real *x = a;
    const real upper = (real)most, lower = -upper;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++)
        x[i] = x[i] > upper ? upper : x[i] < lower ? lower : x[i];
}

void V(pleat__approach)(int64_t count, double part, const void *to, void *a, int threads) {
    const real *target = to;
    real *x = a;
    const real f = (real)part;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++)
        x[i] = f == 1 ? target[i] : x[i] + f * (target[i] - x[i]); /* a copy without rounding */
}

void V(pleat__swap)(int64_t count, void *a, void *b, int threads) {
    real *x = a, *y = b;
#pragma omp parallel for simd schedule(static)                                                     \
    num_threads(threads) if (parallel                                                              \
                             : count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++) {
        const real kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

int64_t V(pleat__find_not_finite)(int64_t count, const void *a) {
    enum { BLOCK = 4096 };
    const real *x = a;
    int64_t i = 0;
    for (; i < count; i += BLOCK) { /* no exit within, so that vectors can be used */
        const int64_t end = count - i < BLOCK ? count : i + BLOCK;
        int bad = 0;
        for (int64_t k = i; k < end; k++)
            bad |= !(x[k] - x[k] == 0);
        if (bad)
            break;
    }
    while (i < count && isfinite(x[i]))
        i++;
    return i < count ? i : count;
}
