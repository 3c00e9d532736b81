/* Gradients mixed and clipped, and the search for NaN and infinity. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "golden_check.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};
static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT;

enum { WEIGHTS = 12 };

/* A model whose parameters are a weight [2][2][3] and a bias [2], with gradients. */
static struct pleat_model *create(enum pleat_dtype dtype) {
    const struct pleat_conv_params params = pleat_conv_params_init(1, 2, 2, 3, 1, 1);
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 2, 1);
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    OK(pleat_model_compile, model, &options);
    for (int i = 0; i < 2; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        golden_fill(&p.grad, i + 1);
    }
    return model;
}

static struct pleat_tensor grad_of(const struct pleat_model *model, int index) {
    return pleat_model_parameter(model, index).grad;
}

static void check_grads(const struct pleat_model *model, const double *expected) {
    const struct pleat_tensor weight = grad_of(model, 0), bias = grad_of(model, 1);
    golden_compare(&weight, expected, "weight");
    golden_compare(&bias, expected + WEIGHTS, "bias");
}

START_TEST(clipping_as_pytorch) {
    static const double *const goldens[] = {clip_norm, clip_norm_not};
    static const double most[] = {0.5, 50};
    struct pleat_model *model;
    for (int i = 0; i < 2; i++) {
        double norm = NAN;
        model = create(dtypes[_i]);
        OK(pleat_model_clip_norm, model, most[i], &norm);
        ck_assert(fabs(norm - goldens[i][WEIGHTS + 2]) <= golden_tolerance(dtypes[_i]));
        check_grads(model, goldens[i]);
        pleat_model_free(model);
    }
    model = create(dtypes[_i]);
    OK(pleat_model_clip_value, model, 0.25);
    check_grads(model, clip_value);
    const struct pleat_tensor bias = grad_of(model, 1);
    tensor_set(&bias, 0, NAN);
    tensor_set(&bias, 1, -INFINITY);
    OK(pleat_model_clip_value, model, 0.25);
    ck_assert(isnan(tensor_get(&bias, 0)) && tensor_get(&bias, 1) == -0.25);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A frozen parameter is neither counted nor changed, whatever its gradient holds. */
START_TEST(frozen) {
    struct pleat_model *model = create(dtypes[_i]);
    const struct pleat_tensor weight = grad_of(model, 0), bias = grad_of(model, 1);
    tensor_set(&bias, 0, 3);
    tensor_set(&bias, 1, 4);
    tensor_set(&weight, 5, INFINITY);
    void *before = tensor_bytes(&weight);
    OK(pleat_model_set_rate, model, 0, 0.0);
    double norm = NAN;
    OK(pleat_model_check_finite, model);
    OK(pleat_model_clip_norm, model, INFINITY, &norm);
    ck_assert(norm == 5 && tensor_get(&bias, 1) == 4);
    OK(pleat_model_clip_norm, model, 2.5, NULL);
    ck_assert(fabs(tensor_get(&bias, 1) - 2) < 1e-6);
    OK(pleat_model_clip_value, model, 0.5);
    ck_assert(tensor_get(&bias, 0) == 0.5);
    assert_bytes(&weight, before, "the gradient of a frozen parameter");
    free(before);
    pleat_model_free(model);
}
END_TEST

START_TEST(clipping_refusals) {
    struct pleat_model *model = create(dtypes[_i]), *raw;
    OK(pleat_model_create, &raw, dtypes[_i]);
    double norm = 77;
    static const double bad[] = {0, -1, (double)NAN};
    for (int i = 0; i < 3; i++) {
        REFUSED(argument, "most must be above 0", pleat_model_clip_norm, model, bad[i], &norm);
        REFUSED(argument, "most must be above 0", pleat_model_clip_value, model, bad[i]);
    }
    REFUSED(argument, "model", pleat_model_clip_norm, NULL, 1.0, &norm);
    REFUSED(argument, "model", pleat_model_clip_value, NULL, 1.0);
    REFUSED(PLEAT_WRONG_STATE, "compiled", pleat_model_clip_norm, raw, 1.0, &norm);
    REFUSED(PLEAT_WRONG_STATE, "compiled", pleat_model_clip_value, raw, 1.0);
    const struct pleat_tensor bias = grad_of(model, 1), weight = grad_of(model, 0);
    tensor_set(&bias, 1, NAN);
    void *before = tensor_bytes(&weight);
    REFUSED(PLEAT_NOT_FINITE, "the gradient of conv.bias is nan at element 1 of 2",
            pleat_model_clip_norm, model, 0.1, &norm);
    tensor_set(&bias, 1, 1e200); /* infinite in float, finite in double but for its square */
    REFUSED(PLEAT_NOT_FINITE,
            dtypes[_i] == PLEAT_FLOAT64 ? "the norm of the gradients is inf"
                                        : "the gradient of conv.bias is inf",
            pleat_model_clip_norm, model, 0.1, &norm);
    assert_bytes(&weight, before, "gradient");
    ck_assert(norm == 77);
    free(before);
    pleat_model_free(raw);
    pleat_model_free(model);
}
END_TEST

/* Large enough for several threads: the same bits as one thread's, and nothing allocated. */
START_TEST(any_threads) {
    void *expected = NULL;
    double first = NAN;
    for (int threads = 1; threads <= 3; threads++) {
        const struct pleat_conv_params params = pleat_conv_params_init(1, 128, 128, 3, 1, 1);
        struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
        options.threads = threads;
        struct pleat_model *model;
        OK(pleat_model_create, &model, dtypes[_i]);
        OK(pleat_model_add_input, model, "image", 128, 1);
        OK(pleat_model_add_conv, model, "conv", "image", &params, 0);
        OK(pleat_model_compile, model, &options);
        const struct pleat_tensor grad = grad_of(model, 0);
        struct pleat_random random = pleat_random_seed(1);
        fill_reals(&grad, &random);
        double norm = NAN;
        failing_memory_arm(0);
        OK(pleat_model_clip_norm, model, 3.0, &norm);
        OK(pleat_model_clip_value, model, 0.01);
        OK(pleat_model_check_finite, model);
        failing_memory_arm(-1);
        if (threads == 1) {
            expected = tensor_bytes(&grad);
            first = norm;
        }
        ck_assert(norm == first);
        assert_bytes(&grad, expected, "gradient");
        pleat_model_free(model);
    }
    free(expected);
}
END_TEST

START_TEST(mixing) {
    struct pleat_tensor a, b;
    OK(pleat_tensor_allocate, &a, dtypes[_i], 2, (int64_t[]){3, 7});
    OK(pleat_tensor_allocate, &b, dtypes[_i], 2, (int64_t[]){3, 7});
    golden_fill(&a, 1);
    golden_fill(&b, 2);
    double *x = tensor_to_double(&a), *y = tensor_to_double(&b);
    OK(pleat_gradient_scale, &a, -0.5);
    OK(pleat_gradient_add, &a, 4.0, &b);
    for (int64_t i = 0; i < 21; i++)
        ck_assert(tensor_get(&a, i) == -0.5 * x[i] + 4 * y[i]);
    assert_exact(&b, y, "grad");
    void *before = tensor_bytes(&a);
    struct pleat_tensor bad = b;
    REFUSED(argument, "grad", pleat_gradient_scale, NULL, 1.0);
    REFUSED(argument, "factor", pleat_gradient_scale, &a, (double)NAN);
    REFUSED(argument, "sum", pleat_gradient_add, NULL, 1.0, &b);
    REFUSED(argument, "grad", pleat_gradient_add, &a, 1.0, NULL);
    REFUSED(argument, "factor", pleat_gradient_add, &a, (double)INFINITY, &b);
    bad.dtype = dtypes[1 - _i];
    REFUSED(PLEAT_TYPE_MISMATCH, "grad", pleat_gradient_add, &a, 1.0, &bad);
    bad = b;
    bad.extent[0] = 2;
    REFUSED(PLEAT_INVALID_SHAPE, "grad", pleat_gradient_add, &a, 1.0, &bad);
    bad.rank = PLEAT_MAX_RANK + 1;
    REFUSED(PLEAT_INVALID_SHAPE, "grad", pleat_gradient_scale, &bad, 1.0);
    assert_bytes(&a, before, "sum");
    free(before);
    free(x);
    free(y);
    pleat_tensor_free(&a);
    pleat_tensor_free(&b);
}
END_TEST

/* One bad number, at every place of a tensor longer than the search's blocks. */
START_TEST(finite_tensors) {
    static const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    static const int64_t places[] = {0, 1, 4095, 4096, 9000, 9999};
    const int64_t count = 10000;
    struct pleat_tensor t;
    OK(pleat_tensor_allocate, &t, dtypes[_i], 1, &count);
    fill_value(&t, _i == 0 ? 3e38 : 1e308);
    OK(pleat_tensor_check_finite, &t, "output");
    for (int i = 0; i < 18; i++) {
        char text[64];
        snprintf(text, sizeof text, "output is %g at element %lld of 10000", bad[i % 3],
                 (long long)places[i / 3]);
        const double before = tensor_get(&t, places[i / 3]);
        tensor_set(&t, places[i / 3], bad[i % 3]);
        tensor_set(&t, 9999, bad[i % 3]);
        REFUSED(PLEAT_NOT_FINITE, text, pleat_tensor_check_finite, &t, "output");
        tensor_set(&t, places[i / 3], before);
        tensor_set(&t, 9999, before);
    }
    REFUSED(argument, "name", pleat_tensor_check_finite, &t, NULL);
    REFUSED(argument, "output", pleat_tensor_check_finite, NULL, "output");
    struct pleat_tensor none = t;
    none.data = NULL;
    REFUSED(argument, "output", pleat_tensor_check_finite, &none, "output");
    none.extent[0] = 0;
    OK(pleat_tensor_check_finite, &none, "output");
    pleat_tensor_free(&t);
}
END_TEST

/* The first value comes first, then the last gradient. */
START_TEST(finite_models) {
    struct pleat_model *model = create(dtypes[_i]);
    const struct pleat_parameter weight = pleat_model_parameter(model, 0),
                                 bias = pleat_model_parameter(model, 1);
    OK(pleat_model_check_finite, model);
    tensor_set(&weight.grad, 3, NAN);
    REFUSED(PLEAT_NOT_FINITE, "the gradient of conv.weight is nan at element 3 of 12",
            pleat_model_check_finite, model);
    tensor_set(&bias.grad, 0, INFINITY);
    REFUSED(PLEAT_NOT_FINITE, "the gradient of conv.bias is inf at element 0 of 2",
            pleat_model_check_finite, model);
    tensor_set(&bias.value, 1, -INFINITY);
    REFUSED(PLEAT_NOT_FINITE, "parameter conv.bias is -inf at element 1 of 2",
            pleat_model_check_finite, model);
    tensor_set(&weight.value, 0, NAN);
    REFUSED(PLEAT_NOT_FINITE, "parameter conv.weight is nan", pleat_model_check_finite, model);
    REFUSED(argument, "model", pleat_model_check_finite, NULL);
    pleat_model_free(model);
    OK(pleat_model_create, &model, dtypes[_i]);
    OK(pleat_model_check_finite, model);
    pleat_model_free(model);
}
END_TEST

/* Convolutions between layers that run in place, so that later values take earlier ones' memory; the
 * one with a huge weight is named, and batch normalisation's statistics end as they were. */
START_TEST(finite_forward) {
    struct pleat_model *model;
    const struct pleat_conv_params one = pleat_conv_params_init(2, 2, 2, 1, 1, 0);
    const struct pleat_batch_norm_params norm = pleat_batch_norm_params_init();
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 3, 3, 0);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, dtypes[_i], 4, (int64_t[]){2, 2, 3, 3});
    fill_value(&x, 1);
    OK(pleat_model_create, &model, dtypes[_i]);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_batch_norm, model, "norm", "image", &norm);
    OK(pleat_model_add_relu, model, "act", "norm");
    OK(pleat_model_add_conv, model, "first", "act", &one, 1);
    OK(pleat_model_add_relu, model, "rectified", "first");
    OK(pleat_model_add_conv, model, "second", "rectified", &one, 1);
    OK(pleat_model_add_tanh, model, "end", "second");
    REFUSED(PLEAT_WRONG_STATE, "forward", pleat_model_check_forward_finite, model);
    OK(pleat_model_compile, model, &options);
    REFUSED(PLEAT_WRONG_STATE, "forward", pleat_model_check_forward_finite, model);
    OK(pleat_model_forward, model, &x);
    const struct pleat_state mean = pleat_model_state(model, 0);
    void *before = tensor_bytes(&mean.value);
    OK(pleat_model_check_forward_finite, model);
    assert_bytes(&mean.value, before, "running mean");
    free(before);
    const double huge = dtypes[_i] == PLEAT_FLOAT32 ? 3e38 : 1e308;
    for (int i = 2; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        fill_value(&p.value, i == 4 ? 4 : i == 2 ? 0 : huge);
    }
    OK(pleat_model_forward, model, &x); /* tanh makes 1 of it */
    OK(pleat_tensor_check_finite, pleat_model_output(model), "output");
    REFUSED(PLEAT_NOT_FINITE, "the output of layer \"second\" is inf at element 0 of 36",
            pleat_model_check_forward_finite, model);
    REFUSED(PLEAT_WRONG_STATE, "forward", pleat_model_backward, model, &x);
    tensor_set(&x, 7, NAN);
    REFUSED(PLEAT_NOT_FINITE, "the input \"image\" is nan at element 7 of 36",
            pleat_model_check_forward_finite, model);
    REFUSED(argument, "model", pleat_model_check_forward_finite, NULL);
    failing_memory_arm(0);
    REFUSED(PLEAT_OUT_OF_MEMORY, "states", pleat_model_check_forward_finite, model);
    failing_memory_arm(-1);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* In inference dropout's value is its input's, which here is the caller's. */
