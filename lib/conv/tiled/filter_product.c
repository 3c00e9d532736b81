/* The filter product: grad_w += coarse . unfold(fine)^T. Each item of work owns a block of columns
 * of grad_w and walks all images and tiles in order, so that there is nothing to reduce. */
#include <omp.h>

#include "base/checked.h"
#include "conv/gemm.h"
#include "conv/tiled/products.h"
#include "conv/tiled/unfold.h"

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__unfold_tiling *tiling;
    int64_t batch;
    const real *coarse, *fine;
    real *grad_weight;
};

/* grad_w[C][rows] of one group += the sum over the pixels of image (which counts groups). */
static void multiply_image(const struct job *job, int64_t image, struct pleat__range rows,
                           real *grad_weight, real *columns) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t coarse_pixels = pleat__coarse_pixels(g);
    const real *coarse = job->coarse + image * g->coarse_channels * coarse_pixels;
    const real *fine = job->fine + image * g->fine_channels * pleat__fine_pixels(g);
    for (int64_t pixel = 0; pixel < coarse_pixels; pixel += job->tiling->pixels) {
        const struct pleat__range pixels = {pixel,
                                            pleat__min(coarse_pixels, pixel + job->tiling->pixels)};
        V(pleat__unfold)(g, fine, rows, pixels, columns);
        const struct pleat__gemm_shape shape = {.transpose_b = true,
                                                .add = true,
                                                .m = g->coarse_channels,
                                                .n = rows.end - rows.begin,
                                                .k = pixels.end - pixels.begin,
                                                .lda = coarse_pixels,
                                                .ldb = pixels.end - pixels.begin,
                                                .ldc = g->fine_channels * pleat__taps(g)};
        R(pleat__gemm)(&shape, coarse + pixel, columns, grad_weight);
    }
}

void V(pleat__tiled_filter)(const struct pleat__product *product, const void *coarse,
                            const void *fine, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct job job = {g,          &product->work->tiling.unfold, product->batch, coarse, fine,
                            grad_weight};
    const int64_t matrix_rows = g->fine_channels * pleat__taps(g), block = job.tiling->rows;
    const int64_t blocks = pleat__ceil_divide(matrix_rows, block);
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t item = 0; item < g->groups * blocks; item++) {
        const int64_t group = item / blocks, begin = item % blocks * block;
        const struct pleat__range rows = {begin, pleat__min(matrix_rows, begin + block)};
        real *target = job.grad_weight + group * g->coarse_channels * matrix_rows + begin;
        real *columns = (real *)(void *)pleat__thread_scratch(product, omp_get_thread_num());
        for (int64_t n = 0; n < job.batch; n++)
            multiply_image(&job, n * g->groups + group, rows, target, columns);
    }
}
