/* The filter product, grad_w += coarse . unfold(fine)^T: the team splits the fine rows of some tiles
 * into a buffer that it shares, then each thread correlates its blocks of grad_w with it, over all
 * images in order: nothing is reduced across threads. Where the unfold product is wanted too, each
 * thread multiplies some of the tiles' pixels by the weights meanwhile. */
#include <omp.h>

#include "base/checked.h"
#include "conv/direct/correlate.h"
#include "conv/direct/products.h"
#include "conv/direct/split.h"
#include "conv/direct/weigh.h"

enum { WEIGHED = 192 }; /* pixels: a share of a thread is so many, or several times */

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__direct_tiling *tiling;
    const real *coarse, *fine;
    real *split, *lanes;
    const int32_t *offset;
};

/* The same tile of some images of one group: image counts groups, so the next is `groups` on. */
struct stack {
    int64_t image, images;
    struct pleat__tile tile;
};

/* A thread splits as large a share of the rows as it correlates of the taps, mostly the same ones. */
static void split_stack(const struct job *job, const struct stack *stack, int thread, int threads) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_tiling *t = job->tiling;
    const int64_t size = g->fine_channels * pleat__fine_pixels(g);
    const struct pleat__range rows =
        pleat__share(V(pleat__split_rows)(g, t, stack->tile), thread, threads);
    for (int64_t image = 0; image < stack->images; image++)
        V(pleat__split)
    (g, t, job->fine + (stack->image + image * g->groups) * size, stack->tile, rows,
     job->split + image * t->size);
}

/* Adds some blocks of all pieces of the stack. */
static void correlate_stack(const struct job *job, const struct stack *stack,
                            struct pleat__range blocks, real *copy) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_tiling *t = job->tiling;
    const struct pleat__tile tile = stack->tile;
    const int64_t pixels = pleat__coarse_pixels(g);
    const real *coarse = job->coarse + stack->image * g->coarse_channels * pixels +
                         tile.row * g->coarse[2] + tile.column;
    struct pleat__correlate p = {
        .channels = g->coarse_channels,
        .taps = g->fine_channels * pleat__taps(g),
        .coarse_ld = pixels,
        .offset = job->offset,
        .lanes = job->lanes,
        .copy = copy,
    };
    /* a run is a row of the tile, or all of them where it is as wide as the image, and then those of
     * several images where they are small */
    const bool whole = tile.columns == g->coarse[2];
    const int64_t length = whole ? tile.rows * tile.columns : tile.columns;
    const int64_t runs = whole ? stack->images : tile.rows;
    p.coarse_step = whole ? g->groups * g->coarse_channels * pixels : g->coarse[2];
    p.fine_step = whole ? t->size : t->columns;
    const int64_t pieces = pleat__ceil_divide(length, PLEAT__DIRECT_PIECE);
    const int64_t piece = pleat__ceil_divide(pleat__ceil_divide(length, pieces), 16) * 16;
    for (int64_t run = 0; run < runs; run += t->runs)
        for (int64_t i = 0; i < length; i += piece) {
            p.runs = pleat__min(t->runs, runs - run);
            p.count = pleat__min(piece, length - i);
            p.coarse = coarse + run * p.coarse_step + i;
            p.fine = job->split + run * p.fine_step + i;
            V(pleat__correlate)(&p, blocks.begin, blocks.end);
        }
}

/* How many pixels a share of the stack has, at most, and how many shares. */
struct shares {
    int64_t runs, length, pixels, count;
};

static struct shares cut_stack(const struct job *job, const struct stack *stack) {
    struct shares s = {.runs = pleat__weigh_runs(job->geometry, stack->tile)};
    s.length = stack->tile.rows * stack->tile.columns / s.runs;
    s.pixels = pleat__min(s.length, WEIGHED);
    s.count = stack->images * s.runs * pleat__ceil_divide(s.length, s.pixels);
    return s;
}

