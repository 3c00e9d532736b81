/* Where a tile's part of each tensor lies, and its sgemm. */
#include "conv/tiled/tile.h"

#include "conv/gemm.h"
#include "conv/tiled/unfold.h"

void V(pleat__tile_unfold)(const struct pleat__geometry *g, const struct pleat__matrix_tile *tile,
                           const real *fine, real *columns) {
    V(pleat__unfold)
    (g, fine + tile->image * g->fine_channels * pleat__fine_pixels(g), tile->rows, tile->pixels,
     columns);
}

/* Rows of coarse[C][count], leading dimension ld, become their channel's bias. */
static void fill_bias(real *coarse, int64_t ld, const real *bias, int64_t channels, int64_t count) {
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < count; i++)
            coarse[c * ld + i] = bias[c];
}

void V(pleat__tile_weigh)(const struct pleat__geometry *g, const struct pleat__matrix_tile *tile,
                          struct pleat__range part, const real *weight, const real *bias,
                          const real *columns, real *coarse) {
    const int64_t channels = g->coarse_channels, ld = pleat__coarse_pixels(g);
    const int64_t first = tile->image % g->groups * channels;
    const int64_t count = part.end - part.begin;
    const struct pleat__gemm_shape shape = {.add = tile->rows.begin > 0 || bias != NULL,
                                            .m = channels,
                                            .n = count,
                                            .k = tile->rows.end - tile->rows.begin,
                                            .lda = g->fine_channels * pleat__taps(g),
                                            .ldb = tile->pixels.end - tile->pixels.begin,
                                            .ldc = ld};
    coarse += tile->image * channels * ld + part.begin;
    if (bias != NULL && tile->rows.begin == 0)
        fill_bias(coarse, ld, bias + first, channels, count);
    R(pleat__gemm)
    (&shape, weight + first * shape.lda + tile->rows.begin,
     columns + part.begin - tile->pixels.begin, coarse);
}

void V(pleat__tile_correlate)(const struct pleat__geometry *g,
                              const struct pleat__matrix_tile *tile, const real *coarse,
                              const real *columns, real *grad_weight) {
    const int64_t channels = g->coarse_channels, pixels = pleat__coarse_pixels(g);
    const int64_t count = tile->pixels.end - tile->pixels.begin;
    const struct pleat__gemm_shape shape = {.transpose_b = true,
                                            .add = true,
                                            .m = channels,
                                            .n = tile->rows.end - tile->rows.begin,
                                            .k = count,
                                            .lda = pixels,
                                            .ldb = count,
                                            .ldc = g->fine_channels * pleat__taps(g)};
    R(pleat__gemm)
    (&shape, coarse + tile->image * channels * pixels + tile->pixels.begin, columns,
     grad_weight + tile->image % g->groups * channels * shape.ldc + tile->rows.begin);
}
