/* Every case of the table against the oracle: on small integers, whose sums are exact in any
 * order, with ==; on real numbers, within the rounding of the sum of |terms|. */
#include <check.h>
#include <stdlib.h>

#include "cases.h"
#include "conv_run.h"
#include "suites.h"

START_TEST(integers) {
    const struct conv_case c = case_variant(_i);
    check_against_oracle(&c, _i / CASE_VARIANTS % 3, false);
}
END_TEST

START_TEST(reals) {
    const struct conv_case c = case_variant(_i);
    check_against_oracle(&c, _i / CASE_VARIANTS % 3, true);
}
END_TEST

/* PLEAT_TEST_CASE replays one descriptor, as a failure printed it. */
START_TEST(replay) {
    const char *text = getenv("PLEAT_TEST_CASE");
    if (text == NULL)
        return;
    const struct conv_case c = conv_case_parse(text);
    check_against_oracle(&c, 0, false);
    check_against_oracle(&c, 0, true);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: values");
    suite_add_loop(result, "integers", integers, case_count * CASE_VARIANTS);
    suite_add_loop(result, "reals", reals, case_count * CASE_VARIANTS);
    suite_add_loop(result, "replay", replay, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
