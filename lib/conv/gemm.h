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

/* Opens a region in which the gemm functions may be called from several threads at once, and
 * returns how many of the wanted threads may do so: all, or 1 under a serial OpenBLAS, which is
 * built without locks; such regions exclude each other. pleat__gemm_end closes it and puts
 * OpenBLAS's own number of threads back once no region is open. */
int pleat__gemm_begin(int wanted_threads);
void pleat__gemm_end(void);

#endif
