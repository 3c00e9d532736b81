/* Models with several inputs and outputs, layers that join, and layers that share parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "nn/model/graph.h"
#include "suites.h"
#include "support.h"

static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE,
                               state = PLEAT_WRONG_STATE, unsupported = PLEAT_UNSUPPORTED;

static void add_conv(struct pleat_model *model, const char *name, const char *input, int channels,
                     int out_channels) {
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, channels, out_channels, 3, 1, 1);
    OK(pleat_model_add_conv, model, name, input, &params, 1);
}

/* Two images of different sizes, the larger one shrunk by a convolution; a convolution that three
 * layers share, one of them reading the output of another; outputs that others read, and one that
 * none reads; sums and concatenations of repeated inputs. */
static struct pleat_model *net(enum pleat_dtype dtype) {
    struct pleat_model *model;
    const struct pleat_conv_params down = pleat_conv_params_init(2, 3, 2, 3, 2, 1);
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "small", 2, 2);
    add_conv(model, "shared", "small", 2, 2);
    OK(pleat_model_add_input, model, "large", 3, 2);
    OK(pleat_model_add_conv, model, "down", "large", &down, 1);
    OK(pleat_model_add_shared, model, "again", "down", "shared");
    OK(pleat_model_add_tanh, model, "tanh", "again");
    OK(pleat_model_add_shared, model, "thrice", "tanh", "again");
    OK(pleat_model_add_sum, model, "sum", 3, ((const char *[]){"shared", "thrice", "shared"}));
    OK(pleat_model_add_prelu, model, "prelu", "sum");
    OK(pleat_model_add_concatenate, model, "all", 4,
       ((const char *[]){"prelu", "small", "tanh", "prelu"}));
    add_conv(model, "last", "all", 8, 1);
    OK(pleat_model_add_sum, model, "twice", 2, ((const char *[]){"last", "last"}));
    OK(pleat_model_mark_output, model, "twice");
    OK(pleat_model_mark_output, model, "prelu");
    OK(pleat_model_mark_output, model, "last");
    fill_parameters(model, 0.7, 3);
    return model;
}

static const int64_t extents[2][PLEAT_MAX_AXES] = {{4, 3}, {7, 6}};

static struct pleat_compile_options net_options(enum pleat_mode mode) {
    struct pleat_compile_options options = compile_options(mode, 2, 0, 0, 0);
    options.input_extent = extents;
    return options;
}

START_TEST(gradients) {
    struct pleat_model *model = net(PLEAT_FLOAT64);
    const struct pleat_compile_options options = net_options(PLEAT_TRAINING);
    check_model_gradients(model, &options, 9);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(names_and_numbers) {
    struct pleat_model *model = net(PLEAT_FLOAT32);
    ck_assert_int_eq(pleat_model_input_count(model), 2);
    ck_assert_int_eq(pleat_model_output_count(model), 3);
    ck_assert_int_eq(pleat_model_input_count(NULL), 0);
    ck_assert_int_eq(pleat_model_output_count(NULL), 0);
    ck_assert_int_eq(pleat_model_find_input(model, "small"), 0);
    ck_assert_int_eq(pleat_model_find_input(model, "large"), 1);
    ck_assert_int_eq(pleat_model_find_input(model, "shared"), -1);
    ck_assert_int_eq(pleat_model_find_input(model, NULL), -1);
    ck_assert_int_eq(pleat_model_find_output(model, "twice"), 0);
    ck_assert_int_eq(pleat_model_find_output(model, "prelu"), 1);
    ck_assert_int_eq(pleat_model_find_output(model, "last"), 2);
    ck_assert_int_eq(pleat_model_find_output(model, "sum"), -1);
    ck_assert_int_eq(pleat_model_find_output(NULL, "sum"), -1);
    /* shared, down, prelu, last: what is shared exists once */
    ck_assert_int_eq(pleat_model_parameter_count(model), 7);
    ck_assert_int_eq(pleat_model_find_parameter(model, "again.weight"), -1);
    ck_assert_ptr_null(pleat_model_output_at(model, 0));
    const struct pleat_compile_options options = net_options(PLEAT_INFERENCE);
    OK(pleat_model_compile, model, &options);
    ck_assert_ptr_eq(pleat_model_output(model), pleat_model_output_at(model, 0));
    ck_assert_int_eq(pleat_model_output_at(model, 1)->extent[1], 2);
    ck_assert_int_eq(pleat_model_output_at(model, 2)->extent[1], 1);
    ck_assert_ptr_null(pleat_model_output_at(model, 3));
    ck_assert_ptr_null(pleat_model_output_at(model, -1));
    ck_assert_ptr_null(pleat_model_input_gradient_at(model, 1));
    pleat_model_free(model);
}
END_TEST

/* A model of one chain has one output without being told. */
START_TEST(unmarked) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    ck_assert_int_eq(pleat_model_output_count(model), 0);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_relu, model, "relu", "image");
    ck_assert_int_eq(pleat_model_output_count(model), 1);
    ck_assert_int_eq(pleat_model_find_output(model, "relu"), 0);
    pleat_model_free(model);
}
END_TEST

