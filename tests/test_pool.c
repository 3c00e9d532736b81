/* Max pooling: values against windows walked one by one, ties, NaN, refusals. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static struct pleat_model *model_of(enum pleat_dtype dtype, int rank,
                                    const struct pleat_pool_params *params) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 2, rank);
    OK(pleat_model_add_max_pool, model, "pool", "image", params);
    return model;
}

/* Extents and parameters of two axes. */
static const struct {
    int64_t in[2], kernel[2], stride[2], padding[2];
} cases[] = {
    {{4, 6}, {2, 2}, {2, 2}, {0, 0}}, {{5, 7}, {3, 2}, {2, 1}, {1, 0}},
    {{5, 7}, {2, 5}, {1, 3}, {1, 2}}, {{1, 9}, {1, 3}, {1, 2}, {0, 1}},
    {{3, 3}, {3, 3}, {1, 1}, {0, 0}}, {{6, 5}, {2, 2}, {3, 4}, {0, 1}},
    {{9, 1}, {4, 2}, {3, 1}, {2, 1}},
};

/* Integers have many ties; the first of the largest takes the gradient. */
static void check_windows(int number, enum pleat_dtype dtype) {
    struct pleat_pool_params params = pleat_pool_params_init(2, 1, 1, 0);
    int64_t out[2];
    for (int i = 0; i < 2; i++) {
        params.axis[i] = (struct pleat_pool_axis){cases[number].kernel[i], cases[number].stride[i],
                                                  cases[number].padding[i]};
        out[i] = (cases[number].in[i] + 2 * params.axis[i].padding - params.axis[i].kernel) /
                     params.axis[i].stride +
                 1;
    }
    const int64_t height = cases[number].in[0], width = cases[number].in[1], planes = 6;
    struct pleat_model *model = model_of(dtype, 2, &params);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 3, height, width, 0);
    options.input_gradient = 1;
    OK(pleat_model_compile, model, &options);
    const struct pleat_tensor *y = pleat_model_output(model);
    ck_assert(y->extent[2] == out[0] && y->extent[3] == out[1]);
    struct pleat_tensor x, gy;
    struct pleat_random random = pleat_random_seed(3);
    OK(pleat_tensor_allocate, &x, dtype, 4, (int64_t[]){3, 2, height, width});
    OK(pleat_tensor_allocate, &gy, dtype, 4, y->extent);
    fill_integers(&x, &random);
    fill_integers(&gy, &random);
    double *largest = calloc((size_t)pleat_tensor_size(&gy), sizeof *largest),
           *grad = calloc((size_t)pleat_tensor_size(&x), sizeof *grad);
    for (int64_t i = 0; i < planes * out[0] * out[1]; i++) {
        const int64_t plane = i / (out[0] * out[1]), oh = i / out[1] % out[0], ow = i % out[1];
        int64_t at = -1;
        for (int64_t kh = 0; kh < params.axis[0].kernel; kh++)
            for (int64_t kw = 0; kw < params.axis[1].kernel; kw++) {
                const int64_t ih = oh * params.axis[0].stride - params.axis[0].padding + kh,
                              iw = ow * params.axis[1].stride - params.axis[1].padding + kw,
                              pixel = (plane * height + ih) * width + iw;
                if (ih >= 0 && ih < height && iw >= 0 && iw < width &&
                    (at < 0 || tensor_get(&x, pixel) > tensor_get(&x, at)))
                    at = pixel;
            }
        largest[i] = tensor_get(&x, at);
        grad[at] += tensor_get(&gy, i);
    }
    OK(pleat_model_forward, model, &x);
    assert_exact(pleat_model_output(model), largest, "output");
    OK(pleat_model_backward, model, &gy);
    assert_exact(pleat_model_input_gradient(model), grad, "gradient");
    options = compile_options(PLEAT_INFERENCE, 3, height, width, 0);
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_forward, model, &x);
    assert_exact(pleat_model_output(model), largest, "inference");
    free(largest);
    free(grad);
    pleat_tensor_free(&x);
    pleat_tensor_free(&gy);
    pleat_model_free(model);
}

