/* The only file of the program that calls the BLAS. */
#include <cblas.h>
#include <stdlib.h>

#include "bench/measure.h"
#include "bench/yardstick.h"

/* Threads of the one still wait awake when the other's begin: the second time is the better. */
enum { SIDE = 2048, TRIAD_BYTES = 64 << 20, REPEATS = 2 };

bool yardstick_open(struct yardstick *y, int threads) {
    *y = (struct yardstick){.threads = threads};
    y->triad_size = TRIAD_BYTES / sizeof(float);
    y->data = malloc(3 * (size_t)TRIAD_BYTES);
    if (y->data == NULL)
        return false;
    for (size_t i = 0; i < 3 * y->triad_size; i++)
        y->data[i] = (float)(i % 7) - 3;
    openblas_set_num_threads(threads);
    return true;
}

void yardstick_close(struct yardstick *y) {
    free(y->data);
}

/* The product of two matrices of small integers, in the triad's memory. */
static void measure_sgemm(struct yardstick *y) {
    const float *a = y->data + y->triad_size, *b = a + SIDE * SIDE;
    const double begin = now();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0,
                y->data, SIDE);
    const double gflops = 2.0 * SIDE * SIDE * SIDE / (now() - begin) * 1e-6;
    y->sgemm_gflops = gflops > y->sgemm_gflops ? gflops : y->sgemm_gflops;
    y->sgemms++;
}

static void measure_triad(struct yardstick *y) {
    float *a = y->data;
    const float *b = a + y->triad_size, *c = b + y->triad_size;
    const double begin = now();
#pragma omp parallel for num_threads(y->threads) schedule(static)
    for (size_t i = 0; i < y->triad_size; i++)
        a[i] = b[i] + 3 * c[i];
    const double gbytes = 3.0 * TRIAD_BYTES / (now() - begin) * 1e-6;
    if (y->triads == MOST_TRIADS)
        return;
    int place = y->triads++;
    for (; place > 0 && y->triad_gbytes[place - 1] > gbytes; place--)
        y->triad_gbytes[place] = y->triad_gbytes[place - 1];
    y->triad_gbytes[place] = gbytes;
}

double yardstick_triad(const struct yardstick *y) {
    return y->triad_gbytes[y->triads / 2];
}

void yardstick_measure(struct yardstick *y) {
    for (int i = 0; i < REPEATS; i++)
        measure_sgemm(y);
    for (int i = 0; i < REPEATS; i++)
        measure_triad(y);
}
