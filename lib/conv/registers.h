/* How many vectors of accumulators the registers hold: 32 with AVX-512, otherwise 16. */
#ifndef PLEAT_CONV_REGISTERS_H
#define PLEAT_CONV_REGISTERS_H

#include "conv/range.h"
#include "conv/vector.h"

/* Loops over accumulators must be unrolled before arrays are taken apart into registers; clang does
 * it by itself. */
#if defined __clang__
#define UNROLL
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

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

/* Rows in blocks as even as can be: the first `larger` have size + 1, the others size. */
struct blocks {
    int64_t count, size, larger;
};

static inline struct blocks blocks_of(int64_t rows, int64_t most) {
    const int64_t count = pleat__ceil_divide(rows, most);
    return (struct blocks){count, rows / count, rows % count};
}

/* The rows of block number i; those of number count are none, behind the last. */
static inline struct pleat__range block_rows(struct blocks blocks, int64_t i) {
    const int64_t begin = i * blocks.size + pleat__min(i, blocks.larger);
    return (struct pleat__range){begin, begin + blocks.size + (i < blocks.larger)};
}

/* The most vectors with which every block is compiled. */
static inline int64_t block_vectors(struct blocks blocks) {
    return widest[blocks.size + (blocks.larger > 0)];
}

#endif
