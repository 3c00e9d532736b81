/* What the machine can do: plain sgemm and the speed of its memory, measured between the layers. */
#ifndef PLEAT_TOOLS_BENCH_YARDSTICK_H
#define PLEAT_TOOLS_BENCH_YARDSTICK_H

#include <stdbool.h>
#include <stddef.h>

enum { MOST_TRIADS = 256 };

struct yardstick {
    int threads;
    int sgemms;          /* measured so far */
    double sgemm_gflops; /* 2048^3, OpenBLAS's own threading: the best so far */
    /* a = b + 3 c on arrays larger than the caches, in GB/s, ascending. Of these the median
     * counts: now and then memory is twice as fast as ever else. */
    int triads;
    double triad_gbytes[MOST_TRIADS];
    float *data;
    size_t triad_size;
};

/* False where there is no memory. */
bool yardstick_open(struct yardstick *yardstick, int threads);
void yardstick_close(struct yardstick *yardstick);

/* Measures both twice more. */
void yardstick_measure(struct yardstick *yardstick);

/* The median speed of the triad, in GB/s; measured before. */
double yardstick_triad(const struct yardstick *yardstick);

#endif
