/* The filter product: grad_w += coarse . unfold(fine)^T. Each item of work owns a block of columns
 * of grad_w and walks all images and tiles in order, so that there is nothing to reduce. */
#include <omp.h>

#include "base/checked.h"
#include "conv/tiled/products.h"
#include "conv/tiled/tile.h"

void V(pleat__tiled_filter)(const struct pleat__product *product, const void *coarse,
                            const void *fine, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__unfold_tiling *t = &product->work->tiling.unfold;
    const int64_t tiles = pleat__unfold_tiles(g, t);
    const int64_t per_chunk = pleat__unfold_blocks(t);
    const int64_t blocks = pleat__unfold_chunks(g, t) * per_chunk;
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t item = 0; item < g->groups * blocks; item++) {
        real *columns = (real *)(void *)pleat__thread_scratch(product, omp_get_thread_num());
        const struct pleat__range rows =
            pleat__unfold_block(g, t, item % blocks / per_chunk, item % per_chunk);
        for (int64_t i = 0; i < product->batch * tiles && rows.begin < rows.end; i++) {
            const struct pleat__matrix_tile tile = {i / tiles * g->groups + item / blocks, rows,
                                                    pleat__unfold_pixels(g, t, i % tiles)};
            V(pleat__tile_unfold)(g, &tile, fine, columns);
            V(pleat__tile_correlate)(g, &tile, coarse, columns, grad_weight);
        }
    }
}
