/* What the size solver refuses, and what it says. */
#include <check.h>

#include <pleat/size.h>

#include "suites.h"

/* What refusals say, word for word. */
START_TEST(messages) {
    struct pleat_axis axis = pleat_axis_init(4, 2);
    axis.padding_begin = axis.padding_end = 1;
    struct pleat_error error;
    int64_t a, b;
    ck_assert_int_eq(pleat_size_conv_transpose_input(49, &axis, &a, &error), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(error.status, PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message,
                     "49 is not reachable with kernel 4, stride 2, padding 1: 48 and "
                     "50 are, from inputs 24 and 25, or output_padding 1");
    axis.padding_end = 0;
    axis.dilation = 3;
    axis.output_padding = 2;
    ck_assert_int_eq(pleat_size_conv_transpose_input(49, &axis, &a, &error), PLEAT_OK);
    ck_assert_int_eq(pleat_size_conv_transpose_input(50, &axis, &a, &error), PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message,
                     "50 is not reachable with kernel 4, stride 2, dilation 3, padding 1 + 0, "
                     "output_padding 2: 49 and 51 are, from inputs 20 and 21, or output_padding 1");
    ck_assert_int_eq(pleat_size_output_padding(24, &axis, 60, &a, &error), PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message,
                     "60 is not reachable from 24 with kernel 4, stride 2, dilation 3, padding 1 + "
                     "0: output_padding 0 to 2 gives 55 to 57");
    axis.padding_begin = 100;
    ck_assert_int_eq(pleat_size_output_padding(1, &axis, 60, &a, &error), PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message, "no output is reachable from 1 with kernel 4, stride 2, "
                                    "dilation 3, padding 100 + 0: crop less");
    ck_assert_int_eq(pleat_size_conv_input(3, &axis, &a, &b, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "output_padding must be 0 for a convolution, got 2");
    axis = pleat_axis_init(3, 2);
    axis.padding_begin = axis.padding_end = 9;
    ck_assert_int_eq(pleat_size_conv_input(3, &axis, &a, &b, &error), PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message, "3 is not reachable with kernel 3, stride 2, padding 9: 9 is "
                                    "the smallest that is, from input 1");
    ck_assert_int_eq(pleat_size_conv_paddings(4, &axis, 1, 0, NULL, &a, &error), PLEAT_OK);
    ck_assert_int_eq(pleat_size_conv_paddings(9, &axis, 1, 0, NULL, &a, &error),
                     PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message,
                     "no padding of 0 or more, alike at both ends, makes 1 of 9 with kernel 3, "
                     "stride 2, dilation 1: padding_begin + padding_end = -6 to -5 would do");
}
END_TEST

/* Axes that are no axes; each breaks one field. */
static const struct {
    struct pleat_axis axis;
    const char *message;
} illegal[] = {
    {{0, 1, 1, 0, 0, 0}, "kernel must be at least 1, got 0"},
    {{-3, 1, 1, 0, 0, 0}, "kernel must be at least 1, got -3"},
    {{1, 0, 1, 0, 0, 0}, "stride must be at least 1, got 0"},
    {{1, 1, 0, 0, 0, 0}, "dilation must be at least 1, got 0"},
    {{1, 1, 1, 0, 0, -1}, "output_padding must be at least 0, got -1"},
    {{1, 2, 3, 0, 0, 3},
     "output_padding must be below the larger of stride and dilation, 3, got 3"},
};

START_TEST(illegal_axes) {
    struct pleat_error error;
    int64_t a = -99, b = -99;
    const struct pleat_axis *axis = &illegal[_i].axis;
    ck_assert_int_eq(pleat_size_conv_transpose(5, axis, &a, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, illegal[_i].message);
    ck_assert_int_eq(pleat_size_conv_transpose_input(5, axis, &a, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, illegal[_i].message);
    ck_assert_int_eq(pleat_size_conv(5, axis, &a, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_size_conv_input(5, axis, &a, &b, &error), PLEAT_INVALID_ARGUMENT);
    if (axis->output_padding == 0) {
        ck_assert_int_eq(pleat_size_output_padding(5, axis, 5, &a, &error), PLEAT_INVALID_ARGUMENT);
        ck_assert_str_eq(error.message, illegal[_i].message);
        ck_assert_int_eq(pleat_size_conv_transpose_paddings(5, axis, 5, 0, NULL, &a, NULL),
                         PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(pleat_size_conv_paddings(5, axis, 5, 0, NULL, &a, NULL),
                         PLEAT_INVALID_ARGUMENT);
    }
    ck_assert_int_eq(a, -99);
    ck_assert_int_eq(b, -99);
}
END_TEST

START_TEST(illegal_arguments) {
    const struct pleat_axis axis = pleat_axis_init(3, 2);
    struct pleat_axis solution;
    int64_t a, b;
    const enum pleat_status statuses[] = {
        pleat_size_conv_transpose(5, NULL, &a, NULL),
        pleat_size_conv_transpose(5, &axis, NULL, NULL),
        pleat_size_conv_transpose(0, &axis, &a, NULL),
        pleat_size_conv(5, NULL, &a, NULL),
        pleat_size_conv(5, &axis, NULL, NULL),
        pleat_size_conv(0, &axis, &a, NULL),
        pleat_size_conv_transpose_input(5, NULL, &a, NULL),
        pleat_size_conv_transpose_input(5, &axis, NULL, NULL),
        pleat_size_conv_transpose_input(0, &axis, &a, NULL),
        pleat_size_conv_input(5, NULL, &a, &b, NULL),
        pleat_size_conv_input(5, &axis, NULL, &b, NULL),
        pleat_size_conv_input(5, &axis, &a, NULL, NULL),
        pleat_size_conv_input(0, &axis, &a, &b, NULL),
        pleat_size_output_padding(5, NULL, 9, &a, NULL),
        pleat_size_output_padding(5, &axis, 9, NULL, NULL),
        pleat_size_output_padding(0, &axis, 9, &a, NULL),
        pleat_size_output_padding(5, &axis, 0, &a, NULL),
        pleat_size_conv_transpose_paddings(5, NULL, 9, 1, &solution, &a, NULL),
        pleat_size_conv_transpose_paddings(5, &axis, 9, 1, NULL, &a, NULL),
        pleat_size_conv_transpose_paddings(5, &axis, 9, 1, &solution, NULL, NULL),
        pleat_size_conv_transpose_paddings(5, &axis, 9, -1, &solution, &a, NULL),
        pleat_size_conv_transpose_paddings(0, &axis, 9, 1, &solution, &a, NULL),
        pleat_size_conv_transpose_paddings(5, &axis, 0, 1, &solution, &a, NULL),
        pleat_size_conv_paddings(5, NULL, 9, 1, &solution, &a, NULL),
        pleat_size_conv_paddings(5, &axis, 9, 1, NULL, &a, NULL),
        pleat_size_conv_paddings(5, &axis, 9, 1, &solution, NULL, NULL),
        pleat_size_conv_paddings(5, &axis, 9, -1, &solution, &a, NULL),
        pleat_size_conv_paddings(0, &axis, 9, 1, &solution, &a, NULL),
        pleat_size_conv_paddings(5, &axis, 0, 1, &solution, &a, NULL),
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        ck_assert_msg(statuses[i] == PLEAT_INVALID_ARGUMENT, "call %d", (int)i);
}
END_TEST

/* Every sum and product that can leave 63 bits. */
static const struct {
    int64_t size;
    struct pleat_axis axis;
} vast[] = {
    {3, {INT64_MAX, 1, 3, 0, 0, 0}},
    {INT64_MAX, {1, 3, 1, 0, 0, 0}},
    {INT64_MAX, {1, INT64_MAX, 1, 0, 0, 0}},
    {INT64_MAX, {3, 1, INT64_MAX, 0, 0, 0}},
    {INT64_MAX, {INT64_MAX, 1, 2, INT64_MIN, INT64_MIN, 0}},
};

START_TEST(overflow) {
    struct pleat_axis solution;
    int64_t a = -99, b = -99;
    const struct pleat_axis *axis = &vast[_i].axis;
    const int64_t size = vast[_i].size;
    ck_assert_int_eq(pleat_size_conv_transpose(size, axis, &a, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv_input(size, axis, &a, &b, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_output_padding(size, axis, 9, &a, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv_transpose_paddings(size, axis, 9, 1, &solution, &a, NULL),
                     PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv_paddings(9, axis, size, 1, &solution, &a, NULL),
                     PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(a, -99);
    ck_assert_int_eq(b, -99);
}
END_TEST

START_TEST(overflow_of_padding) {
    struct pleat_axis axis = pleat_axis_init(3, 2);
    int64_t a = -99, b = -99;
    axis.padding_begin = axis.padding_end = INT64_MIN;
    ck_assert_int_eq(pleat_size_conv_transpose_input(9, &axis, &a, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv_transpose(9, &axis, &a, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv(9, &axis, &a, NULL), PLEAT_SIZE_OVERFLOW);
    axis.padding_begin = axis.padding_end = INT64_MAX;
    ck_assert_int_eq(pleat_size_conv_input(9, &axis, &a, &b, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_size_conv(9, &axis, &a, NULL), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(a, -99);
    ck_assert_int_eq(b, -99);
    /* The largest sizes that fit are computed. */
    axis = pleat_axis_init(1, 1);
    ck_assert_int_eq(pleat_size_conv_transpose(INT64_MAX, &axis, &a, NULL), PLEAT_OK);
    ck_assert(a == INT64_MAX);
    ck_assert_int_eq(pleat_size_conv_transpose_input(INT64_MAX, &axis, &a, NULL), PLEAT_OK);
    ck_assert(a == INT64_MAX);
    axis.stride = 2;
    ck_assert_int_eq(pleat_size_conv_transpose_input(INT64_MAX - 1, &axis, &a, NULL),
                     PLEAT_INVALID_SHAPE);
    axis.output_padding = 1;
    ck_assert_int_eq(pleat_size_conv_transpose_input(INT64_MAX, &axis, &a, NULL),
                     PLEAT_INVALID_SHAPE);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("size: refused");
    suite_add_loop(result, "messages", messages, 1);
    suite_add_loop(result, "illegal axes", illegal_axes, sizeof illegal / sizeof *illegal);
    suite_add_loop(result, "illegal arguments", illegal_arguments, 1);
    suite_add_loop(result, "overflow", overflow, sizeof vast / sizeof *vast);
    suite_add_loop(result, "overflow of padding", overflow_of_padding, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
