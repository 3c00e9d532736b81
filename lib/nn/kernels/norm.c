/* Batch normalisation. A thread owns whole channels; sums over a channel's planes run in double, in
 * eight interleaved parts, an order that vectors can follow. */
#include <math.h>
#include <stddef.h>

#include "nn/kernels/layer_kernels_real.h"

/* A loop over channels, each with its planes first + n step, n < batch. */
#define FOR_EACH_CHANNEL                                                                           \
    _Pragma("omp parallel for schedule(static) num_threads(threads) \
if (p->batch * p->channels * p->pixels >= PLEAT__PARALLEL_COUNT)") for (int64_t c = 0;             \
                                                                        c < p->channels; c++)

/* Returns the sum of channel c. */
static double sum_channel(const struct pleat__planes *p, int64_t c, const real *x) {
    double parts[PLEAT__LANES] = {0};
    for (int64_t n = 0; n < p->batch; n++) {
        const real *plane = x + (n * p->channels + c) * p->pixels;
        for (int64_t i = 0; i < p->pixels; i += PLEAT__LANES)
            for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < p->pixels; lane++)
                parts[lane] += (double)plane[i + lane];
    }
    return pleat__total(parts);
}

/* Returns the sum of (a - mean) (b - mean), or of (a - mean) b where b is another array. */
static double sum_products(const struct pleat__planes *p, int64_t c, double mean, const real *a,
                           const real *b) {
    const double other = a == b ? mean : 0;
    double parts[PLEAT__LANES] = {0};
    for (int64_t n = 0; n < p->batch; n++) {
        const int64_t first = (n * p->channels + c) * p->pixels;
        for (int64_t i = first; i < first + p->pixels; i += PLEAT__LANES)
            for (int64_t lane = 0; lane < PLEAT__LANES && i + lane < first + p->pixels; lane++)
                parts[lane] += ((double)a[i + lane] - mean) * ((double)b[i + lane] - other);
    }
    return pleat__total(parts);
}

/* y = (x - mean) factor + bias */
static void normalise_channel(const struct pleat__planes *p, int64_t c, real mean, real factor,
                              real bias, const real *x, real *y) {
    for (int64_t n = 0; n < p->batch; n++) {
        const int64_t first = (n * p->channels + c) * p->pixels;
#pragma omp simd
        for (int64_t i = first; i < first + p->pixels; i++)
            y[i] = (x[i] - mean) * factor + bias;
    }
}

void V(pleat__norm_train)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, void *running_mean, void *running_variance,
                          double *saved, void *y, int threads) {
    const struct pleat__planes *p = &norm->planes;
    const real *w = weight, *b = bias;
    real *running_m = running_mean, *running_v = running_variance;
    const double count = (double)(p->batch * p->pixels), m = norm->momentum;
    if (p->batch == 0)
        return;
    FOR_EACH_CHANNEL {
        const double mean = sum_channel(p, c, x) / count;
        const double squares = sum_products(p, c, mean, x, x);
        const double inverse = 1 / sqrt(squares / count + norm->epsilon);
        saved[c] = mean;
        saved[p->channels + c] = inverse;
        normalise_channel(p, c, (real)mean, (real)(inverse * (double)w[c]), b[c], x, y);
        if (count < 2)
            continue;
        running_m[c] = (real)((1 - m) * (double)running_m[c] + m * mean);
        running_v[c] = (real)((1 - m) * (double)running_v[c] + m * (squares / (count - 1)));
    }
}

void V(pleat__norm_apply)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, const void *running_mean, const void *running_variance,
                          void *y, int threads) {
    const struct pleat__planes *p = &norm->planes;
    const real *w = weight, *b = bias, *m = running_mean, *v = running_variance;
    FOR_EACH_CHANNEL {
        const double inverse = 1 / sqrt((double)v[c] + norm->epsilon);
        normalise_channel(p, c, m[c], (real)(inverse * (double)w[c]), b[c], x, y);
    }
}

/* With x' = (x - mean) / deviation and M values a channel (Ioffe and Szegedy, "Batch
 * normalization", 2015, section 3):
 * gx = weight / deviation (gy - sum(gy) / M - x' sum(gy x') / M). */
void V(pleat__norm_gradient)(const struct pleat__norm *norm, const void *x, const void *weight,
                             const double *saved, const void *gy, void *gx, void *gweight,
                             void *gbias, int threads) {
    const struct pleat__planes *p = &norm->planes;
    const real *in = x, *w = weight, *grad_out = gy;
    real *grad_in = gx, *grad_weight = gweight, *grad_bias = gbias;
    const double count = (double)(p->batch * p->pixels);
    if (p->batch == 0)
        return;
    FOR_EACH_CHANNEL {
        const double mean = saved[c], inverse = saved[p->channels + c];
        const double sum = sum_channel(p, c, grad_out);
        const double dot = sum_products(p, c, mean, in, grad_out);
        grad_weight[c] = (real)((double)grad_weight[c] + dot * inverse);
        grad_bias[c] = (real)((double)grad_bias[c] + sum);
        if (grad_in == NULL)
            continue;
        const real average = (real)(sum / count), middle = (real)mean,
                   slope = (real)(dot * inverse * inverse / count),
                   factor = (real)(inverse * (double)w[c]);
        for (int64_t n = 0; n < p->batch; n++) {
            const int64_t first = (n * p->channels + c) * p->pixels;
#pragma omp simd
            for (int64_t i = first; i < first + p->pixels; i++)
                grad_in[i] = (grad_out[i] - average - (in[i] - middle) * slope) * factor;
        }
    }
}
