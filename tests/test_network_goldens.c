/* Networks of many layers against PyTorch: five steps of training, running statistics, and outputs
 * in evaluation mode afterwards (tests/make_network_goldens.py). */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "model_check.h"
#include "network_goldens.h"
#include "suites.h"
#include "support.h"

/* Element i of the numbers that the script calls pattern(seed). */
static void fill_pattern(const struct pleat_tensor *tensor, int64_t seed) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, (double)((i * 37 + seed * 11) % 61 - 30) / 64);
}

static void add_conv(struct pleat_model *model, const char *name, const char *input,
                     struct pleat_conv_params params, int bias) {
    OK(pleat_model_add_conv, model, name, input, &params, bias);
}

static void add_unet(struct pleat_model *model) {
    const struct pleat_batch_norm_params norm = {.epsilon = 1e-3, .momentum = 0.2};
    const struct pleat_pool_params pool = pleat_pool_params_init(2, 2, 2, 0);
    const struct pleat_conv_params up = pleat_conv_params_init(2, 4, 3, 2, 2, 0);
    OK(pleat_model_add_input, model, "x", 2, 2);
    add_conv(model, "a", "x", pleat_conv_params_init(2, 2, 3, 3, 1, 1), 0);
    OK(pleat_model_add_batch_norm, model, "a_norm", "a", NULL);
    OK(pleat_model_add_relu, model, "a_relu", "a_norm");
    OK(pleat_model_add_max_pool, model, "pool", "a_relu", &pool);
    add_conv(model, "b", "pool", pleat_conv_params_init(2, 3, 4, 3, 1, 1), 1);
    OK(pleat_model_add_batch_norm, model, "b_norm", "b", &norm);
    OK(pleat_model_add_leaky_relu, model, "b_relu", "b_norm", 0.1);
    OK(pleat_model_add_conv_transpose, model, "up", "b_relu", &up, 1);
    OK(pleat_model_add_concatenate, model, "skip", 2, ((const char *[]){"up", "a_relu"}));
    add_conv(model, "last", "skip", pleat_conv_params_init(2, 6, 2, 3, 1, 1), 1);
}

static void add_twins(struct pleat_model *model) {
    OK(pleat_model_add_input, model, "left", 2, 2);
    OK(pleat_model_add_input, model, "right", 2, 2);
    add_conv(model, "shared", "left", pleat_conv_params_init(2, 2, 3, 3, 1, 1), 0);
    OK(pleat_model_add_batch_norm, model, "norm", "shared", NULL);
    OK(pleat_model_add_tanh, model, "tanh", "norm");
    OK(pleat_model_add_shared, model, "shared2", "right", "shared");
    OK(pleat_model_add_shared, model, "norm2", "shared2", "norm");
    OK(pleat_model_add_tanh, model, "tanh2", "norm2");
    OK(pleat_model_add_sum, model, "sum", 2, ((const char *[]){"tanh", "tanh2"}));
    add_conv(model, "near", "sum", pleat_conv_params_init(2, 3, 2, 1, 1, 0), 1);
    OK(pleat_model_add_concatenate, model, "both", 2, ((const char *[]){"tanh", "tanh2"}));
    add_conv(model, "far", "both", pleat_conv_params_init(2, 6, 2, 3, 2, 0), 1);
    OK(pleat_model_mark_output, model, "near");
    OK(pleat_model_mark_output, model, "far");
}

