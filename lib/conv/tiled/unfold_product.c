/* The unfold product: coarse = bias + w . unfold(fine), a tile of coarse pixels at a time. */
#include <omp.h>

#include "base/checked.h"
#include "conv/tiled/products.h"
#include "conv/tiled/tile.h"

void V(pleat__tiled_unfold)(const struct pleat__product *product, const void *fine,
                            const void *weight, const void *bias, void *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__unfold_tiling *t = &product->work->tiling.unfold;
    const struct pleat__range all = {0, pleat__coarse_pixels(g)};
    const int64_t parts = pleat__ceil_divide(all.end, t->part), chunks = pleat__unfold_chunks(g, t);
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t item = 0; item < product->batch * g->groups * parts; item++) {
        real *columns = (real *)(void *)pleat__thread_scratch(product, omp_get_thread_num());
        const struct pleat__range part = pleat__unfold_part(t, all, item % parts * t->part);
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            const struct pleat__matrix_tile tile = {item / parts, pleat__unfold_chunk(g, t, chunk),
                                                    part};
            V(pleat__tile_unfold)(g, &tile, fine, columns);
            V(pleat__tile_weigh)(g, &tile, part, weight, bias, columns, coarse);
        }
    }
}
