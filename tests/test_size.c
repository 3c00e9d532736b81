/* The size solver against plain walks over the pixels: forward, back, and solved for the paddings,
 * with every refusal's advice found again by search. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/size.h>

#include "suites.h"

/* Every axis of kernel 1..4, stride 1..4, dilation 1..3, paddings -1..2 and legal output padding
 * is axis_at(i) for one i in 0..AXES-1; some have an illegal output padding. */
enum { KERNELS = 4, STRIDES = 4, DILATIONS = 3, PADDINGS = 4, OUTPUT_PADDINGS = 4 };
enum { AXES = KERNELS * STRIDES * DILATIONS * PADDINGS * PADDINGS * OUTPUT_PADDINGS };
/* How far the searches go: no size asked for needs more. */
enum { MOST_INPUT = 60, MOST_OUTPUT = 20 };

static int digit(int *number, int base) {
    const int value = *number % base;
    *number /= base;
    return value;
}

static struct pleat_axis axis_at(int i) {
    struct pleat_axis axis = {0};
    axis.kernel = 1 + digit(&i, KERNELS);
    axis.stride = 1 + digit(&i, STRIDES);
    axis.dilation = 1 + digit(&i, DILATIONS);
    axis.padding_begin = digit(&i, PADDINGS) - 1;
    axis.padding_end = digit(&i, PADDINGS) - 1;
    axis.output_padding = i;
    return axis;
}

/* A run of a test takes the axes of one kernel, stride and dilation. */
enum { RUNS = KERNELS * STRIDES * DILATIONS };

static void each_axis(int run, void (*check)(struct pleat_axis axis)) {
    for (int i = run; i < AXES; i += RUNS)
        check(axis_at(i));
}

static int64_t output_padding_limit(const struct pleat_axis *axis) {
    return axis->stride > axis->dilation ? axis->stride : axis->dilation;
}

/* The size of a transposed convolution: how many pixels lie from the first that is not cropped to
 * the last. */
static int64_t walk_conv_transpose(int64_t in, const struct pleat_axis *axis) {
    int64_t last = 0;
    for (int64_t i = 0; i < in; i++)
        for (int64_t k = 0; k < axis->kernel; k++)
            last = i * axis->stride + k * axis->dilation;
    return last + 1 - axis->padding_begin - axis->padding_end + axis->output_padding;
}

/* The size of a convolution: how many windows end inside the padded input. */
static int64_t walk_conv(int64_t in, const struct pleat_axis *axis) {
    int64_t windows = 0;
    while (windows * axis->stride - axis->padding_begin + (axis->kernel - 1) * axis->dilation <
           in + axis->padding_end)
        windows++;
    return windows;
}

/* check writes a note at every assertion it makes; the exhaustive loops make theirs where they
 * fail. */