static void add_vectors(struct pleat_model *model) {
    const struct pleat_pad_params pad = {2, {-1, 2}, {1, -3}};
    const struct pleat_pool_params pool = pleat_pool_params_init(2, 3, 2, 1);
    OK(pleat_model_add_input, model, "x", 6, 0);
    OK(pleat_model_add_input, model, "noise", 10, 0);
    OK(pleat_model_add_relu, model, "mask", "noise");
    OK(pleat_model_add_dense, model, "first", "x", 10, 1);
    OK(pleat_model_add_batch_norm, model, "norm", "first", NULL);
    OK(pleat_model_add_relu, model, "relu", "norm");
    OK(pleat_model_add_dropout, model, "dropout", "relu", "mask", 0.3);
    OK(pleat_model_add_dense, model, "second", "dropout", 24, 0);
    OK(pleat_model_add_reshape, model, "image", "second", 4, 2, ((int64_t[]){2, 3}));
    OK(pleat_model_add_pixel_shuffle, model, "shuffle", "image", 2);
    OK(pleat_model_add_upsample, model, "bilinear", "shuffle", PLEAT_UPSAMPLE_LINEAR, 2);
    add_conv(model, "conv", "bilinear", pleat_conv_params_init(2, 1, 3, 3, 1, 1), 1);
    OK(pleat_model_add_pad, model, "pad", "conv", &pad);
    OK(pleat_model_add_upsample, model, "nearest", "pad", PLEAT_UPSAMPLE_NEAREST, 2);
    OK(pleat_model_add_max_pool, model, "pool", "nearest", &pool);
    OK(pleat_model_add_softmax, model, "softmax", "pool");
}

static void add_line(struct pleat_model *model) {
    const struct pleat_pool_params pool = pleat_pool_params_init(1, 3, 2, 1);
    OK(pleat_model_add_input, model, "x", 2, 1);
    add_conv(model, "first", "x", pleat_conv_params_init(1, 2, 3, 3, 1, 1), 1);
    OK(pleat_model_add_batch_norm, model, "norm", "first", NULL);
    OK(pleat_model_add_upsample, model, "linear", "norm", PLEAT_UPSAMPLE_LINEAR, 3);
    OK(pleat_model_add_max_pool, model, "pool", "linear", &pool);
    add_conv(model, "last", "pool", pleat_conv_params_init(1, 3, 2, 3, 1, 0), 1);
}

static void add_volume(struct pleat_model *model) {
    const struct pleat_pool_params pool = pleat_pool_params_init(3, 2, 1, 0);
    OK(pleat_model_add_input, model, "x", 2, 3);
    add_conv(model, "first", "x", pleat_conv_params_init(3, 2, 3, 3, 1, 1), 0);
    OK(pleat_model_add_batch_norm, model, "norm", "first", NULL);
    OK(pleat_model_add_upsample, model, "trilinear", "norm", PLEAT_UPSAMPLE_LINEAR, 2);
    OK(pleat_model_add_max_pool, model, "pool", "trilinear", &pool);
    add_conv(model, "last", "pool", pleat_conv_params_init(3, 3, 1, 2, 1, 0), 1);
}

#define NUMBERS(array) array, sizeof(array) / sizeof(double)

static const struct golden {
    void (*add)(struct pleat_model *model);
    bool adam;
    int64_t batch, extent[PLEAT_MAX_AXES];
    const double *losses, *parameters;
    size_t parameter_count;
    const double *states;
    size_t state_count;
    const double *outputs;
    size_t output_count;
} goldens[] = {
    {add_unet,
     false,
     2,
     {8, 6},
     unet_losses,
     NUMBERS(unet_parameters),
     NUMBERS(unet_states),
     NUMBERS(unet_outputs)},
    {add_twins,
     true,
     3,
     {6, 5},
     twins_losses,
     NUMBERS(twins_parameters),
     NUMBERS(twins_states),
     NUMBERS(twins_outputs)},
    {add_vectors,
     false,
     4,
     {0},
     vectors_losses,
     NUMBERS(vectors_parameters),
     NUMBERS(vectors_states),
     NUMBERS(vectors_outputs)},
    {add_line,
     false,
     3,
     {7},
     line_losses,
     NUMBERS(line_parameters),
     NUMBERS(line_states),
     NUMBERS(line_outputs)},
    {add_volume,
     true,
     2,
     {3, 2, 4},
     volume_losses,
     NUMBERS(volume_parameters),
     NUMBERS(volume_states),
     NUMBERS(volume_outputs)},
};