START_TEST(finite_inference) {
    struct pleat_model *model;
    const struct pleat_conv_params one = pleat_conv_params_init(2, 2, 2, 1, 1, 0);
    struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 2, 3, 3, 0);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, dtypes[_i], 4, (int64_t[]){2, 2, 3, 3});
    OK(pleat_model_create, &model, dtypes[_i]);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_dropout, model, "drop", "image", NULL, 0.5);
    OK(pleat_model_add_conv, model, "conv", "drop", &one, 1);
    OK(pleat_model_add_relu, model, "act", "conv");
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_forward, model, &x);
    OK(pleat_model_check_forward_finite, model);
    const struct pleat_tensor bias =
        pleat_model_parameter(model, pleat_model_find_parameter(model, "conv.bias")).value;
    tensor_set(&bias, 1, INFINITY);
    REFUSED(PLEAT_NOT_FINITE, "the output of layer \"conv\" is inf",
            pleat_model_check_forward_finite, model);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("gradient");
    suite_add_loop(result, "clipping as PyTorch", clipping_as_pytorch, 2);
    suite_add_loop(result, "frozen", frozen, 2);
    suite_add_loop(result, "clipping refusals", clipping_refusals, 2);
    suite_add_loop(result, "any threads", any_threads, 2);
    suite_add_loop(result, "mixing", mixing, 2);
    suite_add_loop(result, "finite tensors", finite_tensors, 2);
    suite_add_loop(result, "finite models", finite_models, 2);
    suite_add_loop(result, "finite forward", finite_forward, 2);
    suite_add_loop(result, "finite inference", finite_inference, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
