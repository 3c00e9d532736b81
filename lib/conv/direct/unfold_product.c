/* The unfold product, coarse = f(bias + w . unfold(fine)): a tile's fine rows are split, then its pixels
 * multiplied by blocks of weights. */
#include <omp.h>

#include "base/checked.h"
#include "conv/direct/products.h"
#include "conv/direct/split.h"
#include "conv/direct/weigh.h"

void V(pleat__direct_pack_for_unfold)(const struct pleat__product *product, const void *weight,
                                      void *packed) {
#pragma omp parallel num_threads(product->threads)
    V(pleat__weigh_pack)(product->geometry, weight, packed);
}

/* One tile of one group of one image; image counts groups. scratch is a thread's. */
static void multiply_tile(const struct pleat__weigh *weigh, const real *fine, int64_t image,
                          struct pleat__tile tile, char *scratch) {
    const struct pleat__geometry *g = weigh->geometry;
    const struct pleat__direct_tiling *t = weigh->tiling;
    const struct pleat__range rows = {0, V(pleat__split_rows)(g, t, tile)};
    real *split = (real *)(void *)scratch;
    V(pleat__split)
    (g, t, fine + image * g->fine_channels * pleat__fine_pixels(g), tile, rows, split);
    const int64_t runs = pleat__weigh_runs(g, tile);
    const struct pleat__range pixels = {0, tile.columns * tile.rows / runs};
    for (int64_t run = 0; run < runs; run++)
        V(pleat__weigh)(weigh, image, tile, split, run, pixels);
}

void V(pleat__direct_unfold)(const struct pleat__product *product, const void *fine,
                             const void *weight, const void *bias, void *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__direct_tiling *t = &product->work->tiling.direct;
    real *packed = (real *)(void *)product->scratch;
    int32_t *offset = (int32_t *)(void *)(product->scratch + t->weight_bytes);
    const struct pleat__weigh weigh = {
        g, t, offset, product->packed ? weight : packed, bias, product->activation, coarse};
    const int64_t tiles = pleat__direct_tiles(g, t);
    V(pleat__split_offsets)(g, t, offset);
#pragma omp parallel num_threads(product->threads)
    {
        if (!product->packed)
            V(pleat__weigh_pack)(g, weight, packed);
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < product->batch * g->groups * tiles; item++)
            multiply_tile(&weigh, fine, item / tiles, pleat__direct_tile(g, t, item % tiles),
                          pleat__thread_scratch(product, omp_get_thread_num()));
    }
}
