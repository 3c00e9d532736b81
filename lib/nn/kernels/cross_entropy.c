/* Cross-entropy over the classes of each pixel, and the best class. Pixels are taken in blocks, so
 * that vectors run over pixels while one class after the other is read. */
#include <stdbool.h>
#include <stddef.h>

#include "nn/kernels/chunks.h"
#include "nn/kernels/elementary.h"
#include "nn/kernels/kernels_real.h"

enum { BLOCK = 128 };

/* Some pixels of an image: x[classes], one every stride elements. */
struct block {
    int64_t count, classes, stride;
    const real *x;
    const int32_t *label;
    real weight[BLOCK];  /* of each pixel's label; 0 where it is ignored */
    real largest[BLOCK]; /* of the logits */
    real sum[BLOCK];     /* of exp(x - largest) */
};

static void find_largest(struct block *b) {
    for (int64_t i = 0; i < b->count; i++)
        b->largest[i] = b->x[i];
    for (int64_t c = 1; c < b->classes; c++) {
        const real *x = b->x + c * b->stride;
        for (int64_t i = 0; i < b->count; i++)
            b->largest[i] = x[i] > b->largest[i] ? x[i] : b->largest[i];
    }
}

/* Sums exp(x - largest), and leaves the terms in grad unless that is NULL. */
static void sum_exponentials(struct block *b, real *grad) {
    for (int64_t i = 0; i < b->count; i++)
        b->sum[i] = 0;
    for (int64_t c = 0; c < b->classes; c++)
        for (int64_t i = 0; i < b->count; i++) {
            const real term = pleat__exp(b->x[c * b->stride + i] - b->largest[i]);
            b->sum[i] += term;
            if (grad != NULL)
                grad[c * b->stride + i] = term;
        }
}

/* Computes the block's part of the sum; x may be overwritten by grad. */
static double sum_losses(struct block *b, real *grad) {
    real below[BLOCK]; /* how far the label's logit lies below the largest; the loss */
    double loss = 0;
    find_largest(b);
    for (int64_t i = 0; i < b->count; i++)
        below[i] = b->weight[i] != 0 ? b->largest[i] - b->x[b->label[i] * b->stride + i] : 0;
    sum_exponentials(b, grad);
    for (int64_t i = 0; i < b->count; i++)
        below[i] += pleat__log(b->sum[i]);
    for (int64_t i = 0; i < b->count; i++)
        if (b->weight[i] != 0)
            loss += (double)b->weight[i] * (double)below[i];
    return loss;
}

/* Makes the gradient of the terms that sum_exponentials left. */
static void finish_gradient(const struct block *b, double factor, real *grad) {
    real scale[BLOCK];
    for (int64_t i = 0; i < b->count; i++)
        scale[i] = (real)factor * b->weight[i] / b->sum[i];
    for (int64_t c = 0; c < b->classes; c++)
        for (int64_t i = 0; i < b->count; i++) {
            real *g = &grad[c * b->stride + i];
            *g = b->weight[i] != 0 ? scale[i] * *g : 0;
        }
    for (int64_t i = 0; i < b->count; i++)
        if (b->weight[i] != 0)
            grad[b->label[i] * b->stride + i] -= (real)factor * b->weight[i];
}

/* Computes one block's part of the sum, and its gradient unless grad is NULL. */
static double compute_block(const struct pleat__scores *scores, const real *class_weight,
                            int32_t ignored, double factor, int64_t block, real *grad) {
    const int64_t blocks = pleat__ceil_divide(scores->pixels, BLOCK), n = block / blocks,
                  first = block % blocks * BLOCK;
    const int64_t at = n * scores->classes * scores->pixels + first;
    struct block b = {.count = pleat__min(scores->pixels - first, BLOCK),
                      .classes = scores->classes,
                      .stride = scores->pixels,
                      .x = (const real *)scores->x + at,
                      .label = scores->label + n * scores->pixels + first};
    for (int64_t i = 0; i < b.count; i++)
        b.weight[i] = b.label[i] == ignored  ? 0
                      : class_weight == NULL ? 1
                                             : class_weight[b.label[i]];
    const double loss = sum_losses(&b, grad != NULL ? grad + at : NULL);
    if (grad != NULL)
        finish_gradient(&b, factor, grad + at);
    return loss;
}

double V(pleat__cross_entropy)(const struct pleat__scores *scores, const void *weight,
                               int32_t ignored, double factor, void *grad, int threads) {
    const int64_t blocks = scores->batch * pleat__ceil_divide(scores->pixels, BLOCK);
    double part[PLEAT__CHUNKS] = {0};
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int chunk = 0; chunk < PLEAT__CHUNKS; chunk++)
        for (int64_t i = pleat__chunk_begin(blocks, chunk);
             i < pleat__chunk_begin(blocks, chunk + 1); i++)
            part[chunk] += compute_block(scores, weight, ignored, factor, i, grad);
    return pleat__sum_chunks(part);
}

void V(pleat__best_label)(const struct pleat__scores *scores) {
    for (int64_t n = 0; n < scores->batch; n++)
        for (int64_t first = 0; first < scores->pixels; first += BLOCK) {
            const real *x = (const real *)scores->x + n * scores->classes * scores->pixels + first;
            int32_t *label = scores->label + n * scores->pixels + first;
            const int64_t count = scores->pixels - first < BLOCK ? scores->pixels - first : BLOCK;
            real best[BLOCK];
            for (int64_t i = 0; i < count; i++) {
                best[i] = x[i];
                label[i] = 0;
            }
            for (int64_t c = 1; c < scores->classes; c++)
                for (int64_t i = 0; i < count; i++) {
                    const bool better = x[c * scores->pixels + i] > best[i];
                    best[i] = better ? x[c * scores->pixels + i] : best[i];
                    label[i] = better ? (int32_t)c : label[i];
                }
        }
}
