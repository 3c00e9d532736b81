/* A small network as a whole: against PyTorch, against differences, and the promises of model.h
 * about training. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "goldens.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

/* Element i of the numbers that tests/make_goldens.py calls pattern(seed). */
static double pattern(int64_t i, int64_t seed) {
    return (double)((i * 37 + seed * 11) % 61 - 30) / 64;
}

static void fill_pattern(const struct pleat_tensor *tensor, int64_t seed) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, pattern(i, seed));
}

/* The network of tests/make_goldens.py. */
static struct pleat_model *golden_network(enum pleat_dtype dtype) {
    struct pleat_conv_params first = pleat_conv_params_init(2, 2, 3, 3, 1, 1);
    first.axis[1] = pleat_axis_init(2, 1);
    struct pleat_conv_params up = pleat_conv_params_init(2, 3, 4, 3, 2, 1);
    up.axis[0].output_padding = up.axis[1].output_padding = 1;
    struct pleat_conv_params last = pleat_conv_params_init(2, 4, 2, 3, 1, 0);
    last.groups = 2;
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_conv, model, "first", "image", &first, 1);
    OK(pleat_model_add_prelu, model, "prelu", "first");
    OK(pleat_model_add_conv_transpose, model, "up", "prelu", &up, 1);
    OK(pleat_model_add_leaky_relu, model, "leaky", "up", 0.1);
    OK(pleat_model_add_conv, model, "last", "leaky", &last, 0);
    OK(pleat_model_add_tanh, model, "tanh", "last");
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        fill_pattern(&p.value, i + 1);
    }
    return model;
}

typedef enum pleat_status loss_function(const struct pleat_tensor *prediction,
                                        const struct pleat_tensor *target, double *value,
                                        const struct pleat_tensor *grad, struct pleat_error *error);

/* The network with all that training it takes. */
struct training {
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
    struct pleat_tensor input, target, grad;
    loss_function *loss;
};

static struct training training_create(enum pleat_dtype dtype, int threads) {
    struct training t = {.model = golden_network(dtype), .loss = pleat_loss_mse};
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 3, 4, 5, 0);
    options.threads = threads;
    OK(pleat_model_compile, t.model, &options);
    const struct pleat_tensor *y = pleat_model_output(t.model);
    OK(pleat_tensor_allocate, &t.input, dtype, 4, (int64_t[]){3, 2, 4, 5});
    OK(pleat_tensor_allocate, &t.target, dtype, y->rank, y->extent);
    OK(pleat_tensor_allocate, &t.grad, dtype, y->rank, y->extent);
    fill_pattern(&t.input, 20);
    fill_pattern(&t.target, 21);
    return t;
}

static void training_free(struct training *t) {
    pleat_optimizer_free(t->optimizer);
    pleat_model_free(t->model);
    pleat_tensor_free(&t->input);
    pleat_tensor_free(&t->target);
    pleat_tensor_free(&t->grad);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* Takes one training step and returns the loss before it. */
static double train_step(const struct training *t) {
    double value = NAN;
    pleat_model_zero_grad(t->model);
    OK(pleat_model_forward, t->model, &t->input);
    OK(t->loss, pleat_model_output(t->model), &t->target, &value, &t->grad);
    OK(pleat_model_backward, t->model, &t->grad);
    pleat_optimizer_step(t->optimizer);
    return value;
}

/* What PyTorch made of it. */
static const struct golden {
    loss_function *loss;
    bool adam;
    struct pleat_sgd_options sgd;
    struct pleat_adam_options adam_options;
    const double *losses, *parameters;
    size_t count;
} goldens[] = {
    {.loss = pleat_loss_mse,
     .sgd = {0.1, 0.9, 0, 0},
     .losses = sgd_mse_losses,
     .parameters = sgd_mse_parameters,
     .count = sizeof sgd_mse_parameters / sizeof(double)},
    {.loss = pleat_loss_l1,
     .sgd = {0.05, 0.5, 0.1, 0},
     .losses = sgd_decay_l1_losses,
     .parameters = sgd_decay_l1_parameters,
     .count = sizeof sgd_decay_l1_parameters / sizeof(double)},
    {.loss = pleat_loss_mse,
     .adam = true,
     .adam_options = {0.01, 0.9, 0.999, 1e-8, 0, 0},
     .losses = adam_mse_losses,
     .parameters = adam_mse_parameters,
     .count = sizeof adam_mse_parameters / sizeof(double)},
    {.loss = pleat_loss_l1,
     .adam = true,
     .adam_options = {0.02, 0.8, 0.95, 1e-3, 0.05, 0},
     .losses = adam_decay_l1_losses,
     .parameters = adam_decay_l1_parameters,
     .count = sizeof adam_decay_l1_parameters / sizeof(double)},
};

static void check_golden(const struct golden *g, enum pleat_dtype dtype, double tolerance) {
    struct training t = training_create(dtype, 1);
    t.loss = g->loss;
    if (g->adam)
        OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &g->adam_options);
    else
        OK(pleat_optimizer_create_sgd, &t.optimizer, t.model, &g->sgd);
    for (int step = 0; step < 5; step++) {
        const double loss = train_step(&t);
        ck_assert_msg(fabs(loss - g->losses[step]) <= tolerance, "loss %d: %.17g, PyTorch %.17g",
                      step, loss, g->losses[step]);
    }
    ck_assert_int_eq(pleat_optimizer_steps(t.optimizer), 5);
    size_t at = 0;
    for (int i = 0; i < pleat_model_parameter_count(t.model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(t.model, i);
        for (int64_t k = 0; k < pleat_tensor_size(&p.value); k++, at++) {
            const double got = tensor_get(&p.value, k);
            ck_assert_msg(fabs(got - g->parameters[at]) <= tolerance,
                          "%s[%lld]: %.17g, PyTorch %.17g", p.name, (long long)k, got,
                          g->parameters[at]);
        }
    }
    ck_assert_uint_eq(at, g->count);
    training_free(&t);
}

START_TEST(as_pytorch) {
    check_golden(&goldens[_i], PLEAT_FLOAT64, 1e-10);
    check_golden(&goldens[_i], PLEAT_FLOAT32, 1e-4);
}
END_TEST

START_TEST(gradients) {
    struct pleat_model *model = golden_network(PLEAT_FLOAT64);
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 4, 5, 0);
    check_model_gradients(model, &options, 3);
    pleat_model_free(model);
}
END_TEST

