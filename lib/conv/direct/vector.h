/* Vectors of elements, by the compiler's own vector types, and how many of them the registers hold:
 * 32 with AVX-512, otherwise 16. */
#ifndef PLEAT_CONV_DIRECT_VECTOR_H
#define PLEAT_CONV_DIRECT_VECTOR_H

#include "base/checked.h"
#include "conv/variant.h"

#if defined __AVX512F__
#define VECTOR_BYTES 64
#elif defined __AVX2__
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

enum { LANES = VECTOR_BYTES / sizeof(real) };

typedef real vector __attribute__((vector_size(VECTOR_BYTES)));
typedef real unaligned_vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(real))));

/* Loops over accumulators must be unrolled before arrays are taken apart into registers; clang does
 * it by itself. */
#if defined __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

/* A template that is compiled for constant arguments. */
#define TEMPLATE static inline __attribute__((always_inline))

TEMPLATE vector load(const real *from) {
    return *(const unaligned_vector *)(const void *)from;
}

TEMPLATE void store(real *to, vector value) {
    *(unaligned_vector *)(void *)to = value;
}

/* Holds a loaded vector in its register: gcc would rather load it again for every use. */
#if defined __GNUC__ && defined __AVX512F__
#define HOLD(value) __asm__("" : "+v"(value))
#elif defined __GNUC__ && defined __SSE2__
#define HOLD(value) __asm__("" : "+x"(value))
#else
#define HOLD(value) (void)(value)
#endif

/* Calls KERNEL(rows, vectors) for every block of accumulators that is compiled; for that many rows,
 * up to MAX_ROWS, the widest has widest[rows] vectors. */
/* clang-format off */
#define TO_2(KERNEL, rows) KERNEL(rows, 1) KERNEL(rows, 2)
#define TO_3(KERNEL, rows) TO_2(KERNEL, rows) KERNEL(rows, 3)
#define TO_4(KERNEL, rows) TO_3(KERNEL, rows) KERNEL(rows, 4)
#define TO_6(KERNEL, rows) TO_4(KERNEL, rows) KERNEL(rows, 5) KERNEL(rows, 6)
#define TO_8(KERNEL, rows) TO_6(KERNEL, rows) KERNEL(rows, 7) KERNEL(rows, 8)
#if VECTOR_BYTES == 64
#define KERNELS(KERNEL) TO_8(KERNEL, 1) TO_8(KERNEL, 2) TO_6(KERNEL, 3) TO_6(KERNEL, 4) \
    TO_4(KERNEL, 5) TO_4(KERNEL, 6) TO_3(KERNEL, 7) TO_3(KERNEL, 8)
static const int widest[] = {0, 8, 8, 6, 6, 4, 4, 3, 3};
#elif VECTOR_BYTES == 32
#define KERNELS(KERNEL) TO_8(KERNEL, 1) TO_4(KERNEL, 2) TO_3(KERNEL, 3) TO_3(KERNEL, 4) \
    TO_2(KERNEL, 5) TO_2(KERNEL, 6)
static const int widest[] = {0, 8, 4, 3, 3, 2, 2};
#else
#define KERNELS(KERNEL) TO_4(KERNEL, 1) TO_4(KERNEL, 2) TO_3(KERNEL, 3) TO_2(KERNEL, 4)
static const int widest[] = {0, 4, 4, 3, 2};
#endif
/* clang-format on */
enum { MAX_ROWS = sizeof widest / sizeof *widest - 1, MAX_VECTORS = 8 };

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

/* Rows in blocks as even as can be: the first `larger` have size + 1, the others size. */
struct blocks {
    int64_t count, size, larger;
};

static inline struct blocks blocks_of(int64_t rows, int64_t most) {
    const int64_t count = pleat__ceil_divide(rows, most);
    return (struct blocks){count, rows / count, rows % count};
}

#endif
