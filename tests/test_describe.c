/* What a plan says of itself, and the scratch of each gradient alone. */
#include <stdlib.h>
#include <string.h>

#include "conv_run.h"
#include "suites.h"

static const char *const texts[] = {
    "n2 ic4 oc6 g2 i5x4 k3 s2 p1 bias",
    "n2 ic3 oc5 i9 k4 s2 bias",
    "n1 ic2 oc3 i3x4x5 k3x2x2 s2x1x2 bias",
    "n3 ic16 oc2 i4x4 k9 s3 p4 bias",
    "conv n2 ic6 oc4 g2 i9x7 k3 s2 p1 bias",
    "conv n1 ic5 oc64 i40x33 k3 p1 bias",
    "n2 ic4 oc6 g2 i5x4 k20x24 s10x8 p3 bias",
    "conv_transpose f64 n2 ic8 oc8 g8 i20x7 k4 s2 p1 bias",
    "n17 ic8 oc8 g8 i7x7 k3 s2 p1 op1 bias",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static const enum pleat_pass passes[] = {PLEAT_FORWARD, PLEAT_BACKWARD_INPUT, PLEAT_BACKWARD_FILTER,
                                         PLEAT_BACKWARD};
enum { PASSES = sizeof passes / sizeof passes[0] };

static struct pleat_plan_description describe(const struct conv_run *run, enum pleat_pass pass) {
    struct pleat_plan_description d;
    memset(&d, 0xa5, sizeof d);
    struct pleat_error error = {0};
    ck_assert_msg(pleat_plan_describe(run->plan, pass, &d, &error) == PLEAT_OK, "%s",
                  error.message);
    return d;
}

/* One product: _i is the case. */
static void check_product(const struct conv_run *run, const struct pleat_product_description *p,
                          enum pleat_pass pass) {
    const struct conv_case *c = &run->c;
    ck_assert_int_eq(p->pass, pass);
    ck_assert_int_ne(p->method, PLEAT_METHOD_AUTO);
    ck_assert_str_ne(pleat_method_name(p->method), "unknown");
    ck_assert_int_eq(p->least_batch > 0, p->fewer != p->method);
    ck_assert_ptr_nonnull(memchr(p->tiles, '\0', sizeof p->tiles));
    ck_assert_msg(p->tiles[0] != '\0', "%s: no tiles", run->text);
    ck_assert_double_eq(p->formula_flops, 2 * conv_case_cost(c) / (double)c->batch);
    ck_assert_double_gt(p->flops, 0);
    const int64_t elements =
        (conv_case_input_size(c) + conv_case_output_size(c)) / c->batch + conv_case_weight_size(c);
    ck_assert_double_eq(p->bytes, (double)elements * (double)pleat_dtype_size(c->dtype));
    ck_assert_int_eq(p->bound, p->flops < PLEAT_MACHINE_BALANCE * (double)elements
                                   ? PLEAT_BOUND_MEMORY
                                   : PLEAT_BOUND_ARITHMETIC);
}

START_TEST(numbers) {
    const struct conv_case c = conv_case_parse(texts[_i]);
    struct conv_run run;
    conv_run_begin(&run, &c, 2, fill_integers);
    for (int i = 0; i < PASSES; i++) {
        const struct pleat_plan_description d = describe(&run, passes[i]);
        size_t minimum;
        ck_assert_uint_eq(d.scratch_bytes, pleat_plan_scratch_size(run.plan, passes[i], &minimum));
        ck_assert_uint_eq(d.minimum_bytes, minimum);
        ck_assert_uint_le(d.minimum_bytes, d.scratch_bytes);
        ck_assert_int_eq(d.packed_bytes > 0, passes[i] == PLEAT_FORWARD);
        ck_assert_int_eq(d.threads, 2);
        ck_assert_int_ne(d.instructions, PLEAT_INSTRUCTIONS_AUTO);
        const bool both = passes[i] == PLEAT_BACKWARD;
        ck_assert_int_eq(d.products, both ? 2 : 1);
        check_product(&run, &d.product[0], both ? PLEAT_BACKWARD_INPUT : passes[i]);
        if (both)
            check_product(&run, &d.product[1], PLEAT_BACKWARD_FILTER);
        /* both gradients of a conv_transpose share the unfold, alone there is nothing to share */
        const bool shared = both && c.op == PLEAT_CONV_TRANSPOSE &&
                            d.product[0].method == d.product[1].method &&
                            (d.product[0].method == PLEAT_METHOD_TILED ||
                             d.product[0].method == PLEAT_METHOD_DIRECT);
        for (int k = 0; k < d.products; k++)
            ck_assert_int_eq(strstr(d.product[k].tiles, "unfolded once") != NULL, shared);
    }
    conv_run_end(&run);
}
END_TEST

/* Each gradient runs in what the plan says that it needs alone, and both in what either needs: with
 * NaN in it and guards behind it. */
START_TEST(scratch_of_one_gradient) {
    const struct conv_case c = conv_case_parse(texts[_i]);
    static const int wanted[] = {WANT_INPUT, WANT_INPUT | WANT_BIAS, WANT_WEIGHT,
                                 WANT_WEIGHT | WANT_BIAS, WANT_BIAS};
    for (int i = 0; i < 5; i++) {
        const enum pleat_pass pass =
            wanted[i] & WANT_INPUT ? PLEAT_BACKWARD_INPUT : PLEAT_BACKWARD_FILTER;
        struct conv_run run;
        conv_run_begin(&run, &c, 2, fill_integers);
        struct expected gx = expected_grad_input(&run), gw = expected_grad_weight(&run);
        struct expected gb = expected_grad_bias(&run);
        const size_t least = conv_run_minimum(&run, pass), full = conv_run_scratch(&run, pass);
        ck_assert_uint_ge(conv_run_minimum(&run, PLEAT_BACKWARD), least);
        ck_assert_uint_ge(conv_run_scratch(&run, PLEAT_BACKWARD), full);
        conv_run_backward(&run, wanted[i], i % 2 == 0 ? least : full);
        if (wanted[i] & WANT_INPUT)
            assert_expected(&run, &run.grad_input, &gx, 0, "grad_input");
        else
            expected_free(&gx);
        if (wanted[i] & WANT_WEIGHT)
            assert_expected(&run, &run.grad_weight, &gw, 0, "grad_weight");
        else
            expected_free(&gw);
        if (wanted[i] & WANT_BIAS)
            assert_expected(&run, &run.grad_bias, &gb, 0, "grad_bias");
        else
            expected_free(&gb);
        conv_run_end(&run);
    }
}
END_TEST

/* One byte less than a gradient's least is refused. */
START_TEST(scratch_too_small) {
    const struct conv_case c = conv_case_parse(texts[0]);
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    struct pleat_error error = {0};
    char *scratch = malloc(conv_run_scratch(&run, PLEAT_BACKWARD));
    size_t bytes = conv_run_minimum(&run, PLEAT_BACKWARD_INPUT) - 1;
    ck_assert_int_eq(pleat_plan_backward(run.plan, NULL, &run.weight, &run.grad_output,
                                         &run.grad_input, NULL, NULL, scratch, bytes, &error),
                     PLEAT_SCRATCH_TOO_SMALL);
    bytes = conv_run_minimum(&run, PLEAT_BACKWARD_FILTER) - 1;
    ck_assert_int_eq(pleat_plan_backward(run.plan, &run.input, NULL, &run.grad_output, NULL,
                                         &run.grad_weight, NULL, scratch, bytes, &error),
                     PLEAT_SCRATCH_TOO_SMALL);
    free(scratch);
    conv_run_end(&run);
}
END_TEST

/* A depthwise layer moves more than it computes, a wide one computes. */
START_TEST(bounds) {
    static const struct {
        const char *text;
        enum pleat_bound bound;
    } expected[] = {
        {"ic21 oc21 g21 i70x70 k16 s8", PLEAT_BOUND_MEMORY},
        {"ic128 oc64 i64x64 k4 s2 p1", PLEAT_BOUND_ARITHMETIC},
        {"ic1 oc1 i1000 k1", PLEAT_BOUND_MEMORY},
        {"conv_transpose f64 ic128 oc64 i64x64 k4 s2 p1", PLEAT_BOUND_ARITHMETIC},
    };
    const struct conv_case c = conv_case_parse(expected[_i].text);
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    for (int i = 0; i < PASSES; i++)
        ck_assert_int_eq(describe(&run, passes[i]).product[0].bound, expected[_i].bound);
    conv_run_end(&run);
}
END_TEST

/* Depthwise layers of small planes run in vectors over images, of larger ones they do not. */
START_TEST(depthwise) {
    const struct conv_case c = conv_case_parse(_i == 0 ? "ic8 oc8 g8 i7x7 k3 s2 p1 op1"
                                                       : "ic8 oc8 g8 i17x17 k3 s2 p1 op1");
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    for (int i = 0; i < PASSES; i++) {
        const struct pleat_plan_description d = describe(&run, passes[i]);
        for (int k = 0; k < d.products; k++) {
            ck_assert_int_eq(d.product[k].method == PLEAT_METHOD_BATCHED, _i == 0);
            ck_assert_int_eq(d.product[k].least_batch, _i == 0 ? 16 : 0);
        }
    }
    conv_run_end(&run);
}
END_TEST

/* The instruction set that was asked for, and a method that was. */
START_TEST(options) {
    const struct conv_case c = conv_case_parse(texts[0]);
    struct pleat_plan_options o = pleat_plan_options_init();
    o.instructions = PLEAT_INSTRUCTIONS_PLAIN;
    o.method = PLEAT_METHOD_TILED;
    o.threads = 3;
    struct pleat_plan *plan;
    struct pleat_plan_description d;
    ck_assert_int_eq(pleat_plan_create(&plan, c.op, &c.params, c.in, &o, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_plan_describe(plan, PLEAT_BACKWARD, &d, NULL), PLEAT_OK);
    ck_assert_int_eq(d.instructions, PLEAT_INSTRUCTIONS_PLAIN);
    ck_assert_int_eq(d.threads, 3);
    ck_assert_int_eq(d.product[0].method, PLEAT_METHOD_TILED);
    ck_assert_int_eq(d.product[1].method, PLEAT_METHOD_TILED);
    pleat_plan_free(plan);
}
END_TEST

/* Where AUTO takes Winograd, exact does without; Winograd asked for exactly is refused. */
START_TEST(exact) {
    const struct conv_case c = conv_case_parse("ic64 oc64 i56x56 k3 p1");
    struct pleat_plan_options o = pleat_plan_options_init();
    struct pleat_plan_description d;
    struct pleat_error error = {0};
    for (int i = 0; i < 2; i++) {
        o.exact = i == 1;
        struct pleat_plan *plan;
        ck_assert_int_eq(pleat_plan_create(&plan, c.op, &c.params, c.in, &o, NULL), PLEAT_OK);
        for (int pass = 0; pass < PASSES; pass++) {
            ck_assert_int_eq(pleat_plan_describe(plan, passes[pass], &d, NULL), PLEAT_OK);
            for (int product = 0; product < d.products; product++)
                ck_assert_int_eq(d.product[product].method == PLEAT_METHOD_WINOGRAD, !o.exact);
        }
        pleat_plan_free(plan);
    }
    struct pleat_plan *none = NULL;
    o.method = PLEAT_METHOD_WINOGRAD;
    ck_assert_int_eq(pleat_plan_create(&none, c.op, &c.params, c.in, &o, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "method \"winograd\" is not exact");
    ck_assert_ptr_null(none);
}
END_TEST

/* Where the kernel is the stride Winograd transforms nothing, and is exact. */
START_TEST(exact_without_transforms) {
    const struct conv_case c = conv_case_parse("ic64 oc64 i8x8 k2 s2");
    struct pleat_plan_options o = pleat_plan_options_init();
    struct pleat_plan *plan;
    o.method = PLEAT_METHOD_WINOGRAD;
    o.exact = true;
    ck_assert_int_eq(pleat_plan_create(&plan, c.op, &c.params, c.in, &o, NULL), PLEAT_OK);
    pleat_plan_free(plan);
}
END_TEST

/* Small planes: one method from a block of images on, another for fewer; a forced one for any. */
START_TEST(by_batch) {
    struct conv_case c = conv_case_parse("ic64 oc32 i7x7 k3 s2 p1 op1");
    struct pleat_plan_options o = pleat_plan_options_init();
    struct pleat_plan_description d;
    for (int forced = 0; forced < 2; forced++)
        for (o.dtype = PLEAT_FLOAT32; o.dtype <= PLEAT_FLOAT64; o.dtype++) {
            o.method = forced ? PLEAT_METHOD_BATCHED : PLEAT_METHOD_AUTO;
            struct pleat_plan *plan;
            ck_assert_int_eq(pleat_plan_create(&plan, c.op, &c.params, c.in, &o, NULL), PLEAT_OK);
            for (int pass = 0; pass < PASSES; pass++) {
                ck_assert_int_eq(pleat_plan_describe(plan, passes[pass], &d, NULL), PLEAT_OK);
                const struct pleat_product_description *p = &d.product[0];
                ck_assert_int_eq(p->method, PLEAT_METHOD_BATCHED);
                ck_assert_int_eq(p->least_batch,
                                 forced ? 0 : 64 / (int64_t)pleat_dtype_size(o.dtype));
                ck_assert_int_eq(p->fewer == PLEAT_METHOD_BATCHED, forced);
                ck_assert_int_eq(strstr(p->tiles, "fewer") != NULL, !forced);
                ck_assert_double_lt(p->flops, p->formula_flops);
            }
            pleat_plan_free(plan);
        }
}
END_TEST

START_TEST(refusals) {
    const struct conv_case c = conv_case_parse(texts[0]);
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    struct pleat_plan_description d, before;
    memset(&d, 0xa5, sizeof d);
    memcpy(&before, &d, sizeof d);
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_plan_describe(NULL, PLEAT_FORWARD, &d, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "plan"));
    ck_assert_int_eq(pleat_plan_describe(run.plan, PLEAT_FORWARD, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "description"));
    ck_assert_int_eq(pleat_plan_describe(run.plan, (enum pleat_pass)4, &d, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "pass 4"));
    ck_assert_mem_eq(&d, &before, sizeof d);
    conv_run_end(&run);
}
END_TEST

START_TEST(names) {
    ck_assert_str_eq(pleat_pass_name(PLEAT_FORWARD), "forward");
    ck_assert_str_eq(pleat_pass_name(PLEAT_BACKWARD), "backward");
    ck_assert_str_eq(pleat_pass_name(PLEAT_BACKWARD_INPUT), "backward_input");
    ck_assert_str_eq(pleat_pass_name(PLEAT_BACKWARD_FILTER), "backward_filter");
    ck_assert_str_eq(pleat_pass_name((enum pleat_pass)4), "unknown");
    ck_assert_str_eq(pleat_bound_name(PLEAT_BOUND_ARITHMETIC), "arithmetic");
    ck_assert_str_eq(pleat_bound_name(PLEAT_BOUND_MEMORY), "memory");
    ck_assert_str_eq(pleat_bound_name((enum pleat_bound)2), "unknown");
    ck_assert_str_eq(pleat_method_name(PLEAT_METHOD_AUTO), "auto");
    ck_assert_str_eq(pleat_method_name(PLEAT_METHOD_TILED), "tiled");
    ck_assert_str_eq(pleat_method_name((enum pleat_method)99), "unknown");
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: description");
    suite_add_loop(result, "numbers", numbers, TEXTS);
    suite_add_loop(result, "scratch of one gradient", scratch_of_one_gradient, TEXTS);
    suite_add_loop(result, "scratch too small", scratch_too_small, 1);
    suite_add_loop(result, "depthwise", depthwise, 2);
    suite_add_loop(result, "bounds", bounds, 4);
    suite_add_loop(result, "options", options, 1);
    suite_add_loop(result, "exact", exact, 1);
    suite_add_loop(result, "exact without transforms", exact_without_transforms, 1);
    suite_add_loop(result, "by batch", by_batch, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    suite_add_loop(result, "names", names, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
