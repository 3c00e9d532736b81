/* Integer arithmetic that says when the result does not fit: each stores the result and returns
 * true, or returns false. */
#ifndef PLEAT_BASE_CHECKED_H
#define PLEAT_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool pleat__add(int64_t a, int64_t b, int64_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool pleat__subtract(int64_t a, int64_t b, int64_t *difference) {
    return !__builtin_sub_overflow(a, b, difference);
}

static inline bool pleat__multiply(int64_t a, int64_t b, int64_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

static inline bool pleat__add_size(size_t a, size_t b, size_t *sum) {
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool pleat__multiply_size(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product);
}

/* Rounds towards minus infinity, where C's division truncates; divisor above 0. */
static inline int64_t pleat__floor_divide(int64_t a, int64_t divisor) {
    return a / divisor - (a % divisor < 0);
}

/* Rounds towards plus infinity; divisor above 0. */
static inline int64_t pleat__ceil_divide(int64_t a, int64_t divisor) {
    return a / divisor + (a % divisor > 0);
}

/* The greatest common divisor of numbers that are not negative. */
static inline int64_t pleat__common_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Cuts total, at least 1, into equal pieces of at most `most`, and returns their size. */
static inline int64_t pleat__even_piece(int64_t total, int64_t most) {
    return pleat__ceil_divide(total, pleat__ceil_divide(total, most));
}

static inline int64_t pleat__min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t pleat__max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

#endif
