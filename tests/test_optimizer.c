/* Optimizers: the formulas against NumPy's, refusals, and running out of memory. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "goldens.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

enum { COUNT = 4, STEPS = 6 };

/* As pattern(4, seed) of tests/make_goldens.py. */
static void fill_pattern(const struct pleat_tensor *tensor, int64_t seed) {
    for (int64_t i = 0; i < COUNT; i++)
        tensor_set(tensor, i, (double)((i * 37 + seed * 11) % 61 - 30) / 64);
}

static struct pleat_tensor allocate(enum pleat_dtype dtype) {
    struct pleat_tensor tensor;
    OK(pleat_tensor_allocate, &tensor, dtype, 2, (int64_t[]){2, 2});
    return tensor;
}

static void assert_numbers(const struct pleat_tensor *tensor, const double *expected,
                           const char *what) {
    const double tolerance = tensor->dtype == PLEAT_FLOAT64 ? 1e-14 : 2e-6;
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert_msg(fabs(tensor_get(tensor, i) - expected[i]) <= tolerance,
                      "%s[%lld] is %.17g, not %.17g", what, (long long)i, tensor_get(tensor, i),
                      expected[i]);
}

START_TEST(sgd_formula_holds) {
    struct pleat_tensor value = allocate(dtypes[_i]), grad = allocate(dtypes[_i]),
                        velocity = allocate(dtypes[_i]);
    struct pleat_sgd_options options = pleat_sgd_options_init(0.1, 0.9);
    ck_assert(options.weight_decay == 0);
    options.weight_decay = 0.01;
    fill_pattern(&value, 1);
    for (int64_t step = 1; step <= STEPS; step++) {
        fill_pattern(&grad, step + 1);
        void *before = tensor_bytes(&grad);
        OK(pleat_sgd_update, &options, &value, &grad, &velocity);
        assert_bytes(&grad, before, "grad");
        free(before);
    }
    assert_numbers(&value, sgd_formula, "value");
    assert_numbers(&velocity, sgd_formula + COUNT, "velocity");
    pleat_tensor_free(&value);
    pleat_tensor_free(&grad);
    pleat_tensor_free(&velocity);
}
END_TEST

START_TEST(adam_formula_holds) {
    struct pleat_tensor value = allocate(dtypes[_i]), grad = allocate(dtypes[_i]),
                        first = allocate(dtypes[_i]), second = allocate(dtypes[_i]);
    struct pleat_adam_options options = pleat_adam_options_init(0.05);
    ck_assert(options.beta1 == 0.9 && options.beta2 == 0.999 && options.epsilon == 1e-8 &&
              options.weight_decay == 0);
    options.beta2 = 0.99;
    options.epsilon = 1e-6;
    options.weight_decay = 0.02;
    fill_pattern(&value, 1);
    for (int64_t step = 1; step <= STEPS; step++) {
        fill_pattern(&grad, step + 1);
        OK(pleat_adam_update, &options, step, &value, &grad, &first, &second);
    }
    assert_numbers(&value, adam_formula, "value");
    assert_numbers(&first, adam_formula + COUNT, "first");
    assert_numbers(&second, adam_formula + 2 * COUNT, "second");
    pleat_tensor_free(&value);
    pleat_tensor_free(&grad);
    pleat_tensor_free(&first);
    pleat_tensor_free(&second);
}
END_TEST

/* Adam's first step has the length of the learning rate, whatever the gradient's. */
START_TEST(adam_first_step) {
    struct pleat_tensor value = allocate(PLEAT_FLOAT64), grad = allocate(PLEAT_FLOAT64),
                        first = allocate(PLEAT_FLOAT64), second = allocate(PLEAT_FLOAT64);
    const double gradients[COUNT] = {1e-3, -4, 0, 1e6};
    for (int64_t i = 0; i < COUNT; i++)
        tensor_set(&grad, i, gradients[i]);
    const struct pleat_adam_options options = pleat_adam_options_init(0.01);
    OK(pleat_adam_update, &options, 1, &value, &grad, &first, &second);
    const double expected[COUNT] = {-0.01, 0.01, 0, -0.01};
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert(fabs(tensor_get(&value, i) - expected[i]) < 1e-6);
    pleat_tensor_free(&value);
    pleat_tensor_free(&grad);
    pleat_tensor_free(&first);
    pleat_tensor_free(&second);
}
END_TEST

static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT;

static struct pleat_model *small_model(void) {
    const struct pleat_conv_params params = pleat_conv_params_init(1, 2, 3, 3, 1, 1);
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 1);
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    return model;
}