struct run {
    struct pleat_model *model;
    struct pleat_tensor input[2], grad_output[3];
};

static struct run run_create(enum pleat_dtype dtype, const struct pleat_compile_options *options) {
    struct run run = {.model = net(dtype)};
    struct pleat_random random = pleat_random_seed(5);
    OK(pleat_model_compile, run.model, options);
    OK(pleat_tensor_allocate, &run.input[0], dtype, 4, (int64_t[]){2, 2, 4, 3});
    OK(pleat_tensor_allocate, &run.input[1], dtype, 4, (int64_t[]){2, 3, 7, 6});
    for (int i = 0; i < 2; i++)
        fill_reals(&run.input[i], &random);
    for (int i = 0; i < 3; i++) {
        const struct pleat_tensor *y = pleat_model_output_at(run.model, i);
        OK(pleat_tensor_allocate, &run.grad_output[i], dtype, y->rank, y->extent);
        fill_reals(&run.grad_output[i], &random);
    }
    return run;
}

static void run_free(struct run *run) {
    pleat_model_free(run->model);
    for (int i = 0; i < 2; i++)
        pleat_tensor_free(&run->input[i]);
    for (int i = 0; i < 3; i++)
        pleat_tensor_free(&run->grad_output[i]);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* Backward writes to none of inputs, outputs and the gradients that it is given; inference gives
 * the same outputs. */
START_TEST(ends_are_left_alone) {
    struct pleat_compile_options options = net_options(PLEAT_TRAINING);
    struct run run = run_create(PLEAT_FLOAT32, &options);
    OK(pleat_model_forward_all, run.model, 2, run.input);
    void *input[2], *output[3], *grad[3];
    for (int i = 0; i < 2; i++)
        input[i] = tensor_bytes(&run.input[i]);
    for (int i = 0; i < 3; i++) {
        output[i] = tensor_bytes(pleat_model_output_at(run.model, i));
        grad[i] = tensor_bytes(&run.grad_output[i]);
    }
    OK(pleat_model_backward_all, run.model, 3, run.grad_output);
    for (int i = 0; i < 2; i++)
        assert_bytes(&run.input[i], input[i], "input");
    for (int i = 0; i < 3; i++) {
        assert_bytes(pleat_model_output_at(run.model, i), output[i], "output");
        assert_bytes(&run.grad_output[i], grad[i], "grad_output");
    }
    options.mode = PLEAT_INFERENCE;
    OK(pleat_model_compile, run.model, &options);
    OK(pleat_model_forward_all, run.model, 2, run.input);
    for (int i = 0; i < 3; i++)
        assert_bytes(pleat_model_output_at(run.model, i), output[i], "inference");
    for (int i = 0; i < 2; i++)
        free(input[i]);
    for (int i = 0; i < 3; i++) {
        free(output[i]);
        free(grad[i]);
    }
    run_free(&run);
}
END_TEST

/* What several layers share gets the sum of what each layer would get alone. */
START_TEST(shared_gradients_add_up) {
    static const char *const names[] = {"a", "b"};
    double *expected = NULL;
    for (int shared = 0; shared < 2; shared++) {
        struct pleat_model *model;
        OK(pleat_model_create, &model, PLEAT_FLOAT64);
        OK(pleat_model_add_input, model, "image", 2, 2);
        OK(pleat_model_add_tanh, model, "tanh", "image");
        add_conv(model, "a", "image", 2, 3);
        if (shared)
            OK(pleat_model_add_shared, model, "b", "tanh", "a");
        else
            add_conv(model, "b", "tanh", 2, 3);
        OK(pleat_model_add_sum, model, "sum", 2, names);
        for (int i = 0; i < pleat_model_parameter_count(model); i++) {
            const struct pleat_parameter p = pleat_model_parameter(model, i);
            struct pleat_random random = pleat_random_seed((uint64_t)i % 2);
            fill_reals(&p.value, &random);
        }
        const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 4, 3, 0);
        OK(pleat_model_compile, model, &options);
        struct pleat_tensor x, gy;
        struct pleat_random random = pleat_random_seed(2);
        OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 4, (int64_t[]){2, 2, 4, 3});
        OK(pleat_tensor_allocate, &gy, PLEAT_FLOAT64, 4, (int64_t[]){2, 3, 4, 3});
        fill_reals(&x, &random);
        fill_reals(&gy, &random);
        OK(pleat_model_forward, model, &x);
        OK(pleat_model_backward, model, &gy);
        const struct pleat_parameter a = pleat_model_parameter(model, 0);
        if (shared) {
            ck_assert_int_eq(pleat_model_parameter_count(model), 2);
            for (int64_t i = 0; i < pleat_tensor_size(&a.grad); i++)
                if (!(fabs(tensor_get(&a.grad, i) - expected[i]) < 1e-13))
                    ck_abort_msg("element %lld", (long long)i);
        } else {
            const struct pleat_parameter b = pleat_model_parameter(model, 2);
            expected = tensor_to_double(&a.grad);
            for (int64_t i = 0; i < pleat_tensor_size(&a.grad); i++)
                expected[i] += tensor_get(&b.grad, i);
        }
        pleat_tensor_free(&x);
        pleat_tensor_free(&gy);
        pleat_model_free(model);
    }
    free(expected);
}
END_TEST

