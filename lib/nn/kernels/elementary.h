/* exp, log and tanh as loops over elements need them: without branches, so that vectors can be used,
 * and without tables. Each is within 4 units in the last place of the right number, but that results
 * below the least normal number are 0; tests/test_elementary.c compares them with libm's. NaN stays
 * NaN. */
#ifndef PLEAT_NN_KERNELS_ELEMENTARY_H
#define PLEAT_NN_KERNELS_ELEMENTARY_H

#include <math.h>
#include <stdint.h>

#include "base/real.h"

/* The bits of an element as an integer; how many are the mantissa's; the exponent of 1 and of the
 * least normal number; ln 2 in a part whose multiples are exact and the rest; how many terms of the
 * series below are needed. */
#if PLEAT_REAL_BITS == 32
typedef uint32_t pleat__bits;
#define PLEAT__MANTISSA 23
#define PLEAT__BIAS 127
#define PLEAT__LN2_HIGH 0x1.63p-1F
#define PLEAT__LN2_LOW (-0x1.bd0106p-13F)
enum { PLEAT__EXP_TERMS = 7, PLEAT__LOG_TERMS = 6, PLEAT__LOG1P_TERMS = 8 };
#else
typedef uint64_t pleat__bits;
#define PLEAT__MANTISSA 52
#define PLEAT__BIAS 1023
#define PLEAT__LN2_HIGH 0x1.62e42feep-1
#define PLEAT__LN2_LOW 0x1.a39ef35793c76p-33
enum { PLEAT__EXP_TERMS = 13, PLEAT__LOG_TERMS = 11, PLEAT__LOG1P_TERMS = 17 };
#endif
#define PLEAT__LOWEST ((real)(1 - PLEAT__BIAS) * (real)0.69314718055994531)

union pleat__number {
    real value;
    pleat__bits bits;
};

static inline pleat__bits pleat__bits_of(real x) {
    return ((union pleat__number){.value = x}).bits;
}

static inline real pleat__real_of(pleat__bits bits) {
    return ((union pleat__number){.bits = bits}).value;
}

/* exp(x) - 1 for x <= 0, as power (1 + rest) - 1: x = n ln 2 + r with |r| <= ln 2 / 2, power = 2^n and
 * rest = exp(r) - 1 by its Taylor series. */
static inline void pleat__split_exp(real x, real *power, real *rest) {
    const real magic =
        (real)1.5 * (real)((pleat__bits)1 << PLEAT__MANTISSA); /* rounds what is added */
    const real rounded = (x < PLEAT__LOWEST ? PLEAT__LOWEST : x) * (real)1.4426950408889634 + magic;
    const real n = rounded - magic;
    const real r = (x < PLEAT__LOWEST ? 0 : x - n * PLEAT__LN2_HIGH) - n * PLEAT__LN2_LOW;
    real series = 1;
    for (int k = PLEAT__EXP_TERMS; k > 1; k--)
        series = 1 + series * (r * (1 / (real)k));
    *rest = r * series;
    *power = pleat__real_of((pleat__bits_of(rounded) << PLEAT__MANTISSA) +
                            ((pleat__bits)PLEAT__BIAS << PLEAT__MANTISSA));
}

/* exp(x) for x <= 0. */
static inline real pleat__exp(real x) {
    real power, rest;
    pleat__split_exp(x, &power, &rest);
    return x < PLEAT__LOWEST ? 0 : power + power * rest;
}

/* tanh |x| = -e / (2 + e) with e = exp(-2 |x|) - 1 */
static inline real pleat__tanh(real x) {
    real power, rest;
    pleat__split_exp(-2 * (x < 0 ? -x : x), &power, &rest);
    const real e = power * rest + (power - 1), result = -e / (2 + e);
    return x < 0 ? -result : result;
}

/* 2 s (1 + s^2 / 3 + s^4 / 5 + ...) = log((1 + s) / (1 - s)) */
static inline real pleat__log_series(real s, int terms) {
    const real square = s * s;
    real series = 0;
    for (int k = terms - 1; k >= 0; k--)
        series = 1 / (real)(2 * k + 1) + series * square;
    return 2 * s * series;
}

/* log(1 + x) for 0 <= x <= 1. */
static inline real pleat__log1p(real x) {
    return pleat__log_series(x / (2 + x), PLEAT__LOG1P_TERMS);
}

/* log(x) for x >= 1: x = 2^k m with m from sqrt(1/2) to sqrt(2). */
static inline real pleat__log(real x) {
    const pleat__bits least = pleat__bits_of((real)0.70710678118654752), unit = 1;
    const pleat__bits above = pleat__bits_of(x) - least;
    const real whole = (real)(unit << PLEAT__MANTISSA); /* whose last bit counts ones */
    const real k = pleat__real_of(pleat__bits_of(whole) | (above >> PLEAT__MANTISSA)) - whole;
    const real m = pleat__real_of((above & ((unit << PLEAT__MANTISSA) - 1)) + least);
    const real result =
        k * PLEAT__LN2_HIGH +
        (pleat__log_series((m - 1) / (m + 1), PLEAT__LOG_TERMS) + k * PLEAT__LN2_LOW);
    return x - x == 0 ? result : x; /* infinity and NaN have no mantissa */
}

#endif
