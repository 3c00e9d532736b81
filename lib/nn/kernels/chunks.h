/* Sums that threads share: the work is cut into as many chunks as it has size for, whatever the
 * threads, and what the chunks add up to is added in their order. */
#ifndef PLEAT_NN_KERNELS_CHUNKS_H
#define PLEAT_NN_KERNELS_CHUNKS_H

#include <omp.h>

#include "base/checked.h"

enum { PLEAT__CHUNKS = 64 };

/* Where a chunk of count elements, or other pieces, begins; that of number PLEAT__CHUNKS is the end. */
static inline int64_t pleat__chunk_begin(int64_t count, int chunk) {
    return count / PLEAT__CHUNKS * chunk + pleat__min(count % PLEAT__CHUNKS, chunk);
}

/* As many threads as OpenMP offers, or 1 where the elements are not worth a team. */
static inline int pleat__chunk_threads(int64_t elements) {
    return elements < 32768 ? 1 : (int)pleat__min(omp_get_max_threads(), PLEAT__CHUNKS);
}

static inline double pleat__sum_chunks(const double part[PLEAT__CHUNKS]) {
    double sum = 0;
    for (int chunk = 0; chunk < PLEAT__CHUNKS; chunk++)
        sum += part[chunk];
    return sum;
}

#endif