START_TEST(update_refusals) {
    struct pleat_tensor a = allocate(PLEAT_FLOAT32), b = allocate(PLEAT_FLOAT32),
                        c = allocate(PLEAT_FLOAT32), d = allocate(PLEAT_FLOAT32);
    fill_nan(&a);
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0.9);
    const struct pleat_adam_options adam = pleat_adam_options_init(0.1);
    struct pleat_tensor type = b, shape = b, null = b;
    type.dtype = PLEAT_FLOAT64;
    shape.extent[0] = 4;
    null.data = NULL;
    REFUSED(argument, "options", pleat_sgd_update, NULL, &a, &b, &c);
    REFUSED(argument, "value", pleat_sgd_update, &sgd, NULL, &b, &c);
    REFUSED(argument, "grad", pleat_sgd_update, &sgd, &a, NULL, &c);
    REFUSED(argument, "velocity", pleat_sgd_update, &sgd, &a, &b, NULL);
    REFUSED(argument, "value", pleat_sgd_update, &sgd, &null, &b, &c);
    REFUSED(PLEAT_TYPE_MISMATCH, "grad", pleat_sgd_update, &sgd, &a, &type, &c);
    REFUSED(PLEAT_INVALID_SHAPE, "velocity", pleat_sgd_update, &sgd, &a, &b, &shape);
    REFUSED(argument, "options", pleat_adam_update, NULL, 1, &a, &b, &c, &d);
    REFUSED(argument, "step", pleat_adam_update, &adam, 0, &a, &b, &c, &d);
    REFUSED(argument, "value", pleat_adam_update, &adam, 1, NULL, &b, &c, &d);
    REFUSED(argument, "grad", pleat_adam_update, &adam, 1, &a, &null, &c, &d);
    REFUSED(PLEAT_TYPE_MISMATCH, "first", pleat_adam_update, &adam, 1, &a, &b, &type, &d);
    REFUSED(PLEAT_INVALID_SHAPE, "second", pleat_adam_update, &adam, 1, &a, &b, &c, &shape);
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert(isnan(tensor_get(&a, i)) && tensor_get(&c, i) == 0 && tensor_get(&d, i) == 0);
    pleat_tensor_free(&a);
    pleat_tensor_free(&b);
    pleat_tensor_free(&c);
    pleat_tensor_free(&d);
}
END_TEST

/* Each row spoils one option. */
static const struct {
    const char *field;
    struct pleat_adam_options options;
    bool sgd_too;
} spoilt[] = {
    {"rate", {-1, 0.9, 0.999, 1e-8, 0}, true},
    {"rate", {(double)NAN, 0.9, 0.999, 1e-8, 0}, true},
    {"rate", {(double)INFINITY, 0.9, 0.999, 1e-8, 0}, true},
    {"beta1", {1, 1, 0.999, 1e-8, 0}, false},
    {"beta1", {1, -0.1, 0.999, 1e-8, 0}, false},
    {"beta2", {1, 0.9, 1.5, 1e-8, 0}, false},
    {"epsilon", {1, 0.9, 0.999, -1e-8, 0}, false},
    {"weight_decay", {1, 0.9, 0.999, 1e-8, -1}, true},
};

