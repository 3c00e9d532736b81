/* The elementary functions of loops over elements against libm's, in the type that this file is
 * compiled for. */
#include <check.h>
#include <float.h>
#include <stdio.h>
#include <tgmath.h>

#include "nn/kernels/elementary.h"
#include "suites.h"

#if PLEAT_REAL_BITS == 32
#define LEAST_NORMAL FLT_MIN
typedef double exact; /* in which libm's numbers are right to more bits than the element's */
#else
#define LEAST_NORMAL DBL_MIN
typedef long double exact;
#endif

/* Distance in units in the last place of what is right. */
static double distance(real got, exact right) {
    const real rounded = fabs((real)right);
    return (double)fabs(((exact)got - right) /
                        (exact)(nextafter(rounded, (real)INFINITY) - rounded));
}

static void check(const char *name, real x, real got, exact right) {
    if (fabs(right) < (exact)LEAST_NORMAL)
        ck_assert_msg(fabs(got) <= LEAST_NORMAL, "%s(%.17g) is %.17g", name, (double)x,
                      (double)got);
    else
        ck_assert_msg(distance(got, right) <= 4, "%s(%.17g) is %.17g, not %.17g: %.2f ulp", name,
                      (double)x, (double)got, (double)right, distance(got, right));
}

enum { SAMPLES = 200000 };

/* 0 to 1 on a fine grid, and the same times powers of two. */
static real sample(int i, real largest) {
    const real fraction = (real)(i % 1000 + 1) / 1000;
    return largest * fraction * exp2(-(real)(i / 1000) / 8);
}

START_TEST(right_numbers) {
    for (int i = 0; i < SAMPLES; i++) {
        const real x = sample(i, PLEAT_REAL_BITS == 32 ? 100 : 720);
        check("exp", -x, pleat__exp(-x), exp(-(exact)x));
        check("tanh", x, pleat__tanh(x), tanh((exact)x));
        check("tanh", -x, pleat__tanh(-x), tanh(-(exact)x));
        check("log", 1 + x, pleat__log(1 + x), log((exact)(1 + x)));
        check("log", exp2(x / 8), pleat__log(exp2(x / 8)), log((exact)exp2(x / 8)));
        check("log1p", sample(i, 1), pleat__log1p(sample(i, 1)), log1p((exact)sample(i, 1)));
    }
}
END_TEST

START_TEST(ends) {
    const real infinity = (real)INFINITY, nan = (real)NAN;
    ck_assert(pleat__exp(0) == 1 && pleat__exp(-infinity) == 0 && isnan(pleat__exp(nan)));
    ck_assert(pleat__exp(-(real)1e30) == 0);
    ck_assert(pleat__tanh(0) == 0 && pleat__tanh(infinity) == 1 && pleat__tanh(-infinity) == -1);
    ck_assert(isnan(pleat__tanh(nan)) && isnan(pleat__log(nan)) && isnan(pleat__log1p(nan)));
    ck_assert(pleat__log(1) == 0 && pleat__log(infinity) == infinity && pleat__log1p(0) == 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("elementary");
    suite_add_loop(result, "right numbers", right_numbers, 1);
    suite_add_loop(result, "ends", ends, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
