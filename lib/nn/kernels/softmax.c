/* Softmax over channels, a few pixels of all channels at a time, so that vectors run over pixels. */
#include "nn/kernels/elementary.h"
#include "nn/kernels/layer_kernels_real.h"

#include "base/checked.h"

enum { BLOCK = 128 };

/* A loop over blocks of pixels: first is a block's first pixel in channel 0, width its pixels. */
#define FOR_EACH_BLOCK                                                                             \
    const int64_t blocks = pleat__ceil_divide(p->pixels, BLOCK);                                   \
    _Pragma("omp parallel for schedule(static) num_threads(threads) \
if (p->batch * p->channels * p->pixels >= PLEAT__PARALLEL_COUNT)") for (int64_t block = 0;         \
                                                                        block < p->batch * blocks; \
                                                                        block++)

static int64_t first_pixel(const struct pleat__planes *p, int64_t blocks, int64_t block,
                           int64_t *width) {
    const int64_t at = block % blocks * BLOCK;
    *width = pleat__min(p->pixels - at, BLOCK);
    return block / blocks * p->channels * p->pixels + at;
}

/* The largest is subtracted first, so that no exp overflows. */
static void softmax_block(const struct pleat__planes *p, int64_t width, const real *x, real *y) {
    real largest[BLOCK], sum[BLOCK];
    for (int64_t i = 0; i < width; i++) {
        largest[i] = x[i];
        sum[i] = 0;
    }
    for (int64_t c = 1; c < p->channels; c++)
        for (int64_t i = 0; i < width; i++)
            largest[i] = x[c * p->pixels + i] > largest[i] ? x[c * p->pixels + i] : largest[i];
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t i = 0; i < width; i++) {
            const real e = pleat__exp(x[c * p->pixels + i] - largest[i]);
            y[c * p->pixels + i] = e;
            sum[i] += e;
        }
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t i = 0; i < width; i++)
            y[c * p->pixels + i] /= sum[i];
}

void V(pleat__softmax)(const struct pleat__planes *p, const void *x, void *y, int threads) {
    FOR_EACH_BLOCK {
        int64_t width;
        const int64_t first = first_pixel(p, blocks, block, &width);
        softmax_block(p, width, (const real *)x + first, (real *)y + first);
    }
}

/* gx = y (gy - sum over channels of gy y) */
void V(pleat__softmax_gradient)(const struct pleat__planes *p, const void *y, const void *gy,
                                void *gx, int threads) {
    FOR_EACH_BLOCK {
        int64_t width;
        const int64_t first = first_pixel(p, blocks, block, &width);
        const real *out = (const real *)y + first, *grad_out = (const real *)gy + first;
        real *grad_in = (real *)gx + first, sum[BLOCK] = {0};
        for (int64_t c = 0; c < p->channels; c++)
            for (int64_t i = 0; i < width; i++)
                sum[i] += grad_out[c * p->pixels + i] * out[c * p->pixels + i];
        for (int64_t c = 0; c < p->channels; c++)
            for (int64_t i = 0; i < width; i++)
                grad_in[c * p->pixels + i] =
                    out[c * p->pixels + i] * (grad_out[c * p->pixels + i] - sum[i]);
    }
}
