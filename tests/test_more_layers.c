/* What the layers of layers.h refuse, and what finite differences do not see of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE,
                               overflow = PLEAT_SIZE_OVERFLOW;

static struct pleat_model *empty_model(enum pleat_dtype dtype, int64_t channels, int rank) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", channels, rank);
    return model;
}

static void compile(struct pleat_model *model, enum pleat_mode mode, int64_t batch, int64_t extent,
                    int threads) {
    struct pleat_compile_options options = compile_options(mode, batch, extent, extent, extent);
    options.threads = threads;
    OK(pleat_model_compile, model, &options);
}

START_TEST(dense_refusals) {
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 2, 2);
    OK(pleat_model_add_input, model, "vector", 3, 0);
    REFUSED(shape, "reshape it first", pleat_model_add_dense, model, "d", "image", 4, 1);
    REFUSED(argument, "out_channels", pleat_model_add_dense, model, "d", "vector", 0, 1);
    REFUSED(argument, "model", pleat_model_add_dense, NULL, "d", "vector", 4, 1);
    REFUSED(argument, "name", pleat_model_add_dense, model, NULL, "vector", 4, 1);
    REFUSED(overflow, "", pleat_model_add_dense, model, "d", "vector", INT64_MAX / 2, 1);
    ck_assert_int_eq(pleat_model_parameter_count(model), 0);
    OK(pleat_model_add_dense, model, "d", "vector", 4, 1);
    const struct pleat_parameter w = pleat_model_parameter(model, 0);
    ck_assert_str_eq(w.name, "d.weight");
    ck_assert(w.value.rank == 2 && w.value.extent[0] == 4 && w.value.extent[1] == 3);
    pleat_model_free(model);
    model = empty_model(PLEAT_FLOAT32, 1, 0);
    OK(pleat_model_add_dense, model, "d", "image", 1, 1);
    const struct pleat_compile_options options =
        compile_options(PLEAT_INFERENCE, (int64_t)1 << 33, 0, 0, 0);
    REFUSED(overflow, "BLAS", pleat_model_compile, model, &options);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(reshape_refusals) {
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 2, 2);
    int64_t extent[] = {4, 0, INT64_MAX / 2};
    REFUSED(argument, "rank", pleat_model_add_reshape, model, "r", "image", 1, 4, extent);
    REFUSED(argument, "rank", pleat_model_add_reshape, model, "r", "image", 1, -1, extent);
    REFUSED(argument, "extent[1]", pleat_model_add_reshape, model, "r", "image", 1, 2, extent);
    REFUSED(argument, "channels", pleat_model_add_reshape, model, "r", "image", 0, 1, extent);
    REFUSED(argument, "extent", pleat_model_add_reshape, model, "r", "image", 1, 1, NULL);
    REFUSED(argument, "model", pleat_model_add_reshape, NULL, "r", "image", 1, 1, extent);
    extent[1] = 1;
    REFUSED(overflow, "", pleat_model_add_reshape, model, "r", "image", 1, 3, extent);
    OK(pleat_model_add_reshape, model, "r", "image", 3, 1, extent);
    const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 3, 3, 0);
    REFUSED(shape, "18 numbers, of the output 12", pleat_model_compile, model, &options);
    pleat_model_free(model);
}
END_TEST

START_TEST(upsample_refusals) {
    const enum pleat_upsampling near = PLEAT_UPSAMPLE_NEAREST;
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 2, 2);
    OK(pleat_model_add_input, model, "vector", 3, 0);
    REFUSED(argument, "method", pleat_model_add_upsample, model, "u", "image",
            (enum pleat_upsampling)7, 2);
    REFUSED(argument, "factor", pleat_model_add_upsample, model, "u", "image", near, 0);
    REFUSED(argument, "model", pleat_model_add_upsample, NULL, "u", "image", near, 2);
    REFUSED(shape, "no axis", pleat_model_add_upsample, model, "u", "vector", near, 2);
    pleat_model_free(model);
    model = empty_model(PLEAT_FLOAT32, 2, 2);
    OK(pleat_model_add_upsample, model, "u", "image", PLEAT_UPSAMPLE_LINEAR, INT64_MAX / 4);
    struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 3, 5, 0);
    REFUSED(overflow, "layer \"u\"", pleat_model_compile, model, &options);
    options.extent[1] = 3;
    REFUSED(overflow, "layer \"u\"", pleat_model_compile, model, &options);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(move_refusals) {
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 8, 2);
    struct pleat_pad_params pad = {1, {1}, {1}};
    OK(pleat_model_add_input, model, "line", 4, 1);
    REFUSED(argument, "params", pleat_model_add_pad, model, "p", "image", NULL);
    REFUSED(argument, "model", pleat_model_add_pad, NULL, "p", "image", &pad);
    REFUSED(shape, "rank must be 2", pleat_model_add_pad, model, "p", "image", &pad);
    pad.begin[0] = INT64_MIN;
    REFUSED(argument, "begin[0]", pleat_model_add_pad, model, "p", "line", &pad);
    pad.begin[0] = INT64_MAX, pad.end[0] = -INT64_MAX;
    REFUSED(argument, "end[0]", pleat_model_add_pad, model, "p", "line", &pad);
    REFUSED(argument, "factor", pleat_model_add_pixel_shuffle, model, "s", "image", 0);
    REFUSED(shape, "square", pleat_model_add_pixel_shuffle, model, "s", "image", 3);
    REFUSED(shape, "square", pleat_model_add_pixel_shuffle, model, "s", "image", INT64_MAX);
    REFUSED(shape, "rank must be 2", pleat_model_add_pixel_shuffle, model, "s", "line", 2);
    REFUSED(argument, "model", pleat_model_add_pixel_shuffle, NULL, "s", "image", 2);
    REFUSED(argument, "model", pleat_model_add_softmax, NULL, "s", "image");
    pleat_model_free(model);
    static const struct pleat_pad_params bad[] = {
        {1, {-3}, {0}}, {1, {0}, {-4}}, {1, {-2}, {-2}}, {1, {INT64_MAX - 1}, {0}}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        model = empty_model(PLEAT_FLOAT32, 1, 1);
        OK(pleat_model_add_pad, model, "p", "image", &bad[i]);
        const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 3, 0, 0);
        REFUSED(i < 3 ? shape : overflow, "layer \"p\"", pleat_model_compile, model, &options);
        pleat_model_free(model);
    }
}
END_TEST

START_TEST(dropout_refusals) {
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 2, 2);
    OK(pleat_model_add_input, model, "mask", 3, 2);
    REFUSED(argument, "probability", pleat_model_add_dropout, model, "d", "image", NULL, 1.0);
    REFUSED(argument, "probability", pleat_model_add_dropout, model, "d", "image", NULL, -0.1);
    REFUSED(argument, "probability", pleat_model_add_dropout, model, "d", "image", NULL,
            (double)NAN);
    REFUSED(argument, "nowhere", pleat_model_add_dropout, model, "d", "image", "nowhere", 0.5);
    REFUSED(shape, "the mask", pleat_model_add_dropout, model, "d", "image", "mask", 0.5);
    REFUSED(argument, "model", pleat_model_add_dropout, NULL, "d", "image", NULL, 0.5);
    REFUSED(argument, "model", pleat_model_set_dropout, NULL, 0, 0);
    pleat_model_free(model);
}
END_TEST

/* Forward of ones through dropout; freed by free. */
static double *drop(struct pleat_model *model, const struct pleat_tensor *ones) {
    OK(pleat_model_forward, model, ones);
    return tensor_to_double(pleat_model_output(model));
}

