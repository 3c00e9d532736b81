/* The dialects: rows from their own documentation and tests, and every small axis against what
 * defines each of them. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/dialect.h>

#include "dialects.h"
#include "suites.h"

/* asked is {kernel, stride, dilation, padding_begin, padding_end, output_padding}; -1 is
 * PLEAT_UNSPECIFIED. */
static const struct {
    enum dialect dialect;
    int word;
    int64_t in;
    struct pleat_axis asked;
    int64_t extra;
    int64_t begin, end, output_padding, out;
} rows[] = {
    /* The article's cases: 4x4 to 16x16 twice, and a "same" of its own. */
    {ARTICLE, VALID, 4, {3, 4, 1, 0, 0, 1}, -1, 0, 0, 1, 16},
    {ARTICLE, VALID, 4, {4, 4, 1, 0, 0, 0}, -1, 0, 0, 0, 16},
    {ARTICLE, SAME, 4, {3, 2, 1, 0, 0, 0}, -1, 1, 1, 0, 7},
    {ARTICLE, SAME, 4, {4, 2, 1, 9, 9, 0}, -1, 2, 2, 0, 6},
    {ARTICLE_CONV, SAME, 16, {3, 1, 1, 0, 0, 0}, -1, 1, 1, 0, 16},
    {ARTICLE_CONV, VALID, 16, {3, 1, 1, 0, 0, 0}, -1, 0, 0, 0, 14},
    /* The example of ConvTranspose2d's page: 12 to 6 by stride 2, and back with output_size. */
    {PYTORCH_CONV, NOTSET, 12, {3, 2, 1, 1, 1, 0}, -1, 1, 1, 0, 6},
    {PYTORCH, NOTSET, 6, {3, 2, 1, 1, 1, 0}, -1, 1, 1, 0, 11},
    {PYTORCH, NOTSET, 6, {3, 2, 1, 1, 1, 0}, 12, 1, 1, 1, 12},
    {PYTORCH, NOTSET, 6, {3, 2, 1, 1, 1, 1}, -1, 1, 1, 1, 12},
    {PYTORCH, NOTSET, 5, {2, 1, 4, 0, 0, 1}, -1, 0, 0, 1, 10}, /* traps, 5 */
    {PYTORCH_CONV, SAME, 10, {4, 1, 1, 0, 0, 0}, -1, 1, 2, 0, 10},
    {PYTORCH_CONV, SAME, 10, {3, 1, 4, 0, 0, 0}, -1, 4, 4, 0, 10},
    {PYTORCH_CONV, VALID, 10, {4, 1, 1, 5, 7, 0}, -1, 0, 0, 0, 7},
    /* TensorFlow: kernel 3, stride 2 crops 0 and 1. */
    {TENSORFLOW_CONV, SAME, 8, {3, 2, 1, 0, 0, 0}, -1, 0, 1, 0, 4},
    {TENSORFLOW_CONV, SAME, 7, {3, 2, 1, 0, 0, 0}, -1, 1, 1, 0, 4},
    {TENSORFLOW, SAME, 4, {3, 2, 1, 0, 0, 0}, 8, 0, 1, 0, 8},
    {TENSORFLOW, SAME, 4, {3, 2, 1, 0, 0, 0}, 7, 1, 1, 0, 7},
    {TENSORFLOW, SAME, 4, {4, 2, 1, 0, 0, 0}, 8, 1, 1, 0, 8},
    {TENSORFLOW, SAME, 4, {2, 3, 1, 0, 0, 0}, 12, 0, 0, 1, 12},
    {TENSORFLOW, VALID, 4, {3, 2, 1, 0, 0, 0}, 10, 0, 0, 1, 10},
    {KERAS, SAME, 4, {3, 2, 1, 0, 0, 0}, -1, 0, 1, 0, 8},
    {KERAS, SAME, 4, {3, 2, 1, 0, 0, 0}, 0, 1, 1, 0, 7},
    {KERAS, SAME, 4, {3, 2, 1, 0, 0, 0}, 1, 0, 1, 0, 8},
    {KERAS, SAME, 4, {2, 1, 2, 0, 0, 0}, 0, 1, 1, 0, 4}, /* kernel extent 3 is odd, kernel 2 not */
    {KERAS, SAME, 4, {4, 3, 1, 0, 0, 0}, 1, 1, 2, 0, 10},
    {KERAS, VALID, 4, {2, 3, 1, 0, 0, 0}, -1, 0, 0, 1, 12},
    {KERAS, VALID, 4, {2, 3, 1, 0, 0, 0}, 0, 0, 0, 0, 11},
    {KERAS, VALID, 4, {5, 3, 1, 0, 0, 0}, -1, 0, 0, 0, 14},
    {KERAS, VALID, 4, {5, 3, 1, 0, 0, 0}, 2, 0, 0, 2, 16},
    /* ONNX's own tests and ONNX Runtime's. */
    {ONNX, UPPER, 3, {3, 2, 1, 0, 0, 0}, -1, 0, 1, 0, 6}, /* autopad_same */
    {ONNX, LOWER, 3, {3, 2, 1, 0, 0, 0}, -1, 1, 0, 0, 6},
    {ONNX, UPPER, 4, {2, 1, 1, 0, 0, 0}, -1, 0, 1, 0, 4},   /* 1D_AutoPad_SameUpper */
    {ONNX, LOWER, 4, {2, 1, 1, 0, 0, 0}, -1, 1, 0, 0, 4},   /* 1D_AutoPad_SameLower */
    {ONNX, NOTSET, 3, {3, 3, 1, 0, 0, 1}, 10, 0, 0, 1, 10}, /* kernel_shape */
    {ONNX, NOTSET, 3, {3, 2, 1, 0, 0, 1}, 8, 0, 0, 1, 8},
    {ONNX, NOTSET, 3, {3, 3, 1, 0, 0, 0}, 10, 0, -1, 0, 10}, /* output_shape */
    {ONNX, NOTSET, 3, {3, 2, 1, 0, 0, 0}, 8, 0, -1, 0, 8},
    {ONNX, NOTSET, 4, {3, 1, 1, 0, 0, 0}, 4, 1, 1, 0, 4},    /* 2D_OutputShape_1 */
    {ONNX, NOTSET, 10, {5, 1, 1, 0, 0, 0}, 14, 0, 0, 0, 14}, /* 2D_OutputShape_2 */
    {ONNX, NOTSET, 3, {3, 3, 1, 1, 2, 0}, -1, 1, 2, 0, 6},
    {ONNX, NOTSET, 3, {3, 3, 1, 5, 2, 0}, 6, 2, 1, 0, 6}, /* output_shape overrides pads */
    {ONNX, VALID, 3, {3, 2, 1, 0, 0, 0}, -1, 0, 0, 0, 7},
    {ONNX, VALID, 3, {3, 2, 1, 0, 0, 0}, 6, 1, 0, 0, 6},
    /* A negative total is halved with floor. */
    {ONNX, UPPER, 3, {3, 2, 1, 0, 0, 0}, 8, -1, 0, 0, 8},
    {ONNX, LOWER, 3, {3, 2, 1, 0, 0, 0}, 8, 0, -1, 0, 8},
    {ONNX, LOWER, 3, {3, 2, 1, 0, 0, 0}, 9, -1, -1, 0, 9},
    {ONNX, UPPER, 3, {3, 2, 1, 0, 0, 0}, 10, -2, -1, 0, 10},
    {ONNX, LOWER, 3, {3, 2, 1, 0, 0, 0}, 10, -1, -2, 0, 10},
    {ONNX_CONV, UPPER, 8, {3, 2, 1, 0, 0, 0}, -1, 0, 1, 0, 4},
    {ONNX_CONV, LOWER, 8, {3, 2, 1, 0, 0, 0}, -1, 1, 0, 0, 4},
    {ONNX_CONV, LOWER, 5, {3, 2, 1, 0, 0, 0}, -1, 1, 1, 0, 3}, /* conv_with_autopad_same */
    {ONNX_CONV, VALID, 5, {3, 2, 1, 0, 0, 0}, -1, 0, 0, 0, 2},
    {ONNX_CONV, NOTSET, 7, {3, 2, 1, 1, 0, 0}, -1, 1, 0, 0, 3},
};

