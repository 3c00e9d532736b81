/* What an execution reads, writes and promises about bits: overwriting and adding, inputs left
 * alone, any subset of gradients, any scratch, any number of threads, any split of the batch, no
 * allocation. Guards, NaN outputs and NaN scratch come with conv_run. */
#include <check.h>
#include <stdlib.h>

#include "cases.h"
#include "conv_promises.h"
#include "conv_run.h"
#include "failing_memory.h"
#include "suites.h"

START_TEST(threads_and_scratch) {
    const struct conv_case c = case_variant(_i);
    check_threads_and_scratch(&c);
}
END_TEST

START_TEST(batch_split) {
    const struct conv_case c = case_variant(_i);
    check_batch_split(&c);
}
END_TEST

START_TEST(subsets) {
    const struct conv_case c = case_variant(_i);
    check_subsets(&c);
}
END_TEST

/* A second execution overwrites output and grad_input again, and adds to the parameters'
 * gradients again. */
START_TEST(accumulation) {
    const struct conv_case c = case_variant(_i);
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    const size_t bytes = conv_run_scratch(&run, PLEAT_BACKWARD);
    struct expected gx = expected_grad_input(&run);
    conv_run_backward(&run, WANT_ALL, bytes);
    struct expected gw = expected_grad_weight(&run), gb = expected_grad_bias(&run);
    conv_run_backward(&run, WANT_ALL, bytes);
    assert_expected(&run, &run.grad_input, &gx, 0, "grad_input");
    assert_expected(&run, &run.grad_weight, &gw, 0, "grad_weight");
    assert_expected(&run, &run.grad_bias, &gb, 0, "grad_bias");
    conv_run_end(&run);
}
END_TEST

START_TEST(packed_weight) {
    const struct conv_case c = case_variant(_i);
    check_packed_weight(&c);
}
END_TEST

/* No image: nothing is computed, nothing added, and data may be NULL. */
START_TEST(empty_batch) {
    struct conv_case c = case_variant(_i);
    c.batch = 0;
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    double *gw = tensor_to_double(&run.grad_weight), *gb = tensor_to_double(&run.grad_bias);
    guarded_free(run.input.data);
    guarded_free(run.grad_output.data);
    run.input.data = run.grad_output.data = NULL;
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    conv_run_backward(&run, WANT_ALL, conv_run_scratch(&run, PLEAT_BACKWARD));
    assert_exact(&run.grad_weight, gw, run.text);
    assert_exact(&run.grad_bias, gb, run.text);
    free(gw), free(gb);
    conv_run_end(&run);
}
END_TEST

START_TEST(no_allocation) {
    const struct conv_case c = case_variant(_i);
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    struct pleat_packed_weight *packed = conv_run_pack(&run);
    failing_memory_arm(0);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    conv_run_forward_packed(&run, packed, conv_run_scratch(&run, PLEAT_FORWARD));
    conv_run_backward(&run, WANT_ALL, conv_run_scratch(&run, PLEAT_BACKWARD));
    failing_memory_arm(-1);
    pleat_packed_weight_free(packed);
    conv_run_end(&run);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Scratch of every misalignment gives the same bits. */
START_TEST(scratch_alignment) {
    const struct conv_case c = conv_case_parse("n2 ic5 oc6 i7x9 k4 s2 p1 bias");
    struct conv_run run;
    conv_run_begin(&run, &c, 2, fill_reals);
    const size_t bytes = conv_run_scratch(&run, PLEAT_FORWARD);
    conv_run_forward(&run, bytes);
    void *expected = tensor_bytes(&run.output);
    fill_nan(&run.output);
    conv_run_forward(&run, bytes + (size_t)_i);
    assert_bytes(&run.output, expected, run.text);
    free(expected);
    conv_run_end(&run);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: memory");
    suite_add_loop(result, "threads and scratch", threads_and_scratch, case_count * CASE_VARIANTS);
    suite_add_loop(result, "batch split", batch_split, case_count * CASE_VARIANTS);
    suite_add_loop(result, "subsets", subsets, case_count * CASE_VARIANTS);
    suite_add_loop(result, "packed weight", packed_weight, case_count * CASE_VARIANTS);
    suite_add_loop(result, "accumulation", accumulation, case_count * CASE_VARIANTS);
    suite_add_loop(result, "empty batch", empty_batch, case_count * CASE_VARIANTS);
    suite_add_loop(result, "no allocation", no_allocation, case_count * CASE_VARIANTS);
    suite_add_loop(result, "scratch alignment", scratch_alignment, 70);
    return result;
}

int main(void) {
    return run_suite(suite());
}
