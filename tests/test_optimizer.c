/* Optimizers: the formulas against NumPy's and PyTorch's, refusals, and running out of memory. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "golden_check.h"
#include "goldens.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

enum { COUNT = 4, STEPS = 6 };

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
    golden_fill(&value, 1);
    for (int64_t step = 1; step <= STEPS; step++) {
        golden_fill(&grad, step + 1);
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
    golden_fill(&value, 1);
    for (int64_t step = 1; step <= STEPS; step++) {
        golden_fill(&grad, step + 1);
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

/* Ten steps of PyTorch's: the value, then its state. */
static const struct golden {
    const double *expected;
    size_t size;
    bool adam;
    struct pleat_sgd_options sgd;
    struct pleat_adam_options adam_options;
} goldens[] = {
    {sgd_plain, sizeof sgd_plain, .sgd = {0.1, 0, 0.1, 0}},
    {sgd_momentum, sizeof sgd_momentum, .sgd = {0.1, 0.9, 0.02, 0}},
    {sgd_nesterov, sizeof sgd_nesterov, .sgd = {0.1, 0.9, 0.02, 1}},
    {adam_default, sizeof adam_default, .adam = true,
     .adam_options = {0.05, 0.9, 0.999, 1e-8, 0, 0}},
    {adam_decay, sizeof adam_decay, .adam = true, .adam_options = {0.05, 0.8, 0.95, 1e-3, 0.2, 0}},
    {adamw_default, sizeof adamw_default, .adam = true,
     .adam_options = {0.05, 0.9, 0.999, 1e-8, 0.01, 1}},
    {adamw_decay, sizeof adamw_decay, .adam = true,
     .adam_options = {0.05, 0.8, 0.95, 1e-3, 0.2, 1}},
};

START_TEST(as_pytorch) {
    const struct golden *g = &goldens[_i / 2];
    const int64_t extent = 7;
    struct pleat_tensor grad, t[3]; /* the value and its state */
    OK(pleat_tensor_allocate, &grad, dtypes[_i % 2], 1, &extent);
    for (int i = 0; i < 3; i++)
        OK(pleat_tensor_allocate, &t[i], dtypes[_i % 2], 1, &extent);
    golden_fill(&t[0], 1);
    for (int64_t step = 1; step <= 10; step++) {
        golden_fill(&grad, step + 1);
        if (g->adam)
            OK(pleat_adam_update, &g->adam_options, step, &t[0], &grad, &t[1], &t[2]);
        else
            OK(pleat_sgd_update, &g->sgd, &t[0], &grad, &t[1]);
    }
    int64_t at = 0;
    for (int i = 0; at < (int64_t)(g->size / sizeof(double)); i++)
        at += golden_compare(&t[i], g->expected + at, i == 0 ? "value" : "state");
    pleat_tensor_free(&grad);
    for (int i = 0; i < 3; i++)
        pleat_tensor_free(&t[i]);
}
END_TEST

START_TEST(adamw_defaults) {
    const struct pleat_adam_options adam = pleat_adam_options_init(0.05),
                                    adamw = pleat_adamw_options_init(0.05);
    ck_assert(adamw.rate == adam.rate && adamw.beta1 == adam.beta1 && adamw.beta2 == adam.beta2 &&
              adamw.epsilon == adam.epsilon && adamw.weight_decay == 0.01);
    ck_assert(adamw.decoupled != 0 && adam.decoupled == 0);
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
    const struct pleat_sgd_options nesterov = {0.1, 0, 0, 1};
    REFUSED(argument, "momentum must be above 0", pleat_sgd_update, &nesterov, &a, &b, &c);
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
    {"rate", {-1, 0.9, 0.999, 1e-8, 0, 0}, true},
    {"rate", {(double)NAN, 0.9, 0.999, 1e-8, 0, 0}, true},
    {"rate", {(double)INFINITY, 0.9, 0.999, 1e-8, 0, 0}, true},
    {"beta1", {1, 1, 0.999, 1e-8, 0, 0}, false},
    {"beta1", {1, -0.1, 0.999, 1e-8, 0, 0}, false},
    {"beta2", {1, 0.9, 1.5, 1e-8, 0, 0}, false},
    {"epsilon", {1, 0.9, 0.999, -1e-8, 0, 0}, false},
    {"weight_decay", {1, 0.9, 0.999, 1e-8, -1, 0}, true},
};

START_TEST(option_refusals) {
    struct pleat_model *model = small_model();
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
    OK(pleat_model_compile, model, &options);
    struct pleat_optimizer *optimizer = NULL;
    const struct pleat_adam_options *adam = &spoilt[_i].options;
    REFUSED(argument, spoilt[_i].field, pleat_optimizer_create_adam, &optimizer, model, adam);
    const struct pleat_sgd_options sgd = {adam->rate, 0.5, adam->weight_decay, 0};
    if (spoilt[_i].sgd_too)
        REFUSED(argument, spoilt[_i].field, pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    const struct pleat_sgd_options momentum = {0.1, 1, 0, 0};
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

/* A model with the gradients of a step, and an optimizer over it. */
struct training {
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
};

static struct training training_create(bool is_adam) {
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 0, 0);
    const struct pleat_sgd_options sgd = {0.1, 0.9, 0.01, 1};
    const struct pleat_adam_options adam = pleat_adamw_options_init(0.1);
    struct training t = {.model = small_model()};
    OK(pleat_model_compile, t.model, &options);
    if (is_adam)
        OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &adam);
    else
        OK(pleat_optimizer_create_sgd, &t.optimizer, t.model, &sgd);
    return t;
}