START_TEST(row) {
    struct pleat_axis axis;
    struct pleat_error error = {.message = ""};
    int64_t out;
    const enum pleat_status status =
        dialect_ask(rows[_i].dialect, rows[_i].word, rows[_i].in, &rows[_i].asked, rows[_i].extra,
                    &axis, &out, &error);
    ck_assert_msg(status == PLEAT_OK, "%s", error.message);
    ck_assert_int_eq(axis.kernel, rows[_i].asked.kernel);
    ck_assert_int_eq(axis.stride, rows[_i].asked.stride);
    ck_assert_int_eq(axis.dilation, rows[_i].asked.dilation);
    ck_assert_int_eq(axis.padding_begin, rows[_i].begin);
    ck_assert_int_eq(axis.padding_end, rows[_i].end);
    ck_assert_int_eq(axis.output_padding, rows[_i].output_padding);
    ck_assert_int_eq(out, rows[_i].out);
}
END_TEST

static int64_t ceil_divide(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* TensorFlow's conv_transpose is the adjoint of its convolution: for every size that its
 * convolution makes `in` of, it crops what that one pads, and every other size is refused. */
static void check_tensorflow(const struct pleat_axis *asked, int word, int64_t in) {
    const int64_t extent = (asked->kernel - 1) * asked->dilation + 1;
    for (int64_t size = 1; size <= (in + 2) * asked->stride + extent; size++) {
        struct pleat_axis conv, transpose;
        int64_t made = 0, out = 0;
        const enum pleat_status conv_status =
            dialect_ask(TENSORFLOW_CONV, word, size, asked, -1, &conv, &made, NULL);
        const int64_t defined = word == SAME    ? ceil_divide(size, asked->stride)
                                : size < extent ? 0
                                                : ceil_divide(size - extent + 1, asked->stride);
        if (made != defined)
            ck_abort_msg("convolution of %d makes %d", (int)size, (int)made);
        const enum pleat_status status =
            dialect_ask(TENSORFLOW, word, in, asked, size, &transpose, &out, NULL);
        if (conv_status != PLEAT_OK || made != in) {
            ck_assert_int_eq(status, PLEAT_INVALID_SHAPE);
            continue;
        }
        if (status != PLEAT_OK || out != size || transpose.padding_begin != conv.padding_begin ||
            transpose.padding_end != conv.padding_end ||
            conv.padding_end - conv.padding_begin < 0 || conv.padding_end - conv.padding_begin > 1)
            ck_abort_msg("%d of %d: status %d, padding %d %d", (int)size, (int)in, (int)status,
                         (int)transpose.padding_begin, (int)transpose.padding_end);
    }
}

/* ONNX: the total is shared equally, the odd pixel where the word says, and the size is the one
 * asked for. */
static void check_onnx(const struct pleat_axis *asked, int word, int64_t in) {
    for (int64_t size = 1; size <= 20; size++) {
        struct pleat_axis axis;
        int64_t out = 0;
        ck_assert_int_eq(dialect_ask(ONNX, word, in, asked, size, &axis, &out, NULL), PLEAT_OK);
        const int64_t difference = axis.padding_end - axis.padding_begin;
        if (out != size || axis.output_padding != asked->output_padding ||
            (word == UPPER ? difference != 0 && difference != 1
                           : difference != 0 && difference != -1))
            ck_abort_msg("%d of %d: padding %d %d", (int)out, (int)in, (int)axis.padding_begin,
                         (int)axis.padding_end);
    }
    struct pleat_axis axis, tensorflow;
    int64_t out = 0, same = 0;
    if (word != NOTSET) {
        ck_assert_int_eq(dialect_ask(ONNX, word, in, asked, -1, &axis, &out, NULL), PLEAT_OK);
        ck_assert_int_eq(out, in * asked->stride);
        /* The convolution is TensorFlow's, but for the odd pixel. */
        ck_assert_int_eq(dialect_ask(ONNX_CONV, word, in, asked, -1, &axis, &out, NULL), PLEAT_OK);
        ck_assert_int_eq(
            dialect_ask(TENSORFLOW_CONV, SAME, in, asked, -1, &tensorflow, &same, NULL), PLEAT_OK);
        ck_assert_int_eq(out, same);
        ck_assert_int_eq(word == UPPER ? axis.padding_begin : axis.padding_end,
                         tensorflow.padding_begin);
        ck_assert_int_eq(word == UPPER ? axis.padding_end : axis.padding_begin,
                         tensorflow.padding_end);
    }
}

START_TEST(exhaustive) {
    struct pleat_axis asked = pleat_axis_init(1 + _i % 5, 1 + _i / 5 % 4);
    for (asked.dilation = 1; asked.dilation <= 3; asked.dilation++)
        for (int64_t in = 1; in <= 5; in++) {
            check_tensorflow(&asked, SAME, in);
            check_tensorflow(&asked, VALID, in);
            for (asked.output_padding = 0; asked.output_padding < asked.stride;
                 asked.output_padding++) {
                check_onnx(&asked, NOTSET, in);
                check_onnx(&asked, UPPER, in);
                check_onnx(&asked, LOWER, in);
            }
            asked.output_padding = 0;
        }
}
END_TEST

START_TEST(padding_names) {
    static const char *const names[] = {"NOTSET", "VALID", "SAME", "SAME_UPPER", "SAME_LOWER"};
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(pleat_padding_name((enum pleat_padding)i), names[i]);
    ck_assert_str_eq(pleat_padding_name((enum pleat_padding)5), "unknown");
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("dialect");
    suite_add_loop(result, "rows", row, sizeof rows / sizeof *rows);
    suite_add_loop(result, "exhaustive", exhaustive, 20);
    suite_add_loop(result, "names", padding_names, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