START_TEST(build_refusals) {
    struct pleat_model *model;
    const char *two[] = {"image", "wide"};
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_input, model, "wide", 3, 2);
    OK(pleat_model_add_input, model, "line", 2, 1);
    OK(pleat_model_add_tanh, model, "tanh", "image");
    REFUSED(argument, "model", pleat_model_add_sum, NULL, "sum", 2, two);
    REFUSED(argument, "name", pleat_model_add_sum, model, NULL, 2, two);
    REFUSED(argument, "inputs", pleat_model_add_sum, model, "sum", 2, NULL);
    REFUSED(argument, "1 to 8", pleat_model_add_sum, model, "sum", 0, two);
    REFUSED(argument, "1 to 8", pleat_model_add_concatenate, model, "cat", 9, two);
    REFUSED(argument, "model", pleat_model_add_concatenate, NULL, "cat", 2, two);
    REFUSED(shape, "differ in their channels", pleat_model_add_sum, model, "sum", 2, two);
    two[1] = "line";
    REFUSED(shape, "\"line\" has 1", pleat_model_add_sum, model, "sum", 2, two);
    REFUSED(shape, "\"line\" has 1", pleat_model_add_concatenate, model, "cat", 2, two);
    two[1] = "nowhere";
    REFUSED(argument, "\"nowhere\"", pleat_model_add_concatenate, model, "cat", 2, two);
    two[1] = NULL;
    REFUSED(argument, "input", pleat_model_add_concatenate, model, "cat", 2, two);
    REFUSED(argument, "model", pleat_model_add_shared, NULL, "b", "image", "tanh");
    REFUSED(argument, "original", pleat_model_add_shared, model, "b", "image", NULL);
    REFUSED(argument, "\"nowhere\"", pleat_model_add_shared, model, "b", "image", "nowhere");
    REFUSED(argument, "\"nowhere\"", pleat_model_add_shared, model, "b", "nowhere", "tanh");
    REFUSED(argument, "cannot be shared", pleat_model_add_shared, model, "b", "image", "wide");
    REFUSED(shape, "3 of rank 2", pleat_model_add_shared, model, "b", "wide", "tanh");
    REFUSED(shape, "2 of rank 1", pleat_model_add_shared, model, "b", "line", "tanh");
    REFUSED(argument, "name of its own", pleat_model_add_shared, model, "tanh", "image", "tanh");
    REFUSED(argument, "model", pleat_model_mark_output, NULL, "tanh");
    REFUSED(argument, "name", pleat_model_mark_output, model, NULL);
    REFUSED(argument, "\"nowhere\"", pleat_model_mark_output, model, "nowhere");
    REFUSED(argument, "is an input", pleat_model_mark_output, model, "image");
    OK(pleat_model_mark_output, model, "tanh");
    REFUSED(argument, "already", pleat_model_mark_output, model, "tanh");
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 4, 0);
    REFUSED(argument, "\"wide\"", pleat_model_compile, model, &options);
    OK(pleat_model_add_relu, model, "relu", "wide");
    OK(pleat_model_add_relu, model, "relu1", "line");
    REFUSED(argument, "\"relu\"", pleat_model_compile, model, &options);
    OK(pleat_model_mark_output, model, "relu");
    OK(pleat_model_mark_output, model, "relu1");
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_compile, model, &options);
    pleat_model_free(model);
}
END_TEST