/* A network with all that training it takes. */
struct training {
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
    int inputs, outputs;
    struct pleat_tensor input[2], target[2], grad[2];
};

static struct training training_create(const struct golden *g, enum pleat_dtype dtype,
                                       int threads) {
    struct training t = {.inputs = 0};
    OK(pleat_model_create, &t.model, dtype);
    g->add(t.model);
    for (int i = 0; i < pleat_model_parameter_count(t.model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(t.model, i);
        fill_pattern(&p.value, i + 1);
    }
    struct pleat_compile_options options =
        compile_options(PLEAT_TRAINING, g->batch, g->extent[0], g->extent[1], g->extent[2]);
    options.threads = threads;
    options.input_gradient = 1; /* its extents are the inputs' */
    OK(pleat_model_compile, t.model, &options);
    t.inputs = pleat_model_input_count(t.model);
    t.outputs = pleat_model_output_count(t.model);
    for (int i = 0; i < t.inputs; i++) {
        const struct pleat_tensor *like = pleat_model_input_gradient_at(t.model, i);
        OK(pleat_tensor_allocate, &t.input[i], dtype, like->rank, like->extent);
        fill_pattern(&t.input[i], 40 + i);
    }
    for (int i = 0; i < t.outputs; i++) {
        const struct pleat_tensor *y = pleat_model_output_at(t.model, i);
        OK(pleat_tensor_allocate, &t.target[i], dtype, y->rank, y->extent);
        OK(pleat_tensor_allocate, &t.grad[i], dtype, y->rank, y->extent);
        fill_pattern(&t.target[i], 50 + i);
    }
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0.9);
    const struct pleat_adam_options adam = pleat_adam_options_init(0.01);
    if (g->adam)
        OK(pleat_optimizer_create_adam, &t.optimizer, t.model, &adam);
    else
        OK(pleat_optimizer_create_sgd, &t.optimizer, t.model, &sgd);
    return t;
}

