/* The graph behind models: values with several readers, layers with several inputs, and where
 * compile places all of it. Such layers are not public yet; the tests add one of
 * their own through the table of functions. */
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "nn/model/graph.h"
#include "nn/model/layout.h"
#include "suites.h"
#include "support.h"

/* The layer z = a b, elementwise, in double. */
static enum pleat_status product_prepare(const struct pleat__layer *layer,
                                         const struct pleat_tensor *input,
                                         const struct pleat_plan_options *options,
                                         struct pleat__needs *needs, struct pleat_error *error) {
    (void)layer, (void)options, (void)error;
    needs->output = input[0];
    return PLEAT_OK;
}

static enum pleat_status product_forward(const struct pleat__layer_call *call,
                                         struct pleat_error *error) {
    (void)error;
    const double *a = call->input[0].data, *b = call->input[1].data;
    double *z = call->output.data;
    for (int64_t i = 0; i < pleat_tensor_size(&call->output); i++)
        z[i] = a[i] * b[i];
    return PLEAT_OK;
}

static enum pleat_status product_backward(const struct pleat__layer_call *call,
                                          struct pleat_error *error) {
    (void)error;
    const double *a = call->input[0].data, *b = call->input[1].data, *gz = call->grad_output.data;
    double *ga = call->grad_input[0].data, *gb = call->grad_input[1].data;
    for (int64_t i = 0; i < pleat_tensor_size(&call->output); i++) {
        if (ga != NULL)
            ga[i] = gz[i] * b[i];
        if (gb != NULL)
            gb[i] = gz[i] * a[i];
    }
    return PLEAT_OK;
}

static const struct pleat__layer_kind product_kind = {.backward_reads_input = true,
                                                      .prepare = product_prepare,
                                                      .forward = product_forward,
                                                      .backward = product_backward};

static void add_product(struct pleat_model *model, const char *name, const char *a, const char *b) {
    const char *const inputs[] = {a, b};
    struct pleat__layer layer = {.kind = &product_kind};
    OK(pleat__model_layer_shape, model, a, &layer.channels, &layer.rank);
    OK(pleat__model_add_layer, model, &layer, sizeof layer, name, 2, inputs, 0, NULL);
}

static void add_conv(struct pleat_model *model, const char *name, const char *input, int channels,
                     int out_channels) {
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, channels, out_channels, 3, 1, 1);
    OK(pleat_model_add_conv, model, name, input, &params, 1);
}

/* Every value but the last has two readers, some of them one layer twice; activations stand where
 * running in place would destroy what is read later, and where it would not. */
static struct pleat_model *knot(void) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT64);
    OK(pleat_model_add_input, model, "image", 2, 2);
    add_conv(model, "a", "image", 2, 2);
    OK(pleat_model_add_leaky_relu, model, "b", "a", 0.3);
    OK(pleat_model_add_tanh, model, "c", "a");
    add_conv(model, "d", "b", 2, 2);
    add_product(model, "e", "d", "b");
    add_product(model, "f", "c", "c");
    add_product(model, "g", "e", "f");
    OK(pleat_model_add_prelu, model, "h", "g");
    OK(pleat_model_add_sigmoid, model, "i", "h");
    add_product(model, "j", "h", "image");
    add_product(model, "k", "i", "j");
    OK(pleat_model_add_sigmoid, model, "l", "k");
    add_product(model, "m", "g", "l");
    fill_parameters(model, 0.7, 21);
    return model;
}

START_TEST(several_readers) {
    struct pleat_model *model = knot();
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 4, 3, 0);
    check_model_gradients(model, &options, 5);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Gradients of parameters do not depend on whether the input's is wanted. */
START_TEST(input_gradient_is_optional) {
    struct pleat_model *model = knot();
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 4, 3, 0);
    struct pleat_tensor x, gy;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 4, (int64_t[]){2, 2, 4, 3});
    OK(pleat_tensor_allocate, &gy, PLEAT_FLOAT64, 4, (int64_t[]){2, 2, 4, 3});
    struct pleat_random random = pleat_random_seed(1);
    fill_reals(&x, &random);
    fill_reals(&gy, &random);
    void *expected = NULL;
    for (options.input_gradient = 1; options.input_gradient >= 0; options.input_gradient--) {
        OK(pleat_model_compile, model, &options);
        pleat_model_zero_grad(model);
        OK(pleat_model_forward, model, &x);
        void *output = tensor_bytes(pleat_model_output(model));
        OK(pleat_model_backward, model, &gy);
        assert_bytes(pleat_model_output(model), output, "output after backward");
        free(output);
        ck_assert(model->block_bytes > 0);
        if (expected == NULL) {
            expected = malloc(model->block_bytes);
            memcpy(expected, model->grads, model->block_bytes);
            ck_assert_ptr_nonnull(pleat_model_input_gradient(model));
        } else
            ck_assert_ptr_null(pleat_model_input_gradient(model));
        ck_assert_mem_eq(model->grads, expected, model->block_bytes);
    }
    free(expected);
    pleat_tensor_free(&x);
    pleat_tensor_free(&gy);
    pleat_model_free(model);
}
END_TEST

