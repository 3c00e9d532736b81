/* Dropout. Whether an element is dropped follows from the key and its number alone, so threads do
 * not matter, and backward asks again instead of keeping a mask. */
#include <stddef.h>

#include "nn/kernels/layer_kernels_real.h"

#include "base/mix.h"

/* Uniform in [0, 1): number i of splitmix64's sequence from key. */
static double uniform(uint64_t key, int64_t i) {
    return (double)(pleat__mix(key + ((uint64_t)i + 1) * PLEAT__GAMMA) >> 11) * 0x1p-53;
}

void V(pleat__dropout)(int64_t count, double probability, uint64_t key, const void *mask,
                       const void *x, void *y, int threads) {
    const real *given = mask, *in = x, scale = (real)(1 / (1 - probability));
    real *out = y;
#pragma omp parallel for schedule(static) num_threads(threads) if (count >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < count; i++) {
        const bool keep = given != NULL ? given[i] != 0 : uniform(key, i) >= probability;
        out[i] = in[i] * (keep ? scale : 0);
    }
}
