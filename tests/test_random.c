/* The generator against numbers computed apart, from its authors' description, in Python's
 * unbounded integers. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <pleat/random.h>

#include "suites.h"

static const struct {
    uint64_t seed, state[4], first[4], thousandth;
} streams[] = {
    {0,
     {0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec},
     {0x53175d61490b23df, 0x61da6f3dc380d507, 0x5c0fdf91ec9a7bfc, 0x02eebf8c3bbe5e1a},
     0x376300fa032f6483},
    {1,
     {0x910a2dec89025cc1, 0xbeeb8da1658eec67, 0xf893a2eefb32555e, 0x71c18690ee42c90b},
     {0xcfc5d07f6f03c29b, 0xbf424132963fe08d, 0x19a37d5757aaf520, 0xbf08119f05cd56d6},
     0x92d52100f9e1da0d},
    {42,
     {0xbdd732262feb6e95, 0x28efe333b266f103, 0x47526757130f9f52, 0x581ce1ff0e4ae394},
     {0xd0764d4f4476689f, 0x519e4174576f3791, 0xfbe07cfb0c24ed8c, 0xb37d9f600cd835b8},
     0xa3ed059c1cc38790},
    {UINT64_MAX,
     {0xe4d971771b652c20, 0xe99ff867dbf682c9, 0x382ff84cb27281e9, 0x6d1db36ccba982d2},
     {0x56ccf8ce948e27b2, 0xe68588432e5a5b90, 0xe3e9b5a48119ca8b, 0x460f19495532ae73},
     0x6e67f58f11f35060},
};

START_TEST(bits) {
    struct pleat_random random = pleat_random_seed(streams[_i].seed);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(random.state[i], streams[_i].state[i]);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(pleat_random_bits(&random), streams[_i].first[i]);
    uint64_t last = 0;
    for (int i = 4; i < 1000; i++)
        last = pleat_random_bits(&random);
    ck_assert_uint_eq(last, streams[_i].thousandth);
}
END_TEST

START_TEST(uniform) {
    static const double expected[] = {0.05536043647833311, 0.17211585444811772, 0.7175761283586594};
    struct pleat_random random = pleat_random_seed(7);
    for (int i = 0; i < 3; i++)
        ck_assert(pleat_random_uniform(&random) == expected[i]);
    double least = 1, most = 0, sum = 0, squares = 0;
    const int count = 100000;
    for (int i = 0; i < count; i++) {
        const double u = pleat_random_uniform(&random);
        least = fmin(least, u);
        most = fmax(most, u);
        sum += u;
        squares += u * u;
    }
    ck_assert(least >= 0 && least < 1e-3 && most < 1 && most > 1 - 1e-3);
    ck_assert(fabs(sum / count - 0.5) < 0.005);
    ck_assert(fabs(squares / count - 1.0 / 3) < 0.005);
}
END_TEST

START_TEST(normal) {
    static const double expected[] = {0.15864398364230053, -1.4267532562805325, -2.515258995020244};
    struct pleat_random random = pleat_random_seed(7);
    for (int i = 0; i < 3; i++)
        ck_assert(fabs(pleat_random_normal(&random) - expected[i]) < 1e-14);
    double moments[5] = {0};
    const int count = 200000;
    for (int i = 0; i < count; i++) {
        const double z = pleat_random_normal(&random);
        if (!isfinite(z))
            ck_abort_msg("draw %d is %g", i, z);
        double power = 1;
        for (int j = 0; j < 5; j++, power *= z)
            moments[j] += power / count;
    }
    ck_assert(fabs(moments[1]) < 0.01);
    ck_assert(fabs(moments[2] - 1) < 0.02);
    ck_assert(fabs(moments[3]) < 0.05);
    ck_assert(fabs(moments[4] - 3) < 0.15);
}
END_TEST

/* The last bound rejects half of the draws. */
static const struct {
    uint64_t bound, expected[6];
} bounds[] = {
    {10, {0, 1, 7, 4, 9, 4}},
    {UINT64_C(3) << 62,
     {765914852643499245u, 9927707394926658133u, 13332285430752264856u, 6443037575817597798u,
      13590490908540076773u, 1013885503571807601u}},
    {(UINT64_C(1) << 63) + 1,
     {510609901762332830u, 6618471596617772089u, 8888190287168176571u, 4295358383878398532u,
      6676864459485434304u, 675923669047871734u}},
};

START_TEST(below) {
    struct pleat_random random = pleat_random_seed(7);
    for (int i = 0; i < 6; i++)
        ck_assert_uint_eq(pleat_random_below(&random, bounds[_i].bound), bounds[_i].expected[i]);
}
END_TEST

START_TEST(below_edges) {
    struct pleat_random random = pleat_random_seed(7);
    int hits[5] = {0};
    ck_assert_uint_eq(pleat_random_below(&random, 0), 0);
    ck_assert_uint_eq(pleat_random_below(&random, 1), 0);
    for (int i = 0; i < 50000; i++)
        hits[pleat_random_below(&random, 5)]++;
    for (int i = 0; i < 5; i++)
        ck_assert_int_lt(abs(hits[i] - 10000), 400);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("random");
    suite_add_loop(result, "bits", bits, sizeof streams / sizeof *streams);
    suite_add_loop(result, "uniform", uniform, 1);
    suite_add_loop(result, "normal", normal, 1);
    suite_add_loop(result, "below", below, sizeof bounds / sizeof *bounds);
    suite_add_loop(result, "below: edges", below_edges, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
