/* Every method with every instruction set, forced on each geometry of the table that it computes:
 * the oracle's numbers and the promises about bits. */
#include <check.h>
#include <stdio.h>

#include "cases.h"
#include "conv_promises.h"
#include "conv_run.h"
#include "suites.h"

/* Whether the method computes the case's geometry, with instructions that are there. */
static bool is_computed(const struct conv_case *c) {
    struct pleat_plan *plan = NULL;
    struct pleat_error error = {0};
    const enum pleat_status status = conv_run_plan(c, 1, &plan, &error);
    pleat_plan_free(plan);
    if (status != PLEAT_OK && status != PLEAT_INVALID_ARGUMENT)
        ck_abort_msg("a forced method: %s", error.message);
    return status == PLEAT_OK;
}

typedef void checker(const struct conv_case *c);

/* Runs a check of line variant i for each method and instruction set. */
static void force_all(int i, checker *check) {
    struct conv_case c = case_variant(i);
    for (c.method = PLEAT_METHOD_AUTO + 1; c.method <= PLEAT_METHOD_LAST; c.method++)
        for (c.instructions = PLEAT_INSTRUCTIONS_PLAIN; c.instructions <= PLEAT_INSTRUCTIONS_AVX512;
             c.instructions++)
            if (is_computed(&c))
                check(&c);
}

static void check_numbers(const struct conv_case *c) {
    check_against_oracle(c, 2, false);
    check_against_oracle(c, 2, true);
}

static void check_bits(const struct conv_case *c) {
    check_threads_and_scratch(c);
    check_packed_weight(c);
    if (c->instructions == PLEAT_INSTRUCTIONS_PLAIN)
        check_subsets(c);
    else
        check_batch_split(c);
}

/* The table's lines differ in geometry, which is what each method stores its results by: one
 * variant of each is enough. */
START_TEST(activations) {
    force_all(_i * CASE_VARIANTS + _i % CASE_VARIANTS, check_activations);
}
END_TEST

START_TEST(numbers) {
    force_all(_i, check_numbers);
}
END_TEST

START_TEST(bits) {
    force_all(_i, check_bits);
}
END_TEST

/* A method that refuses geometries would not be tested by the above: each computes a good part of
 * the table, taps its wide filters. */
START_TEST(coverage) {
    struct conv_case c;
    int computed = 0;
    for (int i = 0; i < case_count * CASE_VARIANTS; i++) {
        c = case_variant(i);
        c.method = _i;
        computed += is_computed(&c);
    }
    printf("%s: %d of %d\n", pleat_method_name(_i), computed, case_count * CASE_VARIANTS);
    ck_assert_int_ge(computed, (_i == PLEAT_METHOD_TAPS ? 24 : 40) * CASE_VARIANTS);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: methods");
    suite_add_loop(result, "numbers", numbers, case_count * CASE_VARIANTS);
    suite_add_loop(result, "bits", bits, case_count * CASE_VARIANTS);
    suite_add_loop(result, "activations", activations, case_count);
    TCase *methods = tcase_create("coverage");
    tcase_add_loop_test(methods, coverage, PLEAT_METHOD_AUTO + 1, PLEAT_METHOD_LAST + 1);
    suite_add_tcase(result, methods);
    return result;
}

int main(void) {
    return run_suite(suite());
}