START_TEST(overfits) {
    struct training t = training_create(PLEAT_FLOAT32, 1);
    const struct pleat_adam_options options = pleat_adam_options_init(0.02);
    OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &options);
    struct pleat_model *teacher = golden_network(PLEAT_FLOAT32); /* a target that is reachable */
    fill_parameters(teacher, 0.6, 99);
    const struct pleat_compile_options inference = compile_options(PLEAT_INFERENCE, 3, 4, 5, 0);
    OK(pleat_model_compile, teacher, &inference);
    OK(pleat_model_forward, teacher, &t.input);
    memcpy(t.target.data, pleat_model_output(teacher)->data,
           (size_t)pleat_tensor_size(&t.target) * sizeof(float));
    pleat_model_free(teacher);
    const double first = train_step(&t);
    double last = first;
    for (int step = 0; step < 3000; step++)
        last = train_step(&t);
    ck_assert_msg(last < 0.01 * first, "the loss went from %g to %g", first, last);
    training_free(&t);
}
END_TEST

/* Nothing is allocated once the optimizer is there. */
START_TEST(training_allocates_nothing) {
    struct training t = training_create(_i == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64, 2);
    const struct pleat_adam_options options = pleat_adam_options_init(0.01);
    OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &options);
    const long before = failing_memory_outstanding();
    failing_memory_arm(0);
    for (int step = 0; step < 3; step++)
        train_step(&t);
    failing_memory_arm(-1);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    training_free(&t);
}
END_TEST

/* Copies all parameters, as doubles. */
static double *copy_parameters(const struct pleat_model *model, int64_t *count) {
    *count = 0;
    double *copy = NULL;
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        const int64_t size = pleat_tensor_size(&p.value);
        copy = realloc(copy, (size_t)(*count + size) * sizeof *copy);
        for (int64_t k = 0; k < size; k++)
            copy[(*count)++] = tensor_get(&p.value, k);
    }
    return copy;
}

/* A network on images large enough that every loop takes several threads. */
static double *train_large(enum pleat_dtype dtype, int threads, int64_t *count) {
    struct pleat_model *model = golden_network(dtype);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 3, 70, 81, 0);
    options.threads = threads;
    OK(pleat_model_compile, model, &options);
    struct pleat_optimizer *optimizer;
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0.9);
    OK(pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    const struct pleat_tensor *y = pleat_model_output(model);
    struct pleat_tensor input, target, grad;
    OK(pleat_tensor_allocate, &input, dtype, 4, (int64_t[]){3, 2, 70, 81});
    OK(pleat_tensor_allocate, &target, dtype, y->rank, y->extent);
    OK(pleat_tensor_allocate, &grad, dtype, y->rank, y->extent);
    struct pleat_random random = pleat_random_seed(1);
    fill_reals(&input, &random);
    fill_reals(&target, &random);
    const struct training t = {model, optimizer, input, target, grad, pleat_loss_mse};
    for (int step = 0; step < 3; step++)
        train_step(&t);
    double *parameters = copy_parameters(model, count);
    struct training whole = t;
    training_free(&whole);
    return parameters;
}