START_TEST(too_many) {
    struct pleat_model *model;
    char name[2] = "a";
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    for (int i = 0; i < PLEAT_MAX_INPUTS; i++, name[0]++)
        OK(pleat_model_add_input, model, name, 2, 2);
    REFUSED(unsupported, "at most 8 inputs", pleat_model_add_input, model, "more", 2, 2);
    for (int i = 0; i < PLEAT_MAX_OUTPUTS + 1; i++, name[0]++) {
        OK(pleat_model_add_relu, model, name, "a");
        if (i < PLEAT_MAX_OUTPUTS)
            OK(pleat_model_mark_output, model, name);
        else
            REFUSED(unsupported, "at most 8 outputs", pleat_model_mark_output, model, name);
    }
    pleat_model_free(model);
}
END_TEST

START_TEST(run_refusals) {
    struct pleat_compile_options options = net_options(PLEAT_TRAINING);
    struct run run = run_create(PLEAT_FLOAT32, &options);
    struct pleat_model *model = run.model;
    struct pleat_tensor bad[3] = {run.input[0], run.input[1]};
    REFUSED(argument, "2 inputs, got 1", pleat_model_forward, model, run.input);
    REFUSED(argument, "2 inputs, got 3", pleat_model_forward_all, model, 3, bad);
    REFUSED(argument, "inputs", pleat_model_forward_all, model, 2, NULL);
    REFUSED(argument, "model", pleat_model_forward_all, NULL, 2, bad);
    bad[1].extent[0] = 1;
    REFUSED(shape, "input of \"large\" must hold 2 images", pleat_model_forward_all, model, 2, bad);
    bad[1] = run.input[0];
    REFUSED(shape, "of input of \"large\" must be 3", pleat_model_forward_all, model, 2, bad);
    OK(pleat_model_forward_all, model, 2, run.input);
    REFUSED(argument, "3 outputs, got 1", pleat_model_backward, model, run.grad_output);
    REFUSED(argument, "3 outputs, got 2", pleat_model_backward_all, model, 2, run.grad_output);
    REFUSED(argument, "grad_outputs", pleat_model_backward_all, model, 3, NULL);
    memcpy(bad, run.grad_output, sizeof bad);
    bad[2].data = pleat_model_output_at(model, 0)->data;
    REFUSED(argument, "grad_output of \"last\"", pleat_model_backward_all, model, 3, bad);
    OK(pleat_model_backward_all, model, 3, run.grad_output);
    REFUSED(state, "\"sum\"", pleat_model_mark_output, model, "sum");
    const int64_t other[2][PLEAT_MAX_AXES] = {{4, 3}, {9, 6}}, none[2][PLEAT_MAX_AXES] = {{4, 3}};
    options.input_extent = other;
    REFUSED(shape, "layer \"sum\": extent[2] of input 1", pleat_model_compile, model, &options);
    options.input_extent = none;
    REFUSED(argument, "\"large\"", pleat_model_compile, model, &options);
    run_free(&run);
}
END_TEST

