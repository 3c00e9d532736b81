/* Adding the lanes of vectors, several at once: each step adds neighbours within two vectors and joins
 * what is left of both in one. */
#ifndef PLEAT_CONV_TAPS_LANES_H
#define PLEAT_CONV_TAPS_LANES_H

#include "conv/registers.h"
#include "conv/vector.h"

/* As UNROLL, for loops over all accumulators. */
#if defined __clang__
#define UNROLL_ALL
#else
#define UNROLL_ALL _Pragma("GCC unroll 32")
#endif

/* The sums of neighbouring groups of `width` lanes of a and of b: of the first two groups of a, then
 * of the first two of b, and so on. */
INLINE vector add_neighbours(vector a, vector b, const int width) {
#define ADD(...) __builtin_shufflevector(a, b, __VA_ARGS__)
#if VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 16
    if (width == 1)
        return ADD(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
               ADD(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    if (width == 2)
        return ADD(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
               ADD(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    if (width == 4)
        return ADD(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27) +
               ADD(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    return ADD(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
           ADD(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 8
    if (width == 1)
        return ADD(0, 8, 2, 10, 4, 12, 6, 14) + ADD(1, 9, 3, 11, 5, 13, 7, 15);
    if (width == 2)
        return ADD(0, 1, 8, 9, 4, 5, 12, 13) + ADD(2, 3, 10, 11, 6, 7, 14, 15);
    return ADD(0, 1, 2, 3, 8, 9, 10, 11) + ADD(4, 5, 6, 7, 12, 13, 14, 15);
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 4
    if (width == 1)
        return ADD(0, 4, 2, 6) + ADD(1, 5, 3, 7);
    return ADD(0, 1, 4, 5) + ADD(2, 3, 6, 7);
#else
    (void)width; /* always 1 */
    return ADD(0, 2) + ADD(1, 3);
#endif
#undef ADD
}

/* sums[i] = the sum of the lanes of vectors[i], for i < count, at most LANES; sums has room for LANES. */
INLINE void add_lanes(const vector *vectors, const int count, real *sums) {
    vector part[LANES];
    UNROLL_ALL for (int i = 0; i < count; i++) part[i] = vectors[i];
    int left = count;
    UNROLL_ALL for (int width = 1; width < LANES; width *= 2) {
        UNROLL_ALL for (int i = 0; i < left; i += 2) part[i / 2] =
            add_neighbours(part[i], part[i + 1 < left ? i + 1 : i], width);
        left = (left + 1) / 2;
    }
    store(sums, part[0]);
}

#endif
