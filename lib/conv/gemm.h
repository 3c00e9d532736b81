/* General matrix multiplication by OpenBLAS, and how to hold its threads.
 *
 * gemm.c is the only file that includes cblas.h. Every call runs on the calling thread alone;
 * pleat's own threads each make calls of their own, between begin and end of a region. */
#ifndef PLEAT_CONV_GEMM_H
#define PLEAT_CONV_GEMM_H

#include <stdbool.h>
#include <stdint.h>

/* The largest extent or leading dimension that the BLAS's integer holds. */
int64_t pleat__gemm_max_extent(void);

/* c[m][n] = op(a) op(b) + (add ? c : 0), row-major with leading dimensions lda, ldb, ldc;
 * op(a) is a[m][k], or the transpose of a[k][m]; op(b) is b[k][n], or the transpose of b[n][k].
 * Without add, c is overwritten whatever it held. m and n at least 1. */
struct pleat__gemm_shape {
    bool transpose_a, transpose_b, add;
    int64_t m, n, k, lda, ldb, ldc;
};

void pleat__gemm_f32(const struct pleat__gemm_shape *shape, const float *a, const float *b,
                     float *c);
void pleat__gemm_f64(const struct pleat__gemm_shape *shape, const double *a, const double *b,
                     double *c);

/* A region in which the gemm functions may be called from several threads at once. */
struct pleat__gemm_region {
    int threads; /* how many of the caller's threads may call them */
    int before;  /* OpenMP's number of threads, to be put back */
};

/* Opens a region for wanted_threads: all, or 1 under a serial OpenBLAS, which is built without
 * locks; such regions exclude each other. Until pleat__gemm_end, which is to be called by the same
 * thread, each call of OpenBLAS runs on the thread that makes it. */
struct pleat__gemm_region pleat__gemm_begin(int wanted_threads);
void pleat__gemm_end(const struct pleat__gemm_region *region);

#endif
