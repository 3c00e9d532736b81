/* Batch normalisation. A thread owns whole channels; sums over a channel's planes run in double, over
 * blocks that stay in the nearest cache while they are read twice. */
#include <math.h>
#include <stddef.h>

#include "nn/kernels/layer_kernels_real.h"
#include "nn/kernels/sums.h"

#include "base/checked.h"

/* The most elements of a block. */
enum { BLOCK = 4096 };

/* A loop over channels, each with its planes first + n step, n < batch. */
#define FOR_EACH_CHANNEL                                                                           \
    _Pragma("omp parallel for schedule(static) num_threads(threads) \
if (p->batch * p->channels * p->pixels >= PLEAT__PARALLEL_COUNT)") for (int64_t c = 0;             \
                                                                        c < p->channels; c++)

/* Part of a channel: the same pixels of some images. */
struct block {
    const real *x; /* the first */
    int64_t images, step, pixels;
};

/* Returns the sum of (x - mean)^power, power being 1 or 2. */
static double sum_block(const struct block *b, double mean, int power) {
    pleat__parts sum = {0};
    for (int64_t n = 0; n < b->images; n++) {
        const real *x = b->x + n * b->step;
        int64_t i = 0;
        for (; i + PLEAT__LANES <= b->pixels; i += PLEAT__LANES) {
            const pleat__parts d = pleat__load(x + i) - mean;
            sum += power == 1 ? d : d * d;
        }
        for (int lane = 0; i < b->pixels; i++, lane++) {
            const double d = (double)x[i] - mean;
            sum[lane] += power == 1 ? d : d * d;
        }
    }
    return pleat__sum_parts(sum);
}

/* The mean of so many values, and the sum of the squares of their distances to it. */
struct moments {
    double count, mean, squares;
};

/* Adds a block to m (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983):
 * as exact as two passes over the whole, which would have to come from memory twice. */
static void add_block(struct moments *m, const struct block *b) {
    const double count = (double)(b->images * b->pixels), total = m->count + count;
    const double mean = sum_block(b, 0, 1) / count, delta = mean - m->mean;
    m->squares += sum_block(b, mean, 2) + delta * delta * (m->count * count / total);
    m->mean += delta * (count / total);
    m->count = total;
}

static struct moments measure_channel(const struct pleat__planes *p, int64_t c, const real *x) {
    const int64_t pixels = pleat__min(p->pixels, BLOCK), images = pleat__max(BLOCK / pixels, 1);
    struct moments m = {0, 0, 0};
    for (int64_t n = 0; n < p->batch; n += images)
        for (int64_t first = 0; first < p->pixels; first += pixels) {
            const struct block b = {.x = x + (n * p->channels + c) * p->pixels + first,
                                    .images = pleat__min(images, p->batch - n),
                                    .step = p->channels * p->pixels,
                                    .pixels = pleat__min(pixels, p->pixels - first)};
            add_block(&m, &b);
        }
    return m;
}

/* Overwrites *sum with the sum of gy over channel c and *dot with that of (x - mean) gy. */
static void sum_gradients(const struct pleat__planes *p, int64_t c, double mean, const real *x,
                          const real *gy, double *sum, double *dot) {
    pleat__parts sums = {0}, dots = {0};
    for (int64_t n = 0; n < p->batch; n++) {
        const int64_t end = (n * p->channels + c + 1) * p->pixels;
        int64_t i = end - p->pixels;
        for (; i + PLEAT__LANES <= end; i += PLEAT__LANES) {
            const pleat__parts g = pleat__load(gy + i);
            sums += g;
            dots += (pleat__load(x + i) - mean) * g;
        }
        for (int lane = 0; i < end; i++, lane++) {
            sums[lane] += (double)gy[i];
            dots[lane] += ((double)x[i] - mean) * (double)gy[i];
        }
    }
    *sum = pleat__sum_parts(sums);
    *dot = pleat__sum_parts(dots);
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
    const double count = (double)(p->batch * p->pixels), part = norm->momentum;
    if (p->batch == 0)
        return;
    FOR_EACH_CHANNEL {
        const struct moments m = measure_channel(p, c, x);
        const double inverse = 1 / sqrt(m.squares / count + norm->epsilon);
        saved[c] = m.mean;
        saved[p->channels + c] = inverse;
        normalise_channel(p, c, (real)m.mean, (real)(inverse * (double)w[c]), b[c], x, y);
        if (count < 2)
            continue;
        running_m[c] = (real)((1 - part) * (double)running_m[c] + part * m.mean);
        running_v[c] = (real)((1 - part) * (double)running_v[c] + part * (m.squares / (count - 1)));
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
        double sum, dot;
        sum_gradients(p, c, mean, in, grad_out, &sum, &dot);
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
