/* The oracle and the descriptors themselves: a case worked by hand, the identity that ties the
 * three products, and the text of every case read back. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "reference.h"
#include "suites.h"
#include "support.h"

/* x = 1 2 3 by w = 10 1 at stride 2, padding 1 at the end, bias 100; by hand. */
START_TEST(conv_transpose_by_hand) {
    const struct conv_case c = conv_case_parse("i3 k2 s2 pe1 bias");
    const double x[] = {1, 2, 3}, w[] = {10, 1}, b[] = {100}, y[] = {110, 101, 120, 102, 130};
    const double gy[] = {1, 2, 3, 4, 5}, gx[] = {12, 34, 50}, gw[] = {1 + 6 + 15, 2 + 8};
    double got[5], terms[5];
    reference_forward(&c, x, w, b, got, terms);
    for (int i = 0; i < 5; i++)
        ck_assert(got[i] == y[i] && terms[i] == y[i]);
    reference_grad_input(&c, w, gy, got, NULL);
    for (int i = 0; i < 3; i++)
        ck_assert(got[i] == gx[i]);
    reference_grad_weight(&c, x, gy, got, NULL);
    for (int i = 0; i < 2; i++)
        ck_assert(got[i] == gw[i]);
    reference_grad_bias(&c, gy, got, NULL);
    ck_assert(got[0] == 15);
}
END_TEST

/* x = 1 2 3 4 5 6 by w = 10 1 at stride 2, padding 1 at the beginning: the windows start at -1, 1
 * and 3, and pixel 5 is in none. */
START_TEST(conv_by_hand) {
    const struct conv_case c = conv_case_parse("conv i6 k2 s2 pb1");
    const double x[] = {1, 2, 3, 4, 5, 6}, w[] = {10, 1}, y[] = {1, 23, 45};
    const double gy[] = {1, 2, 3}, gx[] = {1, 20, 2, 30, 3, 0};
    const double gw[] = {2 * 2 + 3 * 4, 1 + 2 * 3 + 3 * 5};
    double got[6];
    reference_forward(&c, x, w, NULL, got, NULL);
    for (int i = 0; i < 3; i++)
        ck_assert(got[i] == y[i]);
    reference_grad_input(&c, w, gy, got, NULL);
    for (int i = 0; i < 6; i++)
        ck_assert(got[i] == gx[i]);
    reference_grad_weight(&c, x, gy, got, NULL);
    for (int i = 0; i < 2; i++)
        ck_assert(got[i] == gw[i]);
}
END_TEST

static double *integers(int64_t count, struct pleat_random *random) {
    double *values = malloc((size_t)count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (double)pleat_random_below(random, 9) - 4;
    return values;
}

static double inner(const double *a, const double *b, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* <gy, y> = <gx, x> = <gw, w> without a bias. */
START_TEST(trilinear) {
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    const struct conv_case c = case_variant(_i * CASE_VARIANTS + 2 * (_i % 2));
    char text[CONV_CASE_TEXT];
    double *x = integers(conv_case_input_size(&c), &random);
    double *w = integers(conv_case_weight_size(&c), &random);
    double *gy = integers(conv_case_output_size(&c), &random);
    double *y = integers(conv_case_output_size(&c), &random);
    double *gx = integers(conv_case_input_size(&c), &random);
    double *gw = integers(conv_case_weight_size(&c), &random);
    reference_forward(&c, x, w, NULL, y, NULL);
    reference_grad_input(&c, w, gy, gx, NULL);
    reference_grad_weight(&c, x, gy, gw, NULL);
    const double product = inner(gy, y, conv_case_output_size(&c));
    ck_assert_msg(product == inner(gx, x, conv_case_input_size(&c)) &&
                      product == inner(gw, w, conv_case_weight_size(&c)),
                  "%s", conv_case_print(&c, text));
    free(x), free(w), free(gy), free(y), free(gx), free(gw);
}
END_TEST

/* What is printed on a failure is read back as the same case. */
START_TEST(descriptors) {
    const struct conv_case c = case_variant(_i);
    char text[CONV_CASE_TEXT], again[CONV_CASE_TEXT];
    const struct conv_case read = conv_case_parse(conv_case_print(&c, text));
    ck_assert_str_eq(conv_case_print(&read, again), text);
    ck_assert_int_eq(read.op, c.op);
    ck_assert_int_eq(conv_case_output_size(&read), conv_case_output_size(&c));
    ck_assert_int_eq(conv_case_weight_size(&read), conv_case_weight_size(&c));
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("reference");
    suite_add_loop(result, "conv_transpose by hand", conv_transpose_by_hand, 1);
    suite_add_loop(result, "conv by hand", conv_by_hand, 1);
    suite_add_loop(result, "trilinear", trilinear, case_count);
    suite_add_loop(result, "descriptors", descriptors, case_count * CASE_VARIANTS);
    return result;
}

int main(void) {
    return run_suite(suite());
}