START_TEST(same_bits_for_any_threads) {
    const enum pleat_dtype dtype = _i == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    int64_t count;
    double *expected = train_large(dtype, 1, &count);
    for (int threads = 2; threads <= 3; threads++) {
        double *got = train_large(dtype, threads, &count);
        ck_assert_mem_eq(got, expected, (size_t)count * sizeof *got);
        free(got);
    }
    free(expected);
}
END_TEST

/* Gradients of every parameter add up over backwards, until zero_grad. */
START_TEST(gradients_accumulate) {
    struct training t = training_create(PLEAT_FLOAT64, 1);
    const struct pleat_parameter p = pleat_model_parameter(t.model, _i);
    double *once = NULL;
    for (int pass = 1; pass <= 3; pass++) {
        OK(pleat_model_forward, t.model, &t.input);
        OK(pleat_loss_mse, pleat_model_output(t.model), &t.target, NULL, &t.grad);
        OK(pleat_model_backward, t.model, &t.grad);
        if (pass == 1)
            once = tensor_to_double(&p.grad);
        for (int64_t i = 0; i < pleat_tensor_size(&p.grad); i++)
            ck_assert(once[i] != 0 && fabs(tensor_get(&p.grad, i) - pass * once[i]) < 1e-14);
    }
    pleat_model_zero_grad(t.model);
    for (int64_t i = 0; i < pleat_tensor_size(&p.grad); i++)
        ck_assert(tensor_get(&p.grad, i) == 0);
    free(once);
    training_free(&t);
}
END_TEST

/* Images one by one give the batch's outputs and gradients; an empty batch gives none. */
START_TEST(smaller_batches) {
    struct training t = training_create(PLEAT_FLOAT64, 1);
    OK(pleat_model_forward, t.model, &t.input);
    const int64_t size = pleat_tensor_size(&t.target) / 3;
    double *whole = tensor_to_double(pleat_model_output(t.model));
    OK(pleat_model_backward, t.model, &t.target); /* any numbers do for dL/dy */
    const struct pleat_parameter p = pleat_model_parameter(t.model, 0);
    double *grad = tensor_to_double(&p.grad);
    pleat_model_zero_grad(t.model);
    for (int64_t n = 0; n < 3; n++) {
        struct pleat_tensor x = t.input, gy = t.target;
        x.extent[0] = gy.extent[0] = 1;
        x.data = (double *)t.input.data + n * pleat_tensor_size(&x);
        gy.data = (double *)t.target.data + n * size;
        OK(pleat_model_forward, t.model, &x);
        ck_assert_int_eq(pleat_model_output(t.model)->extent[0], 1);
        for (int64_t i = 0; i < size; i++)
            ck_assert(tensor_get(pleat_model_output(t.model), i) == whole[n * size + i]);
        REFUSED(PLEAT_INVALID_SHAPE, "grad_output", pleat_model_backward, t.model, &t.target);
        OK(pleat_model_backward, t.model, &gy);
        struct pleat_tensor none = pleat_tensor_view(NULL, PLEAT_FLOAT64, 4, x.extent);
        none.extent[0] = 0;
        OK(pleat_model_forward, t.model, &none);
        const struct pleat_tensor none_out = *pleat_model_output(t.model);
        ck_assert_int_eq(none_out.extent[0], 0);
        OK(pleat_model_backward, t.model, &none_out);
    }
    for (int64_t i = 0; i < pleat_tensor_size(&p.grad); i++)
        ck_assert(fabs(tensor_get(&p.grad, i) - grad[i]) < 1e-13 * fabs(grad[i]) + 1e-15);
    free(whole);
    free(grad);
    training_free(&t);
}
END_TEST

/* Compiling for inference and another size and back keeps parameters and optimizer; inference
 * computes the same bits as training. */
