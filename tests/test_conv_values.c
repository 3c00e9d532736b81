/* Every case of the table against the oracle: on small integers, whose sums are exact in any
 * order, with ==; on real numbers, within the rounding of the sum of |terms|. */
#include <check.h>
#include <stdlib.h>

#include "cases.h"
#include "conv_run.h"
#include "suites.h"

/* Allowed error as a multiple of the machine epsilon and the sum of |terms|. */
#define REAL_TOLERANCE 16

/* Forward and all gradients of one case. */
static void check_case(const struct conv_case *c, int threads, filler *fill, double tolerance) {
    struct conv_run run;
    conv_run_begin(&run, c, threads, fill);
    struct expected y = expected_output(&run), gx = expected_grad_input(&run);
    struct expected gw = expected_grad_weight(&run), gb = expected_grad_bias(&run);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    assert_expected(&run, &run.output, &y, tolerance, "output");
    conv_run_backward(&run, WANT_ALL, conv_run_scratch(&run, PLEAT_BACKWARD));
    assert_expected(&run, &run.grad_input, &gx, tolerance, "grad_input");
    assert_expected(&run, &run.grad_weight, &gw, tolerance, "grad_weight");
    assert_expected(&run, &run.grad_bias, &gb, tolerance, "grad_bias");
    conv_run_end(&run);
}

START_TEST(integers) {
    const struct conv_case c = case_variant(_i);
    check_case(&c, _i / CASE_VARIANTS % 3, fill_integers, 0);
}
END_TEST

START_TEST(reals) {
    const struct conv_case c = case_variant(_i);
    check_case(&c, _i / CASE_VARIANTS % 3, fill_reals, REAL_TOLERANCE * dtype_epsilon(c.dtype));
}
END_TEST

/* PLEAT_TEST_CASE replays one descriptor, as a failure printed it. */
START_TEST(replay) {
    const char *text = getenv("PLEAT_TEST_CASE");
    if (text == NULL)
        return;
    const struct conv_case c = conv_case_parse(text);
    check_case(&c, 0, fill_integers, 0);
    check_case(&c, 0, fill_reals, REAL_TOLERANCE * dtype_epsilon(c.dtype));
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
