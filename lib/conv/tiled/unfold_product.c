/* The unfold product: coarse = bias + w . unfold(fine), a tile of coarse pixels at a time. */
#include <omp.h>

#include "base/checked.h"
#include "conv/gemm.h"
#include "conv/tiled/products.h"
#include "conv/tiled/unfold.h"

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__unfold_tiling *tiling;
    const real *fine, *weight, *bias;
    real *coarse;
};

/* Rows of coarse[C][count], leading dimension ld, become their channel's bias. */
static void fill_bias(real *coarse, int64_t ld, const real *bias, int64_t channels, int64_t count) {
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < count; i++)
            coarse[c * ld + i] = bias[c];
}

/* One tile of pixels of one group of one image; image counts groups. */
static void multiply_tile(const struct job *job, int64_t image, struct pleat__range pixels,
                          real *columns) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t group = image % g->groups, matrix_rows = g->fine_channels * pleat__taps(g);
    const int64_t coarse_pixels = pleat__coarse_pixels(g), count = pixels.end - pixels.begin;
    const real *fine = job->fine + image * g->fine_channels * pleat__fine_pixels(g);
    const real *weight = job->weight + group * g->coarse_channels * matrix_rows;
    real *coarse = job->coarse + image * g->coarse_channels * coarse_pixels + pixels.begin;
    if (job->bias != NULL)
        fill_bias(coarse, coarse_pixels, job->bias + group * g->coarse_channels, g->coarse_channels,
                  count);
    for (int64_t row = 0; row < matrix_rows; row += job->tiling->rows) {
        const struct pleat__range rows = {row, pleat__min(matrix_rows, row + job->tiling->rows)};
        V(pleat__unfold)(g, fine, rows, pixels, columns);
        const struct pleat__gemm_shape shape = {.add = row > 0 || job->bias != NULL,
                                                .m = g->coarse_channels,
                                                .n = count,
                                                .k = rows.end - rows.begin,
                                                .lda = matrix_rows,
                                                .ldb = count,
                                                .ldc = coarse_pixels};
        R(pleat__gemm)(&shape, weight + row, columns, coarse);
    }
}

void V(pleat__tiled_unfold)(const struct pleat__product *product, const void *fine,
                            const void *weight, const void *bias, void *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const struct job job = {g, &product->work->tiling.unfold, fine, weight, bias, coarse};
    const int64_t pixels = pleat__coarse_pixels(g), tile = job.tiling->pixels;
    const int64_t tiles = pleat__ceil_divide(pixels, tile);
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t item = 0; item < product->batch * g->groups * tiles; item++) {
        const int64_t begin = item % tiles * tile;
        real *columns = (real *)(void *)pleat__thread_scratch(product, omp_get_thread_num());
        multiply_tile(&job, item / tiles,
                      (struct pleat__range){begin, pleat__min(pixels, begin + tile)}, columns);
    }
}