/* Inference, with memory that is used again and again, computes what training does. */
START_TEST(inference_is_the_same) {
    struct pleat_model *model = knot();
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 4, 3, 0);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 4, (int64_t[]){2, 2, 4, 3});
    struct pleat_random random = pleat_random_seed(1);
    fill_reals(&x, &random);
    OK(pleat_model_compile, model, &options);
    const size_t training_bytes = model->program->activation_bytes;
    OK(pleat_model_forward, model, &x);
    void *expected = tensor_bytes(pleat_model_output(model));
    options.mode = PLEAT_INFERENCE;
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_forward, model, &x);
    assert_bytes(pleat_model_output(model), expected, "inference");
    ck_assert_uint_lt(2 * model->program->activation_bytes, training_bytes);
    free(expected);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

static const void *value_of(const struct pleat_model *model, int layer) {
    return model->program->step[layer].value.data;
}

/* Activations run in the memory of what they read, where nobody reads it later; a deep chain in
 * inference needs two values at a time. */
START_TEST(memory_is_shared) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_relu, model, "0", "image");
    const char *before = "0", *names[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    for (int i = 0; i < 8; i += 2) {
        add_conv(model, names[i], before, 2, 2);
        OK(pleat_model_add_relu, model, names[i + 1], names[i]);
        before = names[i + 1];
    }
    OK(pleat_model_add_tanh, model, "tanh", before);
    const size_t image = 2 * 16 * 16 * sizeof(float);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 16, 16, 0);
    options.input_gradient = 1;
    OK(pleat_model_compile, model, &options);
    for (int i = 2; i < 10; i += 2)
        ck_assert_ptr_eq(value_of(model, i), value_of(model, i + 1));
    ck_assert_ptr_ne(value_of(model, 9), value_of(model, 10)); /* the ReLU needs its output */
    ck_assert_uint_le(model->program->activation_bytes, (1 + 4 + 1 + 3) * image);
    options = compile_options(PLEAT_INFERENCE, 1, 16, 16, 0);
    OK(pleat_model_compile, model, &options);
    ck_assert_ptr_eq(value_of(model, 9), value_of(model, 10));
    ck_assert_uint_eq(model->program->activation_bytes, 2 * image);
    pleat_model_free(model);
}
END_TEST

/* Random lives and sizes: buffers that live together never overlap. */
START_TEST(layout) {
    enum { COUNT = 40 };
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    struct pleat__buffer buffer[COUNT] = {{0}};
    size_t wanted[COUNT], sum = 0;
    for (int i = 0; i < COUNT; i++) {
        wanted[i] = (size_t)pleat_random_below(&random, 1000);
        buffer[i].bytes = wanted[i];
        buffer[i].first = (int)pleat_random_below(&random, 30);
        buffer[i].last = buffer[i].first + (int)pleat_random_below(&random, 10) - 1;
        if (buffer[i].first <= buffer[i].last)
            sum += (wanted[i] + 63) / 64 * 64;
    }
    size_t total;
    ck_assert(pleat__layout(buffer, COUNT, &total));
    ck_assert_uint_lt(total, sum);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(buffer[i].offset % 64, 0);
        if (buffer[i].first > buffer[i].last)
            continue;
        ck_assert_uint_le(buffer[i].offset + wanted[i], total);
        for (int j = 0; j < i; j++) {
            const bool together = buffer[i].first <= buffer[j].last &&
                                  buffer[j].first <= buffer[i].last &&
                                  buffer[j].first <= buffer[j].last;
            const bool overlap = buffer[i].offset < buffer[j].offset + wanted[j] &&
                                 buffer[j].offset < buffer[i].offset + wanted[i];
            ck_assert_msg(!together || !overlap, "buffers %d and %d overlap", i, j);
        }
    }
}
END_TEST

START_TEST(layout_overflow) {
    struct pleat__buffer buffer[] = {{.bytes = SIZE_MAX / 2, .last = 1},
                                     {.bytes = SIZE_MAX / 2, .last = 1},
                                     {.bytes = SIZE_MAX / 2, .last = 1}};
    size_t total;
    ck_assert(!pleat__layout(buffer, 3, &total));
    struct pleat__buffer one = {.bytes = SIZE_MAX - 1};
    ck_assert(!pleat__layout(&one, 1, &total));
    ck_assert(pleat__layout(NULL, 0, &total) && total == 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("graph");
    suite_add_loop(result, "several readers", several_readers, 1);
    suite_add_loop(result, "input gradient is optional", input_gradient_is_optional, 1);
    suite_add_loop(result, "inference is the same", inference_is_the_same, 1);
    suite_add_loop(result, "memory is shared", memory_is_shared, 1);
    suite_add_loop(result, "layout", layout, 20);
    suite_add_loop(result, "layout overflow", layout_overflow, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