/* What a mask depends on and what not; how often, and by how much. */
START_TEST(dropout_masks) {
    enum { SIZE = 200000 };
    const double p = 0.3;
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 1, 1);
    OK(pleat_model_add_dropout, model, "first", "image", NULL, p);
    OK(pleat_model_add_dropout, model, "second", "image", NULL, p);
    OK(pleat_model_add_concatenate, model, "both", 2, ((const char *[]){"first", "second"}));
    struct pleat_tensor ones;
    OK(pleat_tensor_allocate, &ones, PLEAT_FLOAT32, 3, (int64_t[]){1, 1, SIZE});
    fill_value(&ones, 1);
    compile(model, PLEAT_TRAINING, 1, SIZE, 1);
    double *first = drop(model, &ones), *next = drop(model, &ones);
    int64_t dropped = 0, both = 0, again = 0;
    for (int64_t i = 0; i < SIZE; i++) {
        if (first[i] != 0 && first[i] != (double)(float)(1 / (1 - p)))
            ck_abort_msg("element %lld is %g", (long long)i, first[i]);
        dropped += first[i] == 0;
        both += first[i] == 0 && first[SIZE + i] == 0;
        again += first[i] == 0 && next[i] == 0;
    }
    /* Four deviations of the binomial distributions; independent masks meet in p^2. */
    ck_assert(fabs((double)dropped / SIZE - p) < 4 * sqrt(p * (1 - p) / SIZE));
    ck_assert(fabs((double)both / SIZE - p * p) < 4 * sqrt(p * p / SIZE));
    ck_assert(fabs((double)again / SIZE - p * p) < 4 * sqrt(p * p / SIZE));
    for (int threads = 2; threads <= 3; threads++) {
        compile(model, PLEAT_TRAINING, 1, SIZE, threads);
        OK(pleat_model_set_dropout, model, 0, 0);
        for (int step = 0; step < 2; step++) {
            double *got = drop(model, &ones);
            ck_assert_mem_eq(got, step == 0 ? first : next, 2 * SIZE * sizeof *got);
            free(got);
        }
    }
    OK(pleat_model_set_dropout, model, 1, 0);
    double *other = drop(model, &ones);
    ck_assert_mem_ne(other, first, SIZE * sizeof *other);
    free(other);
    compile(model, PLEAT_INFERENCE, 1, SIZE, 1);
    OK(pleat_model_set_dropout, model, 0, 1);
    other = drop(model, &ones);
    for (int64_t i = 0; i < 2 * SIZE; i++)
        if (other[i] != 1)
            ck_abort_msg("inference changes element %lld", (long long)i);
    free(other);
    compile(model, PLEAT_TRAINING, 1, SIZE, 1); /* inference took no step */
    other = drop(model, &ones);
    ck_assert_mem_eq(other, next, SIZE * sizeof *other);
    free(other);
    free(first);
    free(next);
    pleat_tensor_free(&ones);
    pleat_model_free(model);
}
END_TEST