#define expect_equal(a, b)                                                                         \
    do {                                                                                           \
        const long long expect_a = (a), expect_b = (b);                                            \
        if (expect_a != expect_b)                                                                  \
            ck_abort_msg("%s is %lld, not %lld", #a, expect_a, expect_b);                          \
    } while (0)
#define expect_found(pointer) expect_equal((pointer) != NULL, true)

static void check_forward(const struct pleat_axis axis) {
    const bool legal = axis.output_padding < output_padding_limit(&axis);
    for (int64_t in = 1; in <= 9; in++) {
        int64_t out = -99;
        enum pleat_status status = pleat_size_conv_transpose(in, &axis, &out, NULL);
        const int64_t expected = walk_conv_transpose(in, &axis);
        expect_equal(status, !legal         ? PLEAT_INVALID_ARGUMENT
                             : expected < 1 ? PLEAT_INVALID_SHAPE
                                            : PLEAT_OK);
        expect_equal(out, status == PLEAT_OK ? expected : -99);
        out = -99;
        status = pleat_size_conv(in, &axis, &out, NULL);
        const int64_t windows = walk_conv(in, &axis);
        expect_equal(status, axis.output_padding != 0 ? PLEAT_INVALID_ARGUMENT
                             : windows < 1            ? PLEAT_INVALID_SHAPE
                                                      : PLEAT_OK);
        expect_equal(out, status == PLEAT_OK ? windows : -99);
    }
}

START_TEST(forward) {
    each_axis(_i, check_forward);
}
END_TEST

/* Returns the input that makes out, by trying them all; 0 for none. */
static int64_t search_input(const struct pleat_axis *axis, int64_t out) {
    for (int64_t in = 1; in <= MOST_INPUT; in++)
        if (walk_conv_transpose(in, axis) == out)
            return in;
    return 0;
}

/* Writes what a refusal should advise, found by search: the nearest sizes that are reachable, and
 * the smallest other output padding that reaches the size. */
static void expected_advice(const struct pleat_axis *axis, int64_t out, char *text, size_t size) {
    int64_t below = 0, above = out + 1, input_below = 0;
    for (int64_t n = 1; n < out; n++)
        if (search_input(axis, n) != 0)
            below = n, input_below = search_input(axis, n);
    while (search_input(axis, above) == 0)
        above++;
    const int64_t input_above = search_input(axis, above);
    int length;
    if (below != 0)
        length = snprintf(text, size, "%d and %d are, from inputs %d and %d", (int)below,
                          (int)above, (int)input_below, (int)input_above);
    else if (input_above == 1)
        length = snprintf(text, size, "%d is the smallest that is, from input 1", (int)above);
    else
        length = snprintf(text, size, "%d is, from input %d", (int)above, (int)input_above);
    struct pleat_axis other = *axis;
    for (int64_t p = 0; p < output_padding_limit(axis); p++) {
        other.output_padding = p;
        if (p != axis->output_padding && search_input(&other, out) != 0) {
            snprintf(text + length, size - (size_t)length, ", or output_padding %d", (int)p);
            return;
        }
    }
}

static void check_conv_transpose_input(const struct pleat_axis axis) {
    if (axis.output_padding >= output_padding_limit(&axis)) {
        int64_t in = -99;
        expect_equal(pleat_size_conv_transpose_input(5, &axis, &in, NULL), PLEAT_INVALID_ARGUMENT);
        expect_equal(in, -99);
        return;
    }
    for (int64_t out = 1; out <= MOST_OUTPUT; out++) {
        int64_t in = -99;
        struct pleat_error error;
        const enum pleat_status status = pleat_size_conv_transpose_input(out, &axis, &in, &error);
        const int64_t expected = search_input(&axis, out);
        if (expected != 0) {
            expect_equal(status, PLEAT_OK);
            expect_equal(in, expected);
            continue;
        }
        char advice[160];
        expected_advice(&axis, out, advice, sizeof advice);
        expect_equal(status, PLEAT_INVALID_SHAPE);
        expect_equal(in, -99);
        const char *said = strstr(error.message, ": ");
        expect_found(said);
        if (strcmp(said + 2, advice) != 0)
            ck_abort_msg("advice is '%s', not '%s'", said + 2, advice);
    }
}

START_TEST(conv_transpose_input) {
    each_axis(_i, check_conv_transpose_input);
}
END_TEST

static void check_conv_input(const struct pleat_axis axis) {
    if (axis.output_padding != 0)
        return;
    for (int64_t out = 1; out <= 8; out++) {
        int64_t first = 0, last = 0, lowest = -99, highest = -99;
        for (int64_t in = 1; in <= MOST_INPUT; in++)
            if (walk_conv(in, &axis) == out) {
                first = first == 0 ? in : first;
                last = in;
            }
        struct pleat_error error;
        const enum pleat_status status =
            pleat_size_conv_input(out, &axis, &lowest, &highest, &error);
        if (first == 0) {
            char advice[80];
            snprintf(advice, sizeof advice, ": %d is the smallest that is, from input 1",
                     (int)walk_conv(1, &axis));
            expect_equal(status, PLEAT_INVALID_SHAPE);
            expect_equal(lowest, -99);
            expect_equal(highest, -99);
            expect_found(strstr(error.message, advice));
        } else {
            expect_equal(status, PLEAT_OK);
            expect_equal(lowest, first);
            expect_equal(highest, last);
        }
    }
}

START_TEST(conv_input) {
    each_axis(_i, check_conv_input);
}
END_TEST

static void check_output_padding(const struct pleat_axis axis) {
    for (int64_t in = 1; in <= 5; in++)
        for (int64_t out = 1; out <= MOST_OUTPUT; out++) {
            int64_t expected = -99, solved = -99;
            struct pleat_axis trial = axis;
            for (int64_t p = 0; p < output_padding_limit(&axis); p++) {
                trial.output_padding = p;
                if (walk_conv_transpose(in, &trial) == out)
                    expected = p;
            }
            expect_equal(pleat_size_output_padding(in, &axis, out, &solved, NULL),
                         expected >= 0 ? PLEAT_OK : PLEAT_INVALID_SHAPE);
            expect_equal(solved, expected);
        }
}

START_TEST(output_padding) {
    each_axis(_i, check_output_padding);
}
END_TEST

/* Compares a list of solutions with every pair tried in the order of the output paddings. */
static void check_paddings(const struct pleat_axis *axis, int64_t in, int64_t out, bool transpose) {
    enum { CAPACITY = 64 };
    struct pleat_axis solutions[CAPACITY], one = {.kernel = 77};
    struct pleat_error error;
    int64_t expected = 0, count = -99;
    const enum pleat_status status =
        transpose
            ? pleat_size_conv_transpose_paddings(in, axis, out, CAPACITY, solutions, &count, &error)
            : pleat_size_conv_paddings(in, axis, out, CAPACITY, solutions, &count, &error);
    struct pleat_axis trial = *axis;
    const int64_t limit = transpose ? output_padding_limit(axis) : 1;
    for (trial.output_padding = 0; trial.output_padding < limit; trial.output_padding++)
        for (int64_t p = 0; p <= MOST_INPUT; p++) {
            trial.padding_begin = trial.padding_end = p;
            if ((transpose ? walk_conv_transpose(in, &trial) : walk_conv(in, &trial)) != out)
                continue;
            expect_equal(status, PLEAT_OK);
            expect_equal(expected < count, true);
            expect_equal(solutions[expected].kernel, axis->kernel);
            expect_equal(solutions[expected].stride, axis->stride);
            expect_equal(solutions[expected].dilation, axis->dilation);
            expect_equal(solutions[expected].padding_begin, p);
            expect_equal(solutions[expected].padding_end, p);
            expect_equal(solutions[expected].output_padding, trial.output_padding);
            expected++;
        }
    if (expected > 0) {
        expect_equal(count, expected);
        /* Without room the count is the same, and nothing beyond the room is written. */
        expect_equal(transpose
                         ? pleat_size_conv_transpose_paddings(in, axis, out, 0, &one, &count, NULL)
                         : pleat_size_conv_paddings(in, axis, out, 0, NULL, &count, NULL),
                     PLEAT_OK);
        expect_equal(count, expected);
        expect_equal(one.kernel, 77);
        return;
    }
    /* The sum that the refusal gives does it. */
    expect_equal(status, PLEAT_INVALID_SHAPE);
    expect_equal(count, -99);
    const char *advice = strstr(error.message, "padding_end = ");
    expect_found(advice);
    trial.padding_begin = atoi(advice + strlen("padding_end = "));
    trial.padding_end = trial.output_padding = 0;
    expect_equal(transpose ? walk_conv_transpose(in, &trial) : walk_conv(in, &trial), out);
}

static void check_all_paddings(const struct pleat_axis axis) {
    for (int64_t in = 1; in <= 5; in++)
        for (int64_t out = 1; out <= MOST_OUTPUT; out++) {
            check_paddings(&axis, in, out, true);
            check_paddings(&axis, in, out, false);
        }
}

START_TEST(paddings) {
    each_axis(_i, check_all_paddings);
}
END_TEST

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
    Suite *result = suite_create("size");
    suite_add_loop(result, "forward", forward, RUNS);
    suite_add_loop(result, "conv_transpose_input", conv_transpose_input, RUNS);
    suite_add_loop(result, "conv_input", conv_input, RUNS);
    suite_add_loop(result, "output_padding", output_padding, RUNS);
    suite_add_loop(result, "paddings", paddings, RUNS);
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
