/* The unfold product: coarse = f(bias + w . unfold(fine)), a tile of coarse pixels at a time. */
#include <omp.h>

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/tiled/products.h"
#include "conv/tiled/tile.h"

/* Applies the function to a part of the pixels of all channels. */
static void activate_part(const struct pleat__product *product, int64_t image,
                          struct pleat__range part, real *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const int64_t channels = g->coarse_channels, pixels = pleat__coarse_pixels(g);
    for (int64_t c = 0; c < channels; c++)
        activate(product->activation, image % g->groups * channels + c, part.end - part.begin,
                 coarse + (image * channels + c) * pixels + part.begin);
}

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
        activate_part(product, item / parts, part, coarse);
    }
}