/* Large numbers do not overflow, and NaN stays within its pixel. */
START_TEST(softmax_range) {
    struct pleat_model *model = empty_model(PLEAT_FLOAT32, 3, 1);
    OK(pleat_model_add_softmax, model, "softmax", "image");
    compile(model, PLEAT_INFERENCE, 1, 3, 1);
    float values[] = {1000, -1000, 0, 999, -1001, NAN, 998, -1002, 2};
    const struct pleat_tensor x = pleat_tensor_view(values, PLEAT_FLOAT32, 3, (int64_t[]){1, 3, 3});
    OK(pleat_model_forward, model, &x);
    const double total = 1 + exp(-1) + exp(-2);
    for (int i = 0; i < 9; i++) {
        const double y = tensor_get(pleat_model_output(model), i);
        if (i % 3 == 2)
            ck_assert(isnan(y));
        else
            ck_assert(fabs(y - exp(-i / 3) / total) < 1e-6);
    }
    pleat_model_free(model);
}
END_TEST

/* Infinity beside a pixel does not reach it where its share is 0. */
START_TEST(upsample_infinity) {
    for (int method = 0; method < 2; method++) {
        struct pleat_model *model = empty_model(PLEAT_FLOAT32, 1, 2);
        OK(pleat_model_add_upsample, model, "up", "image", (enum pleat_upsampling)method, 3);
        compile(model, PLEAT_INFERENCE, 1, 2, 1);
        float values[] = {1, INFINITY, INFINITY, INFINITY};
        const struct pleat_tensor x =
            pleat_tensor_view(values, PLEAT_FLOAT32, 4, (int64_t[]){1, 1, 2, 2});
        OK(pleat_model_forward, model, &x);
        for (int i = 0; i < 36; i++) {
            const double y = tensor_get(pleat_model_output(model), i);
            const int reach = method == 0 ? 3 : 2;
            ck_assert(y == (i / 6 < reach && i % 6 < reach ? 1 : INFINITY));
        }
        pleat_model_free(model);
    }
}
END_TEST