/* A thread's share of the coarse pixels. */
static void weigh_stack(const struct job *job, const struct pleat__weigh *weigh,
                        const struct stack *stack, int thread, int threads) {
    const struct shares shares = cut_stack(job, stack);
    const struct pleat__range part = pleat__share(shares.count, thread, threads);
    const int64_t across = pleat__ceil_divide(shares.length, shares.pixels);
    for (int64_t i = part.begin; i < part.end; i++) {
        const int64_t image = i / across / shares.runs, begin = i % across * shares.pixels;
        const struct pleat__range pixels = {begin,
                                            pleat__min(shares.length, begin + shares.pixels)};
        V(pleat__weigh)
        (weigh, stack->image + image * job->geometry->groups, stack->tile,
         job->split + image * job->tiling->size, i / across % shares.runs, pixels);
    }
}

/* A thread's blocks of one group, over all images in order, and its shares of the coarse pixels where
 * weigh is not NULL. */
static void run_group(const struct job *job, const struct pleat__product *product,
                      const struct pleat__weigh *weigh, int64_t group, real *grad_weight) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_tiling *t = job->tiling;
    const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
    const int64_t terms = g->fine_channels * pleat__taps(g), tiles = pleat__direct_tiles(g, t);
    const struct pleat__correlate sums = {
        .channels = g->coarse_channels, .taps = terms, .lanes = job->lanes};
    const struct pleat__range blocks = {
        V(pleat__correlate_share)(g->coarse_channels, terms, thread, threads),
        V(pleat__correlate_share)(g->coarse_channels, terms, thread + 1, threads)};
    real *copy = (real *)(void *)pleat__thread_scratch(product, thread);
    V(pleat__correlate_clear)(&sums, blocks.begin, blocks.end);
    for (int64_t n = 0; n < product->batch; n += t->images)
        for (int64_t i = 0; i < tiles; i++) {
            const struct stack stack = {n * g->groups + group,
                                        pleat__min(t->images, product->batch - n),
                                        pleat__direct_tile(g, t, i)};
            split_stack(job, &stack, thread, threads);
#pragma omp barrier
            if (weigh != NULL)
                weigh_stack(job, weigh, &stack, thread, threads);
            correlate_stack(job, &stack, blocks, copy);
#pragma omp barrier
        }
    V(pleat__correlate_add)
    (&sums, blocks.begin, blocks.end, g->kernel[1], g->kernel[2],
     grad_weight + group * g->coarse_channels * terms);
}

/* Both products, or the filter product alone where weight is NULL. */
static void run(const struct pleat__product *product, const void *coarse, const void *fine,
                const void *weight, void *grad_coarse, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__direct_tiling *t = &product->work->tiling.direct;
    char *split = product->scratch + t->weight_bytes, *lanes = split + t->buffer_bytes;
    int32_t *offset = (int32_t *)(void *)(lanes + t->lane_bytes);
    const struct job job = {g,     t, coarse, fine, (real *)(void *)split, (real *)(void *)lanes,
                            offset};
    real *packed = (real *)(void *)product->scratch;
    const struct pleat__weigh weigh = {g, t, offset, packed, NULL, NULL, grad_coarse};
    V(pleat__split_offsets)(g, t, offset);
#pragma omp parallel num_threads(product->threads)
    {
        if (weight != NULL)
            V(pleat__weigh_pack)(g, weight, packed);
        for (int64_t group = 0; group < g->groups; group++)
            run_group(&job, product, weight == NULL ? NULL : &weigh, group, grad_weight);
    }
}

void V(pleat__direct_filter)(const struct pleat__product *product, const void *coarse,
                             const void *fine, void *grad_weight) {
    run(product, coarse, fine, NULL, NULL, grad_weight);
}

void V(pleat__direct_both)(const struct pleat__product *product, const void *coarse,
                           const void *fine, const void *weight, void *grad_coarse,
                           void *grad_weight) {
    run(product, coarse, fine, weight, grad_coarse, grad_weight);
}
