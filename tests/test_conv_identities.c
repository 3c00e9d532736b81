/* What must hold of the operators whatever the oracle says: the trilinear identity, finite
 * differences, and the symmetries of a linear map. All on integers, and so exact. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "conv_run.h"
#include "suites.h"

static void forward(struct conv_run *run) {
    conv_run_forward(run, conv_run_scratch(run, PLEAT_FORWARD));
}

static void backward(struct conv_run *run, int wanted) {
    conv_run_backward(run, wanted, conv_run_scratch(run, PLEAT_BACKWARD));
}

/* <gy, y(x, w)> = <gx, x> = <gw, w> without a bias. */
START_TEST(trilinear) {
    struct conv_case c = case_variant(_i);
    c.bias = false;
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    fill_value(&run.grad_weight, 0);
    forward(&run);
    backward(&run, WANT_ALL);
    const double y = inner_product(&run.grad_output, &run.output);
    const double x = inner_product(&run.grad_input, &run.input);
    const double w = inner_product(&run.grad_weight, &run.weight);
    ck_assert_msg(y == x && x == w, "%s: <gy, y> = %.17g, <gx, x> = %.17g, <gw, w> = %.17g",
                  run.text, y, x, w);
    conv_run_end(&run);
}
END_TEST

/* <grad_output, output> after argument's element i has grown by 1, less what it was before. */
static double difference(struct conv_run *run, const struct pleat_tensor *argument, int64_t i,
                         double before) {
    const double value = tensor_get(argument, i);
    tensor_set(argument, i, value + 1);
    forward(run);
    tensor_set(argument, i, value);
    return inner_product(&run->grad_output, &run->output) - before;
}

/* The output is linear in each argument, so a difference over a step of 1 has no truncation error:
 * it must equal the gradient, sign and all. */
static void check_differences(struct conv_run *run, const struct pleat_tensor *argument,
                              const struct pleat_tensor *gradient, const char *name) {
    enum { SAMPLES = 12 };
    const int64_t size = pleat_tensor_size(argument);
    const int64_t step = size > SAMPLES ? size / SAMPLES : 1;
    forward(run);
    const double before = inner_product(&run->grad_output, &run->output);
    for (int64_t i = 0; i < size; i += step) {
        const double got = difference(run, argument, i, before);
        ck_assert_msg(got == tensor_get(gradient, i),
                      "%s: %s: element %lld is %.17g, its finite difference %.17g", run->text, name,
                      (long long)i, tensor_get(gradient, i), got);
    }
}

START_TEST(finite_differences) {
    struct conv_case c = case_variant(_i);
    c.bias = true;
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    fill_value(&run.grad_weight, 0);
    fill_value(&run.grad_bias, 0);
    backward(&run, WANT_ALL);
    check_differences(&run, &run.input, &run.grad_input, "grad_input");
    check_differences(&run, &run.weight, &run.grad_weight, "grad_weight");
    check_differences(&run, &run.bias, &run.grad_bias, "grad_bias");
    conv_run_end(&run);
}
END_TEST

/* y(a x + x', w) = a y(x, w) + y(x', w) */
START_TEST(linearity) {
    struct conv_case c = case_variant(_i);
    c.bias = false;
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    double *x = tensor_to_double(&run.input);
    forward(&run);
    double *y = tensor_to_double(&run.output);
    struct pleat_random random = pleat_random_seed(c.seed + 1000);
    fill_integers(&run.input, &random);
    forward(&run);
    for (int64_t i = 0; i < pleat_tensor_size(&run.output); i++)
        y[i] = 3 * y[i] + tensor_get(&run.output, i);
    for (int64_t i = 0; i < pleat_tensor_size(&run.input); i++)
        tensor_set(&run.input, i, 3 * x[i] + tensor_get(&run.input, i));
    forward(&run);
    assert_exact(&run.output, y, run.text);
    free(x), free(y);
    conv_run_end(&run);
}
END_TEST

/* Input that is zero leaves the bias, everywhere and alone; in particular in the gaps of a kernel
 * below its stride and in the rows of output padding. */
START_TEST(bias_alone) {
    struct conv_case c = case_variant(_i);
    c.bias = true;
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    fill_value(&run.input, 0);
    forward(&run);
    const int64_t pixels = conv_case_output_size(&c) / c.batch / c.params.out_channels;
    double *expected = tensor_to_double(&run.output);
    for (int64_t i = 0; i < pleat_tensor_size(&run.output); i++)
        expected[i] = tensor_get(&run.bias, i / pixels % c.params.out_channels);
    assert_exact(&run.output, expected, run.text);
    free(expected);
    conv_run_end(&run);
}
END_TEST

/* One input pixel of 1 brings the filter to i stride - padding, and nothing anywhere else. */
START_TEST(impulse) {
    const struct conv_case c = conv_case_parse("ic2 oc3 i5x6 k3x4 s2x3 p1 op1x2");
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    const int64_t ic = _i / 30, ih = _i % 30 / 6, iw = _i % 6;
    fill_value(&run.input, 0);
    tensor_set(&run.input, _i, 1);
    forward(&run);
    double *expected = tensor_to_double(&run.output);
    memset(expected, 0, (size_t)pleat_tensor_size(&run.output) * sizeof *expected);
    for (int64_t j = 0; j < 3 * 3 * 4; j++) {
        const int64_t oc = j / 12, kh = j % 12 / 4, kw = j % 4;
        const int64_t oh = ih * 2 - 1 + kh, ow = iw * 3 - 1 + kw;
        if (oh >= 0 && oh < c.out[0] && ow >= 0 && ow < c.out[1])
            expected[(oc * c.out[0] + oh) * c.out[1] + ow] =
                tensor_get(&run.weight, (ic * 3 + oc) * 12 + kh * 4 + kw);
    }
    assert_exact(&run.output, expected, run.text);
    free(expected);
    conv_run_end(&run);
}
END_TEST

/* Ones everywhere: each output pixel counts the taps that reach it; 4x4 filters at stride 2 with a
 * padding of 1 reach every inner pixel four times, edges twice, corners once. */
START_TEST(overlap_counts) {
    const struct conv_case c = conv_case_parse("i4x5 k4 s2 p1");
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_integers);
    fill_value(&run.input, 1);
    fill_value(&run.weight, 1);
    forward(&run);
    for (int64_t i = 0; i < pleat_tensor_size(&run.output); i++) {
        const int64_t h = i / 10, w = i % 10;
        const double taps = (h == 0 || h == 7 ? 1 : 2) * (w == 0 || w == 9 ? 1 : 2);
        ck_assert_msg(tensor_get(&run.output, i) == taps, "pixel %lld %lld", (long long)h,
                      (long long)w);
    }
    conv_run_end(&run);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: identities");
    suite_add_loop(result, "trilinear", trilinear, case_count * CASE_VARIANTS);
    suite_add_loop(result, "finite differences", finite_differences, case_count * CASE_VARIANTS);
    suite_add_loop(result, "linearity", linearity, case_count * CASE_VARIANTS);
    suite_add_loop(result, "bias alone", bias_alone, case_count * CASE_VARIANTS);
    suite_add_loop(result, "impulse", impulse, 2 * 5 * 6);
    suite_add_loop(result, "overlap counts", overlap_counts, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
