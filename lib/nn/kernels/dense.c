/* The products of a fully connected layer, cut into blocks whose shape does not depend on the
 * threads: sgemm's bits depend on it. */
#include "conv/gemm.h"
#include "nn/kernels/layer_kernels_real.h"

#include "base/checked.h"

enum { BLOCK_ROWS = 64, BLOCK_COLUMNS = 256 };

/* Multiplies a shape block by block; bias, unless NULL, is what each row of c is first filled
 * with, and then added to. */
static void multiply(const struct pleat__gemm_shape *whole, const real *a, const real *b,
                     const real *bias, real *c, int threads) {
    const int64_t rows = pleat__ceil_divide(whole->m, BLOCK_ROWS),
                  columns = pleat__ceil_divide(whole->n, BLOCK_COLUMNS);
    const struct pleat__gemm_region region = pleat__gemm_begin(threads);
#pragma omp parallel for schedule(static) num_threads(region.threads)
    for (int64_t item = 0; item < rows * columns; item++) {
        const int64_t i = item / columns * BLOCK_ROWS, j = item % columns * BLOCK_COLUMNS;
        struct pleat__gemm_shape block = *whole;
        block.m = pleat__min(whole->m - i, BLOCK_ROWS);
        block.n = pleat__min(whole->n - j, BLOCK_COLUMNS);
        real *first = c + i * whole->ldc + j;
        for (int64_t row = 0; bias != NULL && row < block.m; row++)
            for (int64_t column = 0; column < block.n; column++)
                first[row * whole->ldc + column] = bias[j + column];
        block.add = block.add || bias != NULL;
        R(pleat__gemm)
        (&block, a + (whole->transpose_a ? i : i * whole->lda),
         b + (whole->transpose_b ? j * whole->ldb : j), first);
    }
    pleat__gemm_end(&region);
}

void V(pleat__dense)(int64_t batch, int64_t in, int64_t out, const void *x, const void *weight,
                     const void *bias, void *y, int threads) {
    const struct pleat__gemm_shape shape = {
        .transpose_b = true, .m = batch, .n = out, .k = in, .lda = in, .ldb = in, .ldc = out};
    multiply(&shape, x, weight, bias, y, threads);
}

/* gbias += the sum of gy over the batch, in double. */
static void bias_gradient(int64_t batch, int64_t out, const real *gy, real *gbias) {
    for (int64_t o = 0; o < out; o++) {
        double sum = 0;
        for (int64_t n = 0; n < batch; n++)
            sum += (double)gy[n * out + o];
        gbias[o] = (real)((double)gbias[o] + sum);
    }
}

void V(pleat__dense_gradient)(int64_t batch, int64_t in, int64_t out, const void *x,
                              const void *weight, const void *gy, void *gx, void *gweight,
                              void *gbias, int threads) {
    const struct pleat__gemm_shape input = {
        .m = batch, .n = in, .k = out, .lda = out, .ldb = in, .ldc = in};
    const struct pleat__gemm_shape filter = {.transpose_a = true,
                                             .add = true,
                                             .m = out,
                                             .n = in,
                                             .k = batch,
                                             .lda = out,
                                             .ldb = in,
                                             .ldc = in};
    if (gx != NULL)
        multiply(&input, gy, weight, NULL, gx, threads);
    if (batch > 0)
        multiply(&filter, gy, x, NULL, gweight, threads);
    if (gbias != NULL)
        bias_gradient(batch, out, gy, gbias);
}
