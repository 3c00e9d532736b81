/* The widest vectors of elements that the instruction set has, by the compiler's own vector types,
 * and rows of elements copied with them. */
#ifndef PLEAT_CONV_VECTOR_H
#define PLEAT_CONV_VECTOR_H

#include <string.h>

#include "base/checked.h"
#include "conv/variant.h"

#if defined __AVX512F__
#define VECTOR_BYTES 64
#elif defined __AVX2__
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

/* Elements of a vector, and of a line of the caches, which is what a prefetch asks for. */
enum { LANES = VECTOR_BYTES / sizeof(real), LINE = 64 / sizeof(real) };

typedef real vector __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef real unaligned_vector
    __attribute__((vector_size(VECTOR_BYTES), may_alias, aligned(sizeof(real))));

/* WHICH(h, lane) of all lanes, divided by commas. */
#define LIST_2(WHICH, h, k) WHICH(h, k), WHICH(h, (k) + 1)
#define LIST_4(WHICH, h, k) LIST_2(WHICH, h, k), LIST_2(WHICH, h, (k) + 2)
#define LIST_8(WHICH, h, k) LIST_4(WHICH, h, k), LIST_4(WHICH, h, (k) + 4)
#define LIST_16(WHICH, h, k) LIST_8(WHICH, h, k), LIST_8(WHICH, h, (k) + 8)
#if VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 16
#define EACH_LANE(WHICH, h) LIST_16(WHICH, h, 0)
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 8
#define EACH_LANE(WHICH, h) LIST_8(WHICH, h, 0)
#elif VECTOR_BYTES * 8 / PLEAT_REAL_BITS == 4
#define EACH_LANE(WHICH, h) LIST_4(WHICH, h, 0)
#else
#define EACH_LANE(WHICH, h) LIST_2(WHICH, h, 0)
#endif

/* A function that is compiled for constant arguments. */
#define INLINE static inline __attribute__((always_inline))

INLINE vector load(const real *from) {
    return *(const unaligned_vector *)(const void *)from;
}

INLINE void store(real *to, vector value) {
    *(unaligned_vector *)(void *)to = value;
}

#if PLEAT_REAL_BITS == 32
typedef int32_t lane_bits;
#else
typedef int64_t lane_bits;
#endif
/* All bits of a lane set, or none. */
typedef lane_bits lane_mask __attribute__((vector_size(VECTOR_BYTES)));

/* Lanes begin to end - 1. */
static inline lane_mask mask_lanes(int64_t begin, int64_t end) {
    static const lane_bits number[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    lane_mask numbers;
    memcpy(&numbers, number, sizeof numbers);
    return (numbers >= (lane_bits)begin) & (numbers < (lane_bits)end);
}

/* to[i] = from[i], as vectors of which the last may overlap the one before. */
static inline void copy_run(const real *from, int64_t count, real *to) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        store(to + i, load(from + i));
    if (i < count && count >= LANES)
        store(to + count - LANES, load(from + count - LANES));
    else
        for (; i < count; i++)
            to[i] = from[i];
}

/* to[i] = row[first + i], or 0 outside row[0..size). */
static inline void copy_padded(const real *row, int64_t size, int64_t first, int64_t count,
                               real *to) {
    const int64_t begin = pleat__max(0, pleat__min(count, -first));
    const int64_t end = pleat__max(begin, pleat__min(count, size - first));
    for (int64_t i = 0; i < begin; i++)
        to[i] = 0;
    if (end > begin)
        copy_run(row + first + begin, end - begin, to + begin);
    for (int64_t i = end; i < count; i++)
        to[i] = 0;
}

#endif
