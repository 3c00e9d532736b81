/* Resizing: hand-worked pixels, and the definition summed directly. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <pleat/resize.h>

#include "failing_memory.h"
#include "suites.h"
#include "support.h"

static struct pleat_tensor plane(int64_t height, int64_t width) {
    struct pleat_tensor made;
    ck_assert_int_eq(
        pleat_tensor_allocate(&made, PLEAT_FLOAT32, 2, (int64_t[]){height, width}, NULL), PLEAT_OK);
    return made;
}

/* Sizes in and out along one axis: doubled, shrunk by whole and broken factors, to and from one. */
static const int64_t sizes[][2] = {{4, 8}, {8, 4}, {9, 3},  {5, 5},   {7, 3},   {3, 7}, {1, 6},
                                   {6, 1}, {2, 9}, {11, 2}, {28, 14}, {14, 28}, {1, 1}, {50, 3}};
#define SIZES ((int)(sizeof sizes / sizeof *sizes))

static double kernel(enum pleat_resize_method method, double t) {
    t = fabs(t);
    if (method == PLEAT_BILINEAR)
        return t < 1 ? 1 - t : 0;
    if (t <= 1)
        return 1.5 * t * t * t - 2.5 * t * t + 1;
    return t <= 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
}

/* Returns the pixel that index stands for: the axis is walked to and fro, step by step. */
static int64_t reflect(int64_t index, int64_t in) {
    while (index < 0 || index >= in)
        index = index < 0 ? -1 - index : 2 * in - 1 - index;
    return index;
}

/* Returns output pixel o of an axis as the docstring defines it, over all indices that matter. */
static double define(const double *input, int64_t in, int64_t out, int64_t o,
                     enum pleat_resize_method method) {
    const double step = (double)in / (double)out, c = step > 1 ? 1 / step : 1;
    const double u = ((double)o + 0.5) * step - 0.5;
    if (method == PLEAT_NEAREST)
        return input[(int64_t)floor(((double)o + 0.5) * step)];
    double sum = 0, weights = 0;
    for (int64_t i = -4 * in - 8; i < 5 * in + 8; i++) {
        const double w = kernel(method, c * (u - (double)i));
        sum += w * input[reflect(i, in)];
        weights += w;
    }
    return sum / weights;
}

/* A row, and a column, of random numbers against the definition. */
START_TEST(definition) {
    const int64_t in = sizes[_i / 3][0], out = sizes[_i / 3][1];
    const enum pleat_resize_method method = (enum pleat_resize_method)(_i % 3);
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    for (int column = 0; column < 2; column++) {
        struct pleat_tensor input = column ? plane(in, 1) : plane(1, in);
        struct pleat_tensor output = column ? plane(out, 1) : plane(1, out);
        fill_reals(&input, &random);
        fill_nan(&output);
        double *values = tensor_to_double(&input);
        void *before = tensor_bytes(&input);
        ck_assert_int_eq(pleat_resize(&input, &output, method, NULL), PLEAT_OK);
        for (int64_t o = 0; o < out; o++)
            ck_assert_msg(fabs(tensor_get(&output, o) - define(values, in, out, o, method)) < 1e-6,
                          "%lld to %lld, method %d, pixel %lld", (long long)in, (long long)out,
                          (int)method, (long long)o);
        assert_bytes(&input, before, "input");
        free(before);
        free(values);
        pleat_tensor_free(&input);
        pleat_tensor_free(&output);
    }
}
END_TEST

/* An outer product of two rows becomes the outer product of the resized rows, so the axes are not
 * mixed up and do not disturb each other. */
START_TEST(separable) {
    const enum pleat_resize_method method = (enum pleat_resize_method)_i;
    const int64_t height = 5, width = 8, out_height = 9, out_width = 3;
    struct pleat_random random = pleat_random_seed(3);
    struct pleat_tensor column = plane(1, height), row = plane(1, width);
    struct pleat_tensor input = plane(height, width), output = plane(out_height, out_width);
    fill_reals(&column, &random);
    fill_reals(&row, &random);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            tensor_set(&input, y * width + x, tensor_get(&column, y) * tensor_get(&row, x));
    double *down = tensor_to_double(&column), *across = tensor_to_double(&row);
    fill_nan(&output);
    ck_assert_int_eq(pleat_resize(&input, &output, method, NULL), PLEAT_OK);
    for (int64_t y = 0; y < out_height; y++)
        for (int64_t x = 0; x < out_width; x++) {
            const double expected = define(down, height, out_height, y, method) *
                                    define(across, width, out_width, x, method);
            ck_assert(fabs(tensor_get(&output, y * out_width + x) - expected) < 1e-6);
        }
    free(down);
    free(across);
    pleat_tensor_free(&column);
    pleat_tensor_free(&row);
    pleat_tensor_free(&input);
    pleat_tensor_free(&output);
}
END_TEST