START_TEST(windows) {
    check_windows(_i, PLEAT_FLOAT32);
    check_windows(_i, PLEAT_FLOAT64);
}
END_TEST

/* NaN wins; a window of -infinity alone has it as its value and its first pixel takes the
 * gradient. */
START_TEST(special_values) {
    const struct pleat_pool_params params = pleat_pool_params_init(1, 3, 3, 0);
    struct pleat_model *model = model_of(PLEAT_FLOAT32, 1, &params);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 6, 0, 0);
    options.input_gradient = 1;
    OK(pleat_model_compile, model, &options);
    const float inf = INFINITY;
    float values[12] = {1, NAN, 5, -inf, -inf, -inf, inf, 2, inf, -1, -0.5F, -0.5F},
          ones[4] = {1, 1, 1, 1};
    const double grad[12] = {0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0};
    const struct pleat_tensor x = pleat_tensor_view(values, PLEAT_FLOAT32, 3, (int64_t[]){1, 2, 6});
    const struct pleat_tensor gy = pleat_tensor_view(ones, PLEAT_FLOAT32, 3, (int64_t[]){1, 2, 2});
    OK(pleat_model_forward, model, &x);
    const struct pleat_tensor *y = pleat_model_output(model);
    ck_assert(isnan(tensor_get(y, 0)) && tensor_get(y, 1) == -INFINITY);
    ck_assert(tensor_get(y, 2) == INFINITY && tensor_get(y, 3) == -0.5);
    OK(pleat_model_backward, model, &gy);
    assert_exact(pleat_model_input_gradient(model), grad, "gradient");
    pleat_model_free(model);
}
END_TEST

START_TEST(refusals) {
    const struct pleat_pool_params good = pleat_pool_params_init(2, 3, 2, 1);
    struct pleat_model *model = model_of(PLEAT_FLOAT32, 2, &good);
    static const struct {
        struct pleat_pool_axis axis;
        const char *text;
    } bad[] = {{{0, 1, 0}, "kernel and stride"},
               {{2, 0, 0}, "kernel and stride"},
               {{INT64_MAX, 1, 0}, "kernel and stride"},
               {{3, 1, 2}, "half the kernel"},
               {{3, 1, -1}, "half the kernel"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pleat_pool_params params = good;
        params.axis[1] = bad[i].axis;
        REFUSED(PLEAT_INVALID_ARGUMENT, bad[i].text, pleat_model_add_max_pool, model, "b", "image",
                &params);
    }
    struct pleat_pool_params params = pleat_pool_params_init(1, 3, 2, 1);
    REFUSED(PLEAT_INVALID_SHAPE, "rank", pleat_model_add_max_pool, model, "b", "image", &params);
    REFUSED(PLEAT_INVALID_ARGUMENT, "params", pleat_model_add_max_pool, model, "b", "image", NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_model_add_max_pool, NULL, "b", "image", &good);
    REFUSED(PLEAT_INVALID_ARGUMENT, "name", pleat_model_add_max_pool, model, NULL, "image", &good);
    OK(pleat_model_add_input, model, "vector", 2, 0);
    params.rank = 0;
    REFUSED(PLEAT_INVALID_SHAPE, "no axis", pleat_model_add_max_pool, model, "b", "vector",
            &params);
    pleat_model_free(model);
    params = pleat_pool_params_init(2, 3, 1, 0);
    model = model_of(PLEAT_FLOAT32, 2, &params);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 3, 2, 0);
    REFUSED(PLEAT_INVALID_SHAPE, "layer \"pool\": axis 1", pleat_model_compile, model, &options);
    options = compile_options(PLEAT_TRAINING, 1, 50000, 50000, 0);
    REFUSED(PLEAT_SIZE_OVERFLOW, "31 bits", pleat_model_compile, model, &options);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("pool");
    suite_add_loop(result, "windows", windows, sizeof cases / sizeof *cases);
    suite_add_loop(result, "special values", special_values, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
