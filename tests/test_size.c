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

static Suite *suite(void) {
    Suite *result = suite_create("size");
    suite_add_loop(result, "forward", forward, RUNS);
    suite_add_loop(result, "conv_transpose_input", conv_transpose_input, RUNS);
    suite_add_loop(result, "conv_input", conv_input, RUNS);
    suite_add_loop(result, "output_padding", output_padding, RUNS);
    suite_add_loop(result, "paddings", paddings, RUNS);
    return result;
}

int main(void) {
    return run_suite(suite());
}