/* All layers on an empty batch, and on a smaller one than compiled. */
START_TEST(smaller_batches) {
    const struct pleat_pool_params pool = pleat_pool_params_init(2, 2, 2, 0);
    const struct pleat_pad_params pad = {2, {1, -1}, {0, 1}};
    struct pleat_model *model = empty_model(PLEAT_FLOAT64, 4, 2);
    OK(pleat_model_add_max_pool, model, "pool", "image", &pool);
    OK(pleat_model_add_pixel_shuffle, model, "shuffle", "pool", 2);
    OK(pleat_model_add_upsample, model, "up", "shuffle", PLEAT_UPSAMPLE_LINEAR, 2);
    OK(pleat_model_add_pad, model, "pad", "up", &pad);
    OK(pleat_model_add_concatenate, model, "twice", 2, ((const char *[]){"pad", "pad"}));
    OK(pleat_model_add_softmax, model, "softmax", "twice");
    OK(pleat_model_add_dropout, model, "dropout", "softmax", NULL, 0.5);
    OK(pleat_model_add_reshape, model, "flat", "dropout", 2 * 9 * 8, 0, NULL);
    OK(pleat_model_add_dense, model, "dense", "flat", 3, 1);
    OK(pleat_model_add_sum, model, "sum", 2, ((const char *[]){"dense", "dense"}));
    fill_parameters(model, 1, 1);
    compile(model, PLEAT_TRAINING, 3, 4, 2);
    struct pleat_tensor x, gy;
    struct pleat_random random = pleat_random_seed(4);
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 4, (int64_t[]){3, 4, 4, 4});
    OK(pleat_tensor_allocate, &gy, PLEAT_FLOAT64, 2, (int64_t[]){3, 3});
    fill_reals(&x, &random);
    fill_reals(&gy, &random);
    OK(pleat_model_forward, model, &x);
    double *whole = tensor_to_double(pleat_model_output(model));
    x.extent[0] = gy.extent[0] = 1;
    OK(pleat_model_set_dropout, model, 0, 0);
    OK(pleat_model_forward, model, &x);
    ck_assert_int_eq(pleat_model_output(model)->extent[0], 1);
    for (int i = 0; i < 3; i++)
        ck_assert(fabs(tensor_get(pleat_model_output(model), i) - whole[i]) < 1e-13);
    OK(pleat_model_backward, model, &gy);
    const struct pleat_parameter w = pleat_model_parameter(model, 0);
    void *grads = tensor_bytes(&w.grad);
    struct pleat_tensor none = x, no_grad = gy;
    none.extent[0] = no_grad.extent[0] = 0;
    none.data = no_grad.data = NULL;
    OK(pleat_model_forward, model, &none);
    ck_assert_int_eq(pleat_model_output(model)->extent[0], 0);
    OK(pleat_model_backward, model, &no_grad);
    assert_bytes(&w.grad, grads, "gradient");
    free(grads);
    free(whole);
    pleat_tensor_free(&x);
    pleat_tensor_free(&gy);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("more layers");
    suite_add_loop(result, "dense refusals", dense_refusals, 1);
    suite_add_loop(result, "reshape refusals", reshape_refusals, 1);
    suite_add_loop(result, "upsample refusals", upsample_refusals, 1);
    suite_add_loop(result, "move refusals", move_refusals, 1);
    suite_add_loop(result, "dropout refusals", dropout_refusals, 1);
    suite_add_loop(result, "dropout masks", dropout_masks, 1);
    suite_add_loop(result, "softmax range", softmax_range, 1);
    suite_add_loop(result, "upsample infinity", upsample_infinity, 1);
    suite_add_loop(result, "smaller batches", smaller_batches, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