/* A step doubled and a bar halved, from the kernel's values at quarters. */
START_TEST(by_hand) {
    const double k1 = 0.8671875, k3 = 0.2265625, k5 = -0.0703125, k7 = -0.0234375; /* f(n/4) */
    const float step[] = {0, 0, 1, 1}, bar[] = {0, 0, 0, 1, 1, 1, 0, 0};
    const double doubled[] = {0, k7, k5, k3 + k7, 1 - k3 - k7, 1 - k5, 1 - k7, 1};
    struct pleat_tensor output = plane(1, 8);
    const struct pleat_tensor four = pleat_tensor_view(step, PLEAT_FLOAT32, 2, (int64_t[]){1, 4});
    ck_assert_int_eq(pleat_resize(&four, &output, PLEAT_BICUBIC, NULL), PLEAT_OK);
    for (int o = 0; o < 8; o++)
        ck_assert(fabs(tensor_get(&output, o) - doubled[o]) < 1e-6);
    pleat_tensor_free(&output);
    output = plane(1, 4);
    const struct pleat_tensor eight = pleat_tensor_view(bar, PLEAT_FLOAT32, 2, (int64_t[]){1, 8});
    ck_assert_int_eq(pleat_resize(&eight, &output, PLEAT_BICUBIC, NULL), PLEAT_OK);
    /* Pixel 1 is centred at 2.5: pixels 3, 4, 5 lie at 1/4, 3/4, 5/4 of the widened kernel. */
    ck_assert(fabs(tensor_get(&output, 1) - (k1 + k3 + k5) / 2) < 1e-6);
    pleat_tensor_free(&output);
}
END_TEST

START_TEST(refused) {
    struct pleat_tensor in = plane(2, 2), out = plane(3, 3), bad = in;
    ck_assert_int_eq(pleat_resize(NULL, &out, PLEAT_BICUBIC, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_resize(&in, NULL, PLEAT_BICUBIC, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_resize(&in, &out, (enum pleat_resize_method)3, NULL),
                     PLEAT_INVALID_ARGUMENT);
    bad.data = NULL;
    ck_assert_int_eq(pleat_resize(&bad, &out, PLEAT_BICUBIC, NULL), PLEAT_INVALID_ARGUMENT);
    bad = in;
    bad.dtype = PLEAT_FLOAT64;
    ck_assert_int_eq(pleat_resize(&bad, &out, PLEAT_BICUBIC, NULL), PLEAT_TYPE_MISMATCH);
    bad = in;
    bad.rank = 1;
    ck_assert_int_eq(pleat_resize(&bad, &out, PLEAT_BICUBIC, NULL), PLEAT_INVALID_SHAPE);
    bad = in;
    bad.extent[1] = 0;
    ck_assert_int_eq(pleat_resize(&in, &bad, PLEAT_BICUBIC, NULL), PLEAT_INVALID_SHAPE);
    bad.extent[1] = INT64_C(1) << 31;
    ck_assert_int_eq(pleat_resize(&in, &bad, PLEAT_BICUBIC, NULL), PLEAT_SIZE_OVERFLOW);
    pleat_tensor_free(&in);
    pleat_tensor_free(&out);
}
END_TEST

START_TEST(without_memory) {
    struct pleat_tensor in = plane(4, 4), out = plane(7, 3);
    const long before = failing_memory_outstanding();
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    long k = 0;
    for (; status != PLEAT_OK; k++) {
        fill_value(&out, 42);
        failing_memory_arm(k);
        status = pleat_resize(&in, &out, PLEAT_BICUBIC, NULL);
        failing_memory_arm(-1);
        ck_assert(status == PLEAT_OK || status == PLEAT_OUT_OF_MEMORY);
        ck_assert(status == PLEAT_OK || tensor_get(&out, 0) == 42);
        ck_assert_int_eq(failing_memory_outstanding(), before);
    }
    ck_assert_int_eq(k, 6); /* two tables of weights and indices, and a row */
    pleat_tensor_free(&in);
    pleat_tensor_free(&out);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("resize");
    TCase *tests = tcase_create("resize");
    tcase_add_loop_test(tests, definition, 0, 3 * SIZES);
    tcase_add_loop_test(tests, separable, 0, 3);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, without_memory);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
