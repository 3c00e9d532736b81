/* The unfold product, coarse = bias + w . unfold(fine): a tile's fine rows are split, then its pixels
 * multiplied by blocks of weights. */
#include <omp.h>

#include "base/checked.h"
#include "conv/direct/multiply.h"
#include "conv/direct/products.h"
#include "conv/direct/split.h"

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__direct_tiling *tiling;
    const real *fine, *bias;
    const real *weight; /* packed, a group after the other */
    const int32_t *offset;
    real *coarse;
};

/* Packs channel c of w[G C][terms], counting through the groups. */
static void pack_channel(const struct pleat__geometry *g, const real *weight, int64_t c,
                         real *packed) {
    const int64_t terms = g->fine_channels * pleat__taps(g), channel = c % g->coarse_channels;
    const struct pleat__packed_row to = V(pleat__packed_row)(g->coarse_channels, terms, channel);
    const int64_t group = (c - channel) * terms;
    for (int64_t t = 0; t < terms; t++)
        packed[group + to.first + t * to.step] = weight[c * terms + t];
}

/* One tile of one group of one image; image counts groups. scratch is a thread's. */
static void multiply_tile(const struct job *job, int64_t image, struct pleat__tile tile,
                          char *scratch) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_tiling *t = job->tiling;
    const int64_t group = image % g->groups, channels = g->coarse_channels;
    const int64_t terms = g->fine_channels * pleat__taps(g), pixels = pleat__coarse_pixels(g);
    const struct pleat__range lines = {0, V(pleat__split_lines)(g, t, tile)};
    real *line = (real *)(void *)scratch, *split = (real *)(void *)(scratch + t->line_bytes);
    V(pleat__split)
    (g, t, job->fine + image * g->fine_channels * pleat__fine_pixels(g), tile, lines, line, split);
    struct pleat__multiply multiply = {
        .rows = channels,
        .terms = terms,
        .offset = job->offset,
        .weight = job->weight + group * channels * terms,
        .bias = job->bias == NULL ? NULL : job->bias + group * channels,
        .ld = pixels,
    };
    /* the pixels of a tile as wide as the image are one run, otherwise its rows are */
    const int64_t runs = tile.columns == g->coarse[2] ? 1 : tile.rows;
    for (int64_t run = 0; run < runs; run++) {
        const int64_t pixel = (tile.row + run) * g->coarse[2] + tile.column;
        multiply.data = split + run * t->columns;
        multiply.out = job->coarse + image * channels * pixels + pixel;
        V(pleat__multiply)(&multiply, tile.columns * tile.rows / runs);
    }
}

void V(pleat__direct_unfold)(const struct pleat__product *product, const void *fine,
                             const void *weight, const void *bias, void *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__direct_tiling *t = &product->work->tiling.direct;
    real *packed = (real *)(void *)product->scratch;
    int32_t *offset = (int32_t *)(void *)(product->scratch + t->weight_bytes);
    const struct job job = {g, t, fine, bias, packed, offset, coarse};
    const int64_t tiles = pleat__direct_tiles(g, t);
    V(pleat__split_offsets)(g, t, offset);
#pragma omp parallel num_threads(product->threads)
    {
#pragma omp for schedule(static)
        for (int64_t c = 0; c < g->groups * g->coarse_channels; c++)
            pack_channel(g, weight, c, packed);
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < product->batch * g->groups * tiles; item++)
            multiply_tile(&job, item / tiles, pleat__direct_tile(g, t, item % tiles),
                          pleat__thread_scratch(product, omp_get_thread_num()));
    }
}