static void training_step(const struct training *t, int64_t step) {
    for (int i = 0; i < pleat_model_parameter_count(t->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(t->model, i);
        golden_fill(&p.grad, step + i);
    }
    pleat_optimizer_step(t->optimizer);
}

static void training_free(struct training *t) {
    pleat_optimizer_free(t->optimizer);
    pleat_model_free(t->model);
}

/* What the accessors hand out is the whole state: a second training that gets it goes on with the
 * first one's bits. */
START_TEST(state_goes_on) {
    static const char *const names[] = {"velocity", "first", "second"};
    struct training a = training_create(_i == 1), b = training_create(_i == 1);
    for (int64_t step = 1; step <= 3; step++)
        training_step(&a, step);
    const int count = pleat_optimizer_state_count(a.optimizer);
    ck_assert_int_eq(count, _i == 1 ? 4 : 2);
    for (int i = 0; i < count; i++) {
        const struct pleat_optimizer_state from = pleat_optimizer_state_at(a.optimizer, i),
                                           to = pleat_optimizer_state_at(b.optimizer, i);
        const struct pleat_parameter p = pleat_model_parameter(a.model, _i == 1 ? i / 2 : i);
        ck_assert_str_eq(from.parameter, p.name);
        ck_assert_str_eq(from.name, names[_i == 1 ? 1 + i % 2 : 0]);
        ck_assert_int_eq(pleat_tensor_size(&from.value), pleat_tensor_size(&p.value));
        ck_assert(tensor_get(&from.value, 0) != 0 && tensor_get(&to.value, 0) == 0);
        for (int64_t k = 0; k < pleat_tensor_size(&from.value); k++)
            tensor_set(&to.value, k, tensor_get(&from.value, k));
    }
    for (int i = 0; i < pleat_model_parameter_count(a.model); i++) {
        const struct pleat_parameter from = pleat_model_parameter(a.model, i),
                                     to = pleat_model_parameter(b.model, i);
        for (int64_t k = 0; k < pleat_tensor_size(&from.value); k++)
            tensor_set(&to.value, k, tensor_get(&from.value, k));
    }
    OK(pleat_optimizer_set_steps, b.optimizer, pleat_optimizer_steps(a.optimizer));
    training_step(&a, 4);
    training_step(&b, 4);
    for (int i = 0; i < pleat_model_parameter_count(a.model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(a.model, i),
                                     q = pleat_model_parameter(b.model, i);
        void *expected = tensor_bytes(&p.value);
        assert_bytes(&q.value, expected, p.name);
        free(expected);
    }
    training_free(&a);
    training_free(&b);
}
END_TEST

START_TEST(state_refusals) {
    struct training t = training_create(_i == 1);
    const int count = pleat_optimizer_state_count(t.optimizer);
    ck_assert(pleat_optimizer_state_at(t.optimizer, -1).name == NULL);
    ck_assert(pleat_optimizer_state_at(t.optimizer, count).value.data == NULL);
    ck_assert(pleat_optimizer_state_at(NULL, 0).name == NULL);
    ck_assert_int_eq(pleat_optimizer_state_count(NULL), 0);
    REFUSED(argument, "steps must be at least 0, got -1", pleat_optimizer_set_steps, t.optimizer,
            INT64_C(-1));
    REFUSED(argument, "optimizer", pleat_optimizer_set_steps, NULL, INT64_C(1));
    ck_assert_int_eq(pleat_optimizer_steps(t.optimizer), 0);
    training_free(&t);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("optimizer");
    suite_add_loop(result, "SGD's formula", sgd_formula_holds, 2);
    suite_add_loop(result, "Adam's formula", adam_formula_holds, 2);
    suite_add_loop(result, "as PyTorch", as_pytorch, 2 * sizeof goldens / sizeof *goldens);
    suite_add_loop(result, "AdamW's defaults", adamw_defaults, 1);
    suite_add_loop(result, "Adam's first step", adam_first_step, 1);
    suite_add_loop(result, "update refusals", update_refusals, 1);
    suite_add_loop(result, "option refusals", option_refusals, sizeof spoilt / sizeof *spoilt);
    suite_add_loop(result, "creation", creation, 1);
    suite_add_loop(result, "frozen stands still", frozen_stands_still, 2);
    suite_add_loop(result, "state goes on", state_goes_on, 2);
    suite_add_loop(result, "state refusals", state_refusals, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
