/* OpenBLAS behind two functions, and the one process-wide state of the library: while any region
 * is open a pthread-built OpenBLAS is held at one thread, since its own threads would serialise
 * concurrent calls on a lock. */
#include "conv/gemm.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int open_regions;
static int threads_before;

int64_t pleat__gemm_max_extent(void) {
    return sizeof(blasint) >= sizeof(int64_t) ? INT64_MAX : INT_MAX;
}

void pleat__gemm_f32(const struct pleat__gemm_shape *s, const float *a, const float *b, float *c) {
    cblas_sgemm(CblasRowMajor, s->transpose_a ? CblasTrans : CblasNoTrans,
                s->transpose_b ? CblasTrans : CblasNoTrans, (blasint)s->m, (blasint)s->n,
                (blasint)s->k, 1, a, (blasint)s->lda, b, (blasint)s->ldb, s->add ? 1 : 0, c,
                (blasint)s->ldc);
}

void pleat__gemm_f64(const struct pleat__gemm_shape *s, const double *a, const double *b,
                     double *c) {
    cblas_dgemm(CblasRowMajor, s->transpose_a ? CblasTrans : CblasNoTrans,
                s->transpose_b ? CblasTrans : CblasNoTrans, (blasint)s->m, (blasint)s->n,
                (blasint)s->k, 1, a, (blasint)s->lda, b, (blasint)s->ldb, s->add ? 1 : 0, c,
                (blasint)s->ldc);
}

static void hold_blas_threads(void) {
    pthread_mutex_lock(&lock);
    if (open_regions++ == 0) {
        threads_before = openblas_get_num_threads();
        openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&lock);
}

static void release_blas_threads(void) {
    pthread_mutex_lock(&lock);
    if (--open_regions == 0)
        openblas_set_num_threads(threads_before);
    pthread_mutex_unlock(&lock);
}

struct pleat__gemm_region pleat__gemm_begin(int wanted_threads) {
    struct pleat__gemm_region region = {.threads = wanted_threads};
    switch (openblas_get_parallel()) {
    case OPENBLAS_SEQUENTIAL:
        pthread_mutex_lock(&lock);
        region.threads = 1;
        break;
    case OPENBLAS_THREAD:
        hold_blas_threads();
        break;
    default:
        /* OpenMP: in a parallel region it runs one thread by itself, but a team of one is none. The
         * number is the calling task's own, so there is nothing to lock. */
        region.before = omp_get_max_threads();
        omp_set_num_threads(1);
        break;
    }
    return region;
}

void pleat__gemm_end(const struct pleat__gemm_region *region) {
    switch (openblas_get_parallel()) {
    case OPENBLAS_SEQUENTIAL:
        pthread_mutex_unlock(&lock);
        break;
    case OPENBLAS_THREAD:
        release_blas_threads();
        break;
    default:
        omp_set_num_threads(region->before);
        break;
    }
}