START_TEST(option_refusals) {
    struct pleat_model *model = small_model();
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
    OK(pleat_model_compile, model, &options);
    struct pleat_optimizer *optimizer = NULL;
    const struct pleat_adam_options *adam = &spoilt[_i].options;
    REFUSED(argument, spoilt[_i].field, pleat_optimizer_create_adam, &optimizer, model, adam);
    const struct pleat_sgd_options sgd = {adam->rate, 0.5, adam->weight_decay};
    if (spoilt[_i].sgd_too)
        REFUSED(argument, spoilt[_i].field, pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    const struct pleat_sgd_options momentum = {0.1, 1, 0};
    REFUSED(argument, "momentum", pleat_optimizer_create_sgd, &optimizer, model, &momentum);
    ck_assert_ptr_null(optimizer);
    pleat_model_free(model);
}
END_TEST

START_TEST(creation) {
    struct pleat_model *model = small_model();
    struct pleat_optimizer *optimizer = NULL;
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0.9);
    const struct pleat_adam_options adam = pleat_adam_options_init(0.1);
    REFUSED(PLEAT_WRONG_STATE, "compiled", pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 4, 0, 0);
    OK(pleat_model_compile, model, &options);
    REFUSED(PLEAT_WRONG_STATE, "compiled", pleat_optimizer_create_adam, &optimizer, model, &adam);
    options.mode = PLEAT_TRAINING;
    OK(pleat_model_compile, model, &options);
    REFUSED(argument, "optimizer", pleat_optimizer_create_sgd, NULL, model, &sgd);
    REFUSED(argument, "model", pleat_optimizer_create_sgd, &optimizer, NULL, &sgd);
    REFUSED(argument, "options", pleat_optimizer_create_sgd, &optimizer, model, NULL);
    REFUSED(argument, "options", pleat_optimizer_create_adam, &optimizer, model, NULL);
    const long outstanding = failing_memory_outstanding();
    for (long k = 0; k < 3; k++) {
        failing_memory_arm(k);
        REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_optimizer_create_adam, &optimizer, model, &adam);
        if (k < 2)
            REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_optimizer_create_sgd, &optimizer, model, &sgd);
        failing_memory_arm(-1);
        ck_assert_int_eq(failing_memory_outstanding(), outstanding);
    }
    ck_assert_ptr_null(optimizer);
    OK(pleat_optimizer_create_adam, &optimizer, model, &adam);
    ck_assert(pleat_optimizer_rate(optimizer) == 0.1 && pleat_optimizer_steps(optimizer) == 0);
    REFUSED(argument, "rate", pleat_optimizer_set_rate, optimizer, -1.0);
    REFUSED(argument, "rate", pleat_optimizer_set_rate, optimizer, (double)NAN);
    REFUSED(argument, "optimizer", pleat_optimizer_set_rate, NULL, 1.0);
    ck_assert(pleat_optimizer_rate(optimizer) == 0.1);
    OK(pleat_optimizer_set_rate, optimizer, 0.0);
    ck_assert(pleat_optimizer_rate(optimizer) == 0 && pleat_optimizer_rate(NULL) == 0);
    pleat_optimizer_step(NULL);
    pleat_optimizer_step(optimizer);
    ck_assert(pleat_optimizer_steps(optimizer) == 1 && pleat_optimizer_steps(NULL) == 0);
    pleat_optimizer_free(optimizer);
    pleat_optimizer_free(NULL);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A parameter of rate 0 keeps its value whatever its gradient is, and its state stays zero: once
 * it is free again, a gradient of 0 does not move it. The other parameter goes on. */
START_TEST(frozen_stands_still) {
    static const double gradients[] = {1, (double)INFINITY, (double)NAN};
    struct pleat_model *model = small_model();
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
    OK(pleat_model_compile, model, &options);
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0.9);
    const struct pleat_adam_options adam = pleat_adam_options_init(0.1);
    struct pleat_optimizer *optimizer;
    if (_i == 0)
        OK(pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    else
        OK(pleat_optimizer_create_adam, &optimizer, model, &adam);
    const struct pleat_parameter weight = pleat_model_parameter(model, 0),
                                 bias = pleat_model_parameter(model, 1);
    fill_value(&weight.value, 0.5);
    fill_value(&bias.grad, 1);
    OK(pleat_model_set_rate, model, 0, 0.0);
    for (size_t i = 0; i < sizeof gradients / sizeof *gradients; i++) {
        fill_value(&weight.grad, gradients[i]);
        pleat_optimizer_step(optimizer);
    }
    ck_assert(tensor_get(&bias.value, 0) < -0.25);
    OK(pleat_model_set_rate, model, 0, 1.0);
    for (int step = 0; step < 2; step++) {
        for (int64_t i = 0; i < pleat_tensor_size(&weight.value); i++)
            ck_assert_msg(tensor_get(&weight.value, i) == 0.5, "weight[%lld] is %g", (long long)i,
                          tensor_get(&weight.value, i));
        fill_value(&weight.grad, 0);
        pleat_optimizer_step(optimizer);
    }
    ck_assert_int_eq(pleat_optimizer_steps(optimizer), 5);
    pleat_optimizer_free(optimizer);
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("optimizer");
    suite_add_loop(result, "SGD's formula", sgd_formula_holds, 2);
    suite_add_loop(result, "Adam's formula", adam_formula_holds, 2);
    suite_add_loop(result, "Adam's first step", adam_first_step, 1);
    suite_add_loop(result, "update refusals", update_refusals, 1);
    suite_add_loop(result, "option refusals", option_refusals, sizeof spoilt / sizeof *spoilt);
    suite_add_loop(result, "creation", creation, 1);
    suite_add_loop(result, "frozen stands still", frozen_stands_still, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
