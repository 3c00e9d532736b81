/* PReLU over planes: one slope a channel. */
#include <stddef.h>

#include "nn/kernels/kernels_real.h"

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

/* Returns the sum of x gy over the pixels of a plane with x <= 0, in eight interleaved parts, an
 * order that vectors can follow. */
static double slope_gradient(int64_t pixels, const real *x, const real *gy) {
    enum { LANES = 8 };
    double parts[LANES] = {0}, sum = 0;
    for (int64_t i = 0; i < pixels; i += LANES)
        for (int64_t lane = 0; lane < LANES && i + lane < pixels; lane++)
            parts[lane] += x[i + lane] > 0 ? 0 : (double)x[i + lane] * (double)gy[i + lane];
    for (int lane = 0; lane < LANES; lane++)
        sum += parts[lane];
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
        double sum = 0;
        for (int64_t n = 0; n < batch; n++) {
            const int64_t first = (n * channels + channel) * pixels;
            sum += slope_gradient(pixels, in + first, grad_out + first);
            if (grad_in == NULL)
                continue;
#pragma omp simd
            for (int64_t i = first; i < first + pixels; i++)
                grad_in[i] = in[i] > 0 ? grad_out[i] : s * grad_out[i];
        }
        grad_slope[channel] = (real)((double)grad_slope[channel] + sum);
    }
}
