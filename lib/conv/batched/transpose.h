/* Transposing LANES x LANES elements, and adding the lanes of LANES vectors, by exchanging blocks of
 * lanes: for h = LANES / 2, .., 1 the lanes whose number has bit h change places with those of the
 * vector h on. */
#ifndef PLEAT_CONV_BATCHED_TRANSPOSE_H
#define PLEAT_CONV_BATCHED_TRANSPOSE_H

#include "conv/registers.h"

/* The lanes of the vectors a and b that make each of the two after an exchange. */
#define LOWER(h, k) ((k) & (h) ? LANES + (k) - (h) : (k))
#define UPPER(h, k) ((k) & (h) ? LANES + (k) : (k) + (h))
#define EXCHANGE(h, a, b, lower, upper)                                                            \
    const vector lower = __builtin_shufflevector(a, b, EACH_LANE(LOWER, h)),                       \
                 upper = __builtin_shufflevector(a, b, EACH_LANE(UPPER, h))

/* clang-format off */
#define TRANSPOSE_STEP(h)                                                                          \
    _Pragma("GCC unroll 16") for (int i = 0; i < LANES; i++)                                       \
        if ((i & (h)) == 0) {                                                                      \
            EXCHANGE(h, v[i], v[i + (h)], lower, upper);                                           \
            v[i] = lower, v[i + (h)] = upper;                                                      \
        }
#define ADD_STEP(h)                                                                                \
    _Pragma("GCC unroll 16") for (int i = 0; i < (h); i++) {                                       \
        EXCHANGE(h, v[i], v[i + (h)], lower, upper);                                               \
        v[i] = lower + upper;                                                                      \
    }
#if VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 16
#define STEPS(STEP) STEP(8) STEP(4) STEP(2) STEP(1)
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 8
#define STEPS(STEP) STEP(4) STEP(2) STEP(1)
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 4
#define STEPS(STEP) STEP(2) STEP(1)
#else
#define STEPS(STEP) STEP(1)
#endif
/* clang-format on */

INLINE void transpose(vector v[LANES]){STEPS(TRANSPOSE_STEP)}

/* Returns the sums of the lanes of each vector; v is overwritten. */
INLINE vector add_lanes(vector v[LANES]) {
    STEPS(ADD_STEP)
    return v[0];
}

#endif
