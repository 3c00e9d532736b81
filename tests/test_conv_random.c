/* Random geometries against the oracle. PLEAT_TEST_SEED chooses them (printed), PLEAT_TEST_COUNT
 * how many. */
#include <inttypes.h>
#include <stdio.h>

#include "conv_run.h"
#include "suites.h"

enum { CASES_A_TEST = 20 };

/* _i: the test of CASES_A_TEST cases, each with a seed of its own, printed with its descriptor. */
START_TEST(random_cases) {
    const uint64_t seed = environment_number("PLEAT_TEST_SEED", 1);
    struct pleat_random random = pleat_random_seed(seed * 1000003 + (uint64_t)_i);
    for (int i = 0; i < CASES_A_TEST; i++) {
        const struct conv_case c =
            conv_case_random(i % 2 == 0 ? PLEAT_CONV_TRANSPOSE : PLEAT_CONV,
                             i / 2 % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64, &random);
        check_against_oracle(&c, 1 + i % 3, false);
        check_against_oracle(&c, 1 + i % 3, true);
    }
}
END_TEST

int main(void) {
    const uint64_t count = environment_number("PLEAT_TEST_COUNT", 400);
    const int tests = (int)((count + CASES_A_TEST - 1) / CASES_A_TEST);
    printf("%d random cases, PLEAT_TEST_SEED=%" PRIu64 "\n", tests * CASES_A_TEST,
           environment_number("PLEAT_TEST_SEED", 1));
    fflush(stdout);
    Suite *suite = suite_create("conv: random");
    suite_add_loop(suite, "random cases", random_cases, tests);
    return run_suite(suite);
}