START_TEST(compiling_again) {
    struct training t = training_create(PLEAT_FLOAT32, 1), u = training_create(PLEAT_FLOAT32, 1);
    const struct pleat_adam_options adam = pleat_adam_options_init(0.01);
    OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &adam);
    OK(pleat_optimizer_create_adam, &u.optimizer, u.model, &adam);
    for (int step = 0; step < 4; step++) {
        train_step(&t);
        train_step(&u);
        float *trained = malloc((size_t)pleat_tensor_size(&t.target) * sizeof(float));
        OK(pleat_model_forward, u.model, &u.input);
        memcpy(trained, pleat_model_output(u.model)->data,
               (size_t)pleat_tensor_size(&t.target) * sizeof(float));
        struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 9, 3, 0);
        OK(pleat_model_compile, u.model, &options);
        ck_assert_int_eq(pleat_model_output(u.model)->extent[2], 16);
        options = compile_options(PLEAT_INFERENCE, 3, 4, 5, 0);
        OK(pleat_model_compile, u.model, &options);
        OK(pleat_model_forward, u.model, &u.input);
        assert_bytes(pleat_model_output(u.model), trained, "inference");
        REFUSED(PLEAT_WRONG_STATE, "inference", pleat_model_backward, u.model, &u.grad);
        ck_assert_ptr_null(pleat_model_input_gradient(u.model));
        options = compile_options(PLEAT_TRAINING, 3, 4, 5, 0);
        OK(pleat_model_compile, u.model, &options);
        free(trained);
    }
    int64_t count;
    double *a = copy_parameters(t.model, &count), *b = copy_parameters(u.model, &count);
    ck_assert_mem_eq(a, b, (size_t)count * sizeof *a);
    free(a);
    free(b);
    pleat_optimizer_free(t.optimizer);
    t.optimizer = NULL;
    pleat_optimizer_free(u.optimizer);
    pleat_model_free(u.model);
    pleat_tensor_free(&u.input);
    pleat_tensor_free(&u.target);
    pleat_tensor_free(&u.grad);
    training_free(&t);
}
END_TEST

/* Backward writes to none of input, output and dL/dy. */
START_TEST(inputs_are_left_alone) {
    struct training t = training_create(PLEAT_FLOAT32, 1);
    void *input = tensor_bytes(&t.input), *target = tensor_bytes(&t.target);
    OK(pleat_model_forward, t.model, &t.input);
    void *output = tensor_bytes(pleat_model_output(t.model));
    OK(pleat_model_backward, t.model, &t.target);
    assert_bytes(&t.input, input, "input");
    assert_bytes(&t.target, target, "grad_output");
    assert_bytes(pleat_model_output(t.model), output, "output");
    free(input);
    free(target);
    free(output);
    training_free(&t);
}
END_TEST

/* A factor of 0 freezes a parameter, another scales the rate; in Adam's first step, whose length is
 * the rate, as in SGD. */
START_TEST(rate_factors) {
    struct training t = training_create(PLEAT_FLOAT64, 1);
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.5, 0);
    struct pleat_adam_options adam = pleat_adam_options_init(0.5);
    adam.epsilon = 0;
    const bool is_adam = _i == 1;
    if (is_adam)
        OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &adam);
    else
        OK(pleat_optimizer_create_sgd, &t.optimizer, t.model, &sgd);
    const int frozen = pleat_model_find_parameter(t.model, "up.weight"),
              slow = pleat_model_find_parameter(t.model, "first.weight");
    OK(pleat_model_set_rate, t.model, frozen, 0.0);
    OK(pleat_model_set_rate, t.model, slow, 0.125);
    OK(pleat_optimizer_set_rate, t.optimizer, 0.25);
    const struct pleat_parameter f = pleat_model_parameter(t.model, frozen),
                                 s = pleat_model_parameter(t.model, slow);
    ck_assert(f.rate == 0 && s.rate == 0.125);
    double *before = tensor_to_double(&f.value), *start = tensor_to_double(&s.value);
    train_step(&t);
    assert_exact(&f.value, before, "frozen");
    for (int64_t i = 0; i < pleat_tensor_size(&s.value); i++) {
        const double grad = tensor_get(&s.grad, i), sign = grad > 0 ? 1 : -1;
        const double expected = start[i] - 0.125 * 0.25 * (is_adam ? sign : grad);
        ck_assert(grad != 0 && fabs(tensor_get(&s.value, i) - expected) < 1e-14);
    }
    free(before);
    free(start);
    training_free(&t);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("network");
    suite_add_loop(result, "as PyTorch", as_pytorch, sizeof goldens / sizeof *goldens);
    suite_add_loop(result, "gradients", gradients, 1);
    suite_add_loop(result, "overfits", overfits, 1);
    suite_add_loop(result, "training allocates nothing", training_allocates_nothing, 2);
    suite_add_loop(result, "same bits for any threads", same_bits_for_any_threads, 2);
    suite_add_loop(result, "gradients accumulate", gradients_accumulate, 6);
    suite_add_loop(result, "smaller batches", smaller_batches, 1);
    suite_add_loop(result, "compiling again", compiling_again, 1);
    suite_add_loop(result, "inputs are left alone", inputs_are_left_alone, 1);
    suite_add_loop(result, "rate factors", rate_factors, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
