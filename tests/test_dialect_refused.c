/* What the dialects refuse, and what they say would do. */
#include <check.h>

#include "dialects.h"
#include "suites.h"

/* What each refuses, and what it says would do. */
static const struct {
    enum dialect dialect;
    int word;
    int64_t in;
    struct pleat_axis asked;
    int64_t extra;
    enum pleat_status status;
    const char *message;
} refused[] = {
    {ARTICLE,
     UPPER,
     4,
     {3, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "the article has no padding SAME_UPPER: it has VALID and SAME"},
    {ARTICLE,
     VALID,
     4,
     {3, 2, 2, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "dilation must be 1 in the article's terms, got 2"},
    {ARTICLE,
     SAME,
     1,
     {4, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_SHAPE,
     "padding 2 + 2 crops the output to 0 pixels; at least 1 must remain: crop less"},
    {ARTICLE_CONV,
     VALID,
     4,
     {3, 2, 1, 0, 0, 1},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "output_padding must be 0 for a convolution, got 1"},
    {PYTORCH,
     NOTSET,
     6,
     {3, 2, 1, 1, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "PyTorch's padding is the same at both ends, got 1 and 0"},
    {PYTORCH,
     NOTSET,
     6,
     {3, 2, 1, -1, -1, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "PyTorch's padding must be at least 0, got -1"},
    {PYTORCH,
     NOTSET,
     6,
     {3, 2, 1, 1, 1, 2},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "output_padding must be below the larger of stride and dilation, 2, got 2"},
    {PYTORCH,
     NOTSET,
     6,
     {3, 2, 1, 1, 1, 1},
     12,
     PLEAT_INVALID_ARGUMENT,
     "output_padding is solved for where output_size is given, got 1 and output_size 12: give one "
     "of them"},
    {PYTORCH,
     NOTSET,
     6,
     {3, 2, 1, 1, 1, 0},
     13,
     PLEAT_INVALID_SHAPE,
     "13 is not reachable from 6 with kernel 3, stride 2, padding 1: output_padding 0 to 1 gives "
     "11 to 12"},
    {PYTORCH,
     NOTSET,
     5,
     {2, 1, 4, 0, 0, 0},
     11,
     PLEAT_INVALID_SHAPE,
     "PyTorch's output_size goes from 9 to 9 here, got 11: give output_padding 2 instead"},
    {PYTORCH_CONV,
     SAME,
     6,
     {3, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "stride must be 1 for PyTorch's padding 'same', got 2"},
    {PYTORCH_CONV,
     LOWER,
     6,
     {3, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "PyTorch has no padding SAME_LOWER: it has numbers (NOTSET here), VALID and SAME"},
    {TENSORFLOW_CONV,
     UPPER,
     6,
     {3, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "TensorFlow has no padding SAME_UPPER: it has VALID and SAME"},
    {TENSORFLOW,
     NOTSET,
     6,
     {3, 2, 1, 0, 0, 0},
     12,
     PLEAT_INVALID_ARGUMENT,
     "TensorFlow has no padding NOTSET: it has VALID and SAME"},
    {TENSORFLOW,
     SAME,
     4,
     {3, 2, 1, 0, 0, 0},
     6,
     PLEAT_INVALID_SHAPE,
     "TensorFlow's convolution does not make 4 of 6 with kernel 3, stride 2, dilation 1, SAME: 7 "
     "to 8 would do"},
    {TENSORFLOW,
     VALID,
     4,
     {3, 2, 1, 0, 0, 0},
     11,
     PLEAT_INVALID_SHAPE,
     "TensorFlow's convolution does not make 4 of 11 with kernel 3, stride 2, dilation 1, VALID: 9 "
     "to 10 would do"},
    {KERAS,
     SAME,
     4,
     {4, 2, 1, 0, 0, 0},
     0,
     PLEAT_INVALID_SHAPE,
     "Keras's output_padding 0 makes 6 of 4 with kernel 4, stride 2, SAME, which TensorFlow "
     "refuses: 1 to 2 would do"},
    {KERAS,
     VALID,
     4,
     {4, 2, 1, 0, 0, 0},
     2,
     PLEAT_INVALID_SHAPE,
     "Keras's output_padding 2 makes 12 of 4 with kernel 4, stride 2, VALID, which TensorFlow "
     "refuses: 0 to 1 would do"},
    {KERAS,
     SAME,
     4,
     {4, 2, 1, 0, 0, 0},
     -2,
     PLEAT_INVALID_ARGUMENT,
     "Keras's output_padding must be at least 0, got -2"},
    {KERAS,
     LOWER,
     4,
     {4, 2, 1, 0, 0, 0},
     0,
     PLEAT_INVALID_ARGUMENT,
     "Keras has no padding SAME_LOWER: it has VALID and SAME"},
    {ONNX,
     SAME,
     4,
     {4, 2, 1, 0, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "ONNX has no padding SAME: it has NOTSET, VALID, SAME_UPPER and SAME_LOWER"},
    {ONNX,
     UPPER,
     4,
     {4, 2, 1, 1, 0, 0},
     -1,
     PLEAT_INVALID_ARGUMENT,
     "padding must not be given with auto_pad SAME_UPPER, got 1 and 0: use NOTSET"},
    {ONNX,
     VALID,
     4,
     {4, 2, 1, 0, 1, 0},
     9,
     PLEAT_INVALID_ARGUMENT,
     "padding must not be given with auto_pad VALID, got 0 and 1: use NOTSET"},
    {ONNX,
     NOTSET,
     4,
     {4, 2, 1, 0, 0, 0},
     0,
     PLEAT_INVALID_ARGUMENT,
     "output_shape must be at least 1, got 0"},
    {ONNX,
     NOTSET,
     4,
     {4, 2, 1, 0, 0, 2},
     9,
     PLEAT_INVALID_ARGUMENT,
     "output_padding must be below the larger of stride and dilation, 2, got 2"},
    {ONNX_CONV,
     77,
     4,
     {4, 2, 1, 0, 0, 0},
     0,
     PLEAT_INVALID_ARGUMENT,
     "ONNX has no padding unknown: it has NOTSET, VALID, SAME_UPPER and SAME_LOWER"},
    {ONNX_CONV,
     VALID,
     3,
     {4, 2, 1, 0, 0, 0},
     0,
     PLEAT_INVALID_SHAPE,
     "kernel reaches over 4 pixels but the padded input has 3: a smaller kernel or dilation, or "
     "more padding, would do"},
    {TENSORFLOW_CONV, SAME, 3, {INT64_MAX, 1, 3, 0, 0, 0}, -1, PLEAT_SIZE_OVERFLOW, NULL},
    {PYTORCH_CONV, SAME, 3, {INT64_MAX, 1, 3, 0, 0, 0}, -1, PLEAT_SIZE_OVERFLOW, NULL},
    {TENSORFLOW, VALID, 3, {INT64_MAX, 1, 3, 0, 0, 0}, 9, PLEAT_SIZE_OVERFLOW, NULL},
    {TENSORFLOW, SAME, INT64_MAX, {3, 4, 1, 0, 0, 0}, 9, PLEAT_SIZE_OVERFLOW, NULL},
    {KERAS, SAME, INT64_MAX, {3, 4, 1, 0, 0, 0}, -1, PLEAT_SIZE_OVERFLOW, NULL},
    {KERAS, SAME, INT64_MAX, {3, 1, 1, 0, 0, 0}, INT64_MAX, PLEAT_SIZE_OVERFLOW, NULL},
    {ONNX, UPPER, INT64_MAX, {3, 4, 1, 0, 0, 0}, -1, PLEAT_SIZE_OVERFLOW, NULL},
    {ONNX, NOTSET, INT64_MAX, {3, 4, 1, 0, 0, 0}, 7, PLEAT_SIZE_OVERFLOW, NULL},
    {ONNX_CONV, LOWER, 3, {INT64_MAX, 1, 3, 0, 0, 0}, -1, PLEAT_SIZE_OVERFLOW, NULL},
};

START_TEST(refusal) {
    struct pleat_axis axis = {.kernel = -77};
    struct pleat_error error = {.status = PLEAT_OK};
    int64_t out = -77;
    const enum pleat_status status =
        dialect_ask(refused[_i].dialect, refused[_i].word, refused[_i].in, &refused[_i].asked,
                    refused[_i].extra, &axis, &out, &error);
    ck_assert_int_eq(status, refused[_i].status);
    ck_assert_int_eq(error.status, status);
    if (refused[_i].message != NULL)
        ck_assert_str_eq(error.message, refused[_i].message);
    ck_assert_int_eq(axis.kernel, -77);
    ck_assert_int_eq(out, -77);
}
END_TEST

/* What every dialect refuses. */
START_TEST(common_refusals) {
    const enum dialect dialect = (enum dialect)_i;
    const struct pleat_axis good = pleat_axis_init(3, 2);
    const struct pleat_axis bad[] = {{0, 1, 1, 0, 0, 0}, {1, 0, 1, 0, 0, 0}, {1, 1, 0, 0, 0, 0}};
    struct pleat_axis axis;
    int64_t out;
    ck_assert_int_eq(dialect_ask(dialect, VALID, 9, NULL, -1, &axis, &out, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(dialect_ask(dialect, VALID, 9, &good, -1, NULL, &out, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(dialect_ask(dialect, VALID, 9, &good, -1, &axis, NULL, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(dialect_ask(dialect, VALID, 0, &good, -1, &axis, &out, NULL),
                     PLEAT_INVALID_ARGUMENT);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(dialect_ask(dialect, VALID, 9, &bad[i], -1, &axis, &out, NULL),
                         PLEAT_INVALID_ARGUMENT);
}
END_TEST

START_TEST(article_operator) {
    const struct pleat_axis asked = pleat_axis_init(3, 2);
    struct pleat_axis axis;
    int64_t out;
    ck_assert_int_eq(pleat_dialect_article((enum pleat_operator)7, PLEAT_PADDING_VALID, 4, &asked,
                                           &axis, &out, NULL),
                     PLEAT_INVALID_ARGUMENT);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("dialect: refused");
    suite_add_loop(result, "refusals", refusal, sizeof refused / sizeof *refused);
    suite_add_loop(result, "common refusals", common_refusals, DIALECTS);
    suite_add_loop(result, "the article's operator", article_operator, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