/* Every call that builds the net fails at its k-th allocation and leaves nothing behind. */
START_TEST(failing_allocations) {
    const char *two[] = {"image", "b"};
    struct pleat_model *model;
    const struct pleat_conv_params params = pleat_conv_params_init(2, 2, 2, 3, 1, 1);
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 4, 4, 0);
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_conv, model, "a", "image", &params, 1);
    for (int call = 0; call < 5; call++) {
        const long outstanding = failing_memory_outstanding();
        enum pleat_status status = PLEAT_OUT_OF_MEMORY;
        long k = 0;
        for (; status != PLEAT_OK; k++) {
            ck_assert_int_lt(k, 50);
            failing_memory_arm(k);
            status = call == 0   ? pleat_model_add_shared(model, "b", "a", "a", NULL)
                     : call == 1 ? pleat_model_add_sum(model, "c", 2, two, NULL)
                     : call == 2 ? pleat_model_add_concatenate(model, "d", 2, two, NULL)
                     : call == 3 ? pleat_model_add_input(model, "e", 1, 0, NULL)
                                 : pleat_model_add_relu(model, "f", "e", NULL);
            failing_memory_arm(-1);
            if (status != PLEAT_OK)
                ck_assert(status == PLEAT_OUT_OF_MEMORY &&
                          failing_memory_outstanding() == outstanding &&
                          pleat_model_input_count(model) == 1 + (call > 3));
        }
        ck_assert_int_gt(k, 1);
    }
    OK(pleat_model_mark_output, model, "c");
    OK(pleat_model_mark_output, model, "d");
    OK(pleat_model_mark_output, model, "f");
    OK(pleat_model_compile, model, &options);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Memory of the activations is laid out once, and less than all of it apart. */
START_TEST(memory_is_reused) {
    struct pleat_compile_options options = net_options(PLEAT_TRAINING);
    struct run run = run_create(PLEAT_FLOAT32, &options);
    const struct pleat__program *program = run.model->program;
    ck_assert_uint_lt(program->activation_bytes, program->apart_bytes);
    const long before = failing_memory_outstanding();
    failing_memory_arm(0);
    for (int i = 0; i < 2; i++) {
        OK(pleat_model_forward_all, run.model, 2, run.input);
        OK(pleat_model_backward_all, run.model, 3, run.grad_output);
    }
    failing_memory_arm(-1);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    run_free(&run);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("ends");
    suite_add_loop(result, "gradients", gradients, 1);
    suite_add_loop(result, "names and numbers", names_and_numbers, 1);
    suite_add_loop(result, "unmarked", unmarked, 1);
    suite_add_loop(result, "ends are left alone", ends_are_left_alone, 1);
    suite_add_loop(result, "shared gradients add up", shared_gradients_add_up, 1);
    suite_add_loop(result, "build refusals", build_refusals, 1);
    suite_add_loop(result, "too many", too_many, 1);
    suite_add_loop(result, "run refusals", run_refusals, 1);
    suite_add_loop(result, "failing allocations", failing_allocations, 1);
    suite_add_loop(result, "memory is reused", memory_is_reused, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
