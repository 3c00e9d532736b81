/* Schedules: against PyTorch's, their ends, and what is out of range. */
#include <math.h>

#include <check.h>

#include <pleat/schedule.h>

#include "goldens_training.h"
#include "suites.h"

enum { STEPS = 12 };

static void assert_near(double got, double expected, int64_t step) {
    ck_assert_msg(fabs(got - expected) <= 1e-12, "step %lld: %.17g, not %.17g", (long long)step,
                  got, expected);
}

START_TEST(as_pytorch) {
    for (int64_t i = 0; i < STEPS; i++) {
        const double decay = pleat_schedule_step_decay(i, 4, 0.3);
        const double warm_up = pleat_schedule_warm_up(i, 5, 0.25);
        assert_near(decay, schedule_step_decay[i], i);
        assert_near(warm_up, schedule_warm_up[i], i);
        assert_near(warm_up * decay, schedule_both[i], i);
        assert_near(pleat_schedule_cosine(i, 11, 0.1), schedule_cosine[i], i);
    }
}
END_TEST

/* Before the beginning and after the end nothing moves, so that schedules can follow each other. */
START_TEST(ends) {
    ck_assert(pleat_schedule_step_decay(-5, 4, 0.3) == 1);
    ck_assert(pleat_schedule_step_decay(INT64_MAX, 1, 0.5) == 0);
    ck_assert(pleat_schedule_cosine(-5, 10, 0.1) == 1);
    ck_assert(pleat_schedule_cosine(INT64_MIN, 0, 0.1) == 0.1);
    assert_near(pleat_schedule_cosine(5, 10, 0.1), 0.55, 5);
    ck_assert(pleat_schedule_cosine(10, 10, 0.1) == 0.1);
    ck_assert(pleat_schedule_cosine(INT64_MAX, 10, 0) == 0);
    ck_assert(pleat_schedule_warm_up(-5, 10, 0.25) == 0.25);
    ck_assert(pleat_schedule_warm_up(10, 10, 0.25) == 1);
    ck_assert(pleat_schedule_warm_up(INT64_MAX, INT64_MAX, 0) == 1);
    ck_assert(pleat_schedule_warm_up(-1, 0, 0.25) == 1);
}
END_TEST

START_TEST(out_of_range) {
    ck_assert(isnan(pleat_schedule_step_decay(1, 0, 0.3)));
    ck_assert(isnan(pleat_schedule_cosine(1, -1, 0.1)));
    ck_assert(isnan(pleat_schedule_warm_up(1, -1, 0.25)));
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("schedule");
    suite_add_loop(result, "as PyTorch", as_pytorch, 1);
    suite_add_loop(result, "ends", ends, 1);
    suite_add_loop(result, "out of range", out_of_range, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
