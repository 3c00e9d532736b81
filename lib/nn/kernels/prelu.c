/* PReLU over planes: one slope a channel. */
#include <stddef.h>

#include "nn/kernels/sums.h"

void V(pleat__prelu)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                     const void *x, void *y, int threads) {
    const real *in = x, *a = slope;
    real *out = y;
    const int64_t planes = batch * channels;
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * pixels >= PLEAT__PARALLEL_COUNT)
    for (int64_t plane = 0; plane < planes; plane++) {
        const real s = a[plane % channels], *in_plane = in + plane * pixels;
        real *out_plane = out + plane * pixels;
#pragma omp simd
        for (int64_t i = 0; i < pixels; i++)
            out_plane[i] = in_plane[i] > 0 ? in_plane[i] : s * in_plane[i];
    }
}

/* What x and gy add to the slope's gradient: x gy where x <= 0. */
static inline pleat__parts slope_terms(pleat__parts x, pleat__parts gy) {
    return pleat__only(~(x > 0), x * gy);
}

/* gx = gy f'(x) over a plane, unless NULL; returns what the plane adds to the slope's gradient. */
static pleat__parts differentiate(int64_t pixels, real slope, const real *x, const real *gy,
                                  real *gx) {
    pleat__parts sum = {0};
    int64_t i = 0;
    for (; i + PLEAT__LANES <= pixels; i += PLEAT__LANES) {
        sum += slope_terms(pleat__load(x + i), pleat__load(gy + i));
        if (gx != NULL)
#pragma omp simd
            for (int64_t k = i; k < i + PLEAT__LANES; k++)
                gx[k] = x[k] > 0 ? gy[k] : slope * gy[k];
    }
    sum += slope_terms(pleat__load_first(x + i, pixels - i), pleat__load_first(gy + i, pixels - i));
    for (; gx != NULL && i < pixels; i++)
        gx[i] = x[i] > 0 ? gy[i] : slope * gy[i];
    return sum;
}

void V(pleat__prelu_gradient)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                              const void *x, const void *gy, void *gx, void *gslope, int threads) {
    const real *in = x, *a = slope, *grad_out = gy;
    real *grad_in = gx, *grad_slope = gslope;
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (batch * channels * pixels >= PLEAT__PARALLEL_COUNT)
    for (int64_t channel = 0; channel < channels; channel++) {
        const real s = a[channel];
        pleat__parts sum = {0};
        for (int64_t n = 0; n < batch; n++) {
            const int64_t first = (n * channels + channel) * pixels;
            sum += differentiate(pixels, s, in + first, grad_out + first,
                                 grad_in != NULL ? grad_in + first : NULL);
        }
        grad_slope[channel] = (real)((double)grad_slope[channel] + pleat__sum_parts(sum));
    }
}