static void training_free(struct training *t) {
    pleat_optimizer_free(t->optimizer);
    pleat_model_free(t->model);
    for (int i = 0; i < t->inputs; i++)
        pleat_tensor_free(&t->input[i]);
    for (int i = 0; i < t->outputs; i++) {
        pleat_tensor_free(&t->target[i]);
        pleat_tensor_free(&t->grad[i]);
    }
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* Takes one step for the sum of the outputs' losses, and returns it. */
static double train_step(const struct training *t) {
    double sum = 0;
    pleat_model_zero_grad(t->model);
    OK(pleat_model_forward_all, t->model, t->inputs, t->input);
    for (int i = 0; i < t->outputs; i++) {
        double value = NAN;
        OK(pleat_loss_mse, pleat_model_output_at(t->model, i), &t->target[i], &value, &t->grad[i]);
        sum += value;
    }
    OK(pleat_model_backward_all, t->model, t->outputs, t->grad);
    pleat_optimizer_step(t->optimizer);
    return sum;
}

/* Compares a tensor with the numbers from `at` on, and returns where the next ones begin. */
static size_t check_numbers(const struct pleat_tensor *tensor, const double *expected, size_t at,
                            double tolerance, const char *name) {
    for (int64_t k = 0; k < pleat_tensor_size(tensor); k++, at++) {
        const double got = tensor_get(tensor, k);
        if (!(fabs(got - expected[at]) <= tolerance))
            ck_abort_msg("%s[%lld]: %.17g, PyTorch %.17g", name, (long long)k, got, expected[at]);
    }
    return at;
}

static void check_golden(const struct golden *g, enum pleat_dtype dtype, double tolerance) {
    struct training t = training_create(g, dtype, 1);
    for (int step = 0; step < 5; step++) {
        const double loss = train_step(&t);
        ck_assert_msg(fabs(loss - g->losses[step]) <= tolerance, "loss %d: %.17g, PyTorch %.17g",
                      step, loss, g->losses[step]);
    }
    size_t at = 0;
    for (int i = 0; i < pleat_model_parameter_count(t.model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(t.model, i);
        at = check_numbers(&p.value, g->parameters, at, tolerance, p.name);
    }
    ck_assert_uint_eq(at, g->parameter_count);
    at = 0;
    for (int i = 0; i < pleat_model_state_count(t.model); i++) {
        const struct pleat_state s = pleat_model_state(t.model, i);
        at = check_numbers(&s.value, g->states, at, tolerance, s.name);
    }
    ck_assert_uint_eq(at, g->state_count);
    const struct pleat_compile_options inference =
        compile_options(PLEAT_INFERENCE, g->batch, g->extent[0], g->extent[1], g->extent[2]);
    OK(pleat_model_compile, t.model, &inference);
    OK(pleat_model_forward_all, t.model, t.inputs, t.input);
    at = 0;
    for (int i = 0; i < t.outputs; i++)
        at = check_numbers(pleat_model_output_at(t.model, i), g->outputs, at, 10 * tolerance,
                           "output");
    ck_assert_uint_eq(at, g->output_count);
    training_free(&t);
}

START_TEST(as_pytorch) {
    check_golden(&goldens[_i], PLEAT_FLOAT64, 1e-10);
    check_golden(&goldens[_i], PLEAT_FLOAT32, 1e-4);
}
END_TEST

/* Nothing is allocated once the optimizer is there. */
START_TEST(training_allocates_nothing) {
    struct training t = training_create(&goldens[_i], PLEAT_FLOAT32, 2);
    failing_memory_arm(0);
    for (int step = 0; step < 2; step++)
        train_step(&t);
    failing_memory_arm(-1);
    training_free(&t);
}
END_TEST

/* Trains on images large enough for several threads, and returns all parameters and states. */
static double *train_large(const struct golden *small, enum pleat_dtype dtype, int threads,
                           int64_t *count) {
    struct golden g = *small;
    for (int i = 0; i < PLEAT_MAX_AXES; i++)
        g.extent[i] *= g.extent[2] > 0 ? 6 : g.extent[1] > 0 ? 16 : 3000;
    g.batch = g.extent[0] > 0 ? 3 : 300;
    struct training t = training_create(&g, dtype, threads);
    for (int step = 0; step < 3; step++)
        train_step(&t);
    double *copy = NULL;
    *count = 0;
    const int parameters = pleat_model_parameter_count(t.model);
    for (int i = 0; i < parameters + pleat_model_state_count(t.model); i++) {
        const struct pleat_tensor value = i < parameters
                                              ? pleat_model_parameter(t.model, i).value
                                              : pleat_model_state(t.model, i - parameters).value;
        copy = realloc(copy, (size_t)(*count + pleat_tensor_size(&value)) * sizeof *copy);
        for (int64_t k = 0; k < pleat_tensor_size(&value); k++)
            copy[(*count)++] = tensor_get(&value, k);
    }
    training_free(&t);
    return copy;
}

START_TEST(same_bits_for_any_threads) {
    const enum pleat_dtype dtype = _i % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    int64_t count;
    double *expected = train_large(&goldens[_i / 2], dtype, 1, &count);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(expected[i]))
            ck_abort_msg("number %lld", (long long)i);
    for (int threads = 2; threads <= 3; threads++) {
        double *got = train_large(&goldens[_i / 2], dtype, threads, &count);
        ck_assert_mem_eq(got, expected, (size_t)count * sizeof *got);
        free(got);
    }
    free(expected);
}
END_TEST

static Suite *suite(void) {
    const int count = (int)(sizeof goldens / sizeof *goldens);
    Suite *result = suite_create("network goldens");
    suite_add_loop(result, "as PyTorch", as_pytorch, count);
    suite_add_loop(result, "training allocates nothing", training_allocates_nothing, count);
    suite_add_loop(result, "same bits for any threads", same_bits_for_any_threads, 2 * count);
    return result;
}

int main(void) {
    return run_suite(suite());
}
