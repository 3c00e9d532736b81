/* What the machine can do: plain sgemm and the speed of its memory, measured between the layers. */
#ifndef PLEAT_TOOLS_BENCH_YARDSTICK_H
#define PLEAT_TOOLS_BENCH_YARDSTICK_H

#include <stdbool.h>
#include <stddef.h>

struct yardstick {
    int threads;
    int sgemms;          /* measured so far */
    double sgemm_gflops; /* 2048^3, OpenBLAS's own threading: the best so far */
    double triad_gbytes; /* a = b + c s on arrays larger than the caches: the best so far */
    float *data;
    size_t triad_size;
};

/* False where there is no memory. */
bool yardstick_open(struct yardstick *yardstick, int threads);
void yardstick_close(struct yardstick *yardstick);

/* Measures both twice more. */
void yardstick_measure(struct yardstick *yardstick);

#endif
