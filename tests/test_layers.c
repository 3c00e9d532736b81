/* Every kind of layer: what it computes, and its gradients by finite differences. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

/* A network of one or two layers for each kind, in double. */
struct layer_case {
    const char *what;
    void (*add)(struct pleat_model *model);
    int64_t channels, batch, extent[PLEAT_MAX_AXES];
    int rank;
};

static void add_conv(struct pleat_model *model) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 4, 6, 3, 2, 1);
    params.groups = 2;
    params.axis[1].kernel = 2;
    params.axis[1].padding_end = 0;
    OK(pleat_model_add_conv, model, "layer", "image", &params, 1);
}

static void add_conv_1d(struct pleat_model *model) {
    const struct pleat_conv_params params = pleat_conv_params_init(1, 4, 3, 3, 1, 2);
    OK(pleat_model_add_conv, model, "layer", "image", &params, 0);
}

static void add_conv_transpose(struct pleat_model *model) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 4, 6, 3, 2, 1);
    params.groups = 2;
    params.axis[0].output_padding = 1;
    params.axis[1].dilation = 2;
    OK(pleat_model_add_conv_transpose, model, "layer", "image", &params, 1);
}

static void add_conv_transpose_3d(struct pleat_model *model) {
    const struct pleat_conv_params params = pleat_conv_params_init(3, 4, 2, 3, 2, 1);
    OK(pleat_model_add_conv_transpose, model, "layer", "image", &params, 1);
}

static void add_relu(struct pleat_model *model) {
    OK(pleat_model_add_relu, model, "layer", "image");
}

static void add_leaky_relu(struct pleat_model *model) {
    OK(pleat_model_add_leaky_relu, model, "layer", "image", 0.1);
}

static void add_prelu(struct pleat_model *model) {
    OK(pleat_model_add_prelu, model, "layer", "image");
}

static void add_sigmoid(struct pleat_model *model) {
    OK(pleat_model_add_sigmoid, model, "layer", "image");
}

static void add_tanh(struct pleat_model *model) {
    OK(pleat_model_add_tanh, model, "layer", "image");
}

/* Activations behind one another, so that they run in place, after a layer and at the end. */
static void add_chain(struct pleat_model *model) {
    const struct pleat_conv_params params = pleat_conv_params_init(2, 4, 3, 3, 1, 1);
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    OK(pleat_model_add_leaky_relu, model, "leaky", "conv", 0.2);
    OK(pleat_model_add_prelu, model, "prelu", "leaky");
    OK(pleat_model_add_tanh, model, "tanh", "prelu");
    OK(pleat_model_add_prelu, model, "prelu2", "tanh");
    OK(pleat_model_add_sigmoid, model, "sigmoid", "prelu2");
}

static void add_batch_norm(struct pleat_model *model) {
    OK(pleat_model_add_batch_norm, model, "layer", "image", NULL);
}

static void add_max_pool(struct pleat_model *model) {
    struct pleat_pool_params params = pleat_pool_params_init(2, 2, 2, 0);
    params.axis[1] = (struct pleat_pool_axis){.kernel = 4, .stride = 1, .padding = 2};
    OK(pleat_model_add_max_pool, model, "layer", "image", &params);
}

static void add_max_pool_1d(struct pleat_model *model) {
    const struct pleat_pool_params params = pleat_pool_params_init(1, 2, 3, 1);
    OK(pleat_model_add_max_pool, model, "layer", "image", &params);
}

static void add_max_pool_3d(struct pleat_model *model) {
    const struct pleat_pool_params params = pleat_pool_params_init(3, 3, 2, 1);
    OK(pleat_model_add_max_pool, model, "layer", "image", &params);
}

static void add_dense(struct pleat_model *model) {
    OK(pleat_model_add_dense, model, "layer", "image", 5, 1);
    OK(pleat_model_add_dense, model, "second", "layer", 2, 0);
}

/* In the input's memory, and apart from it. */
static void add_reshape(struct pleat_model *model) {
    OK(pleat_model_add_reshape, model, "flat", "image", 24, 0, NULL);
    OK(pleat_model_add_dense, model, "dense", "flat", 12, 1);
    OK(pleat_model_add_reshape, model, "layer", "dense", 2, 3, ((int64_t[]){1, 3, 2}));
    OK(pleat_model_add_tanh, model, "tanh", "layer");
}

static void add_nearest(struct pleat_model *model) {
    OK(pleat_model_add_upsample, model, "layer", "image", PLEAT_UPSAMPLE_NEAREST, 2);
}

static void add_linear(struct pleat_model *model) {
    OK(pleat_model_add_upsample, model, "layer", "image", PLEAT_UPSAMPLE_LINEAR, 3);
}

static void add_bilinear(struct pleat_model *model) {
    OK(pleat_model_add_upsample, model, "layer", "image", PLEAT_UPSAMPLE_LINEAR, 2);
}

static void add_pixel_shuffle(struct pleat_model *model) {
    OK(pleat_model_add_pixel_shuffle, model, "layer", "image", 2);
}

static void add_pad(struct pleat_model *model) {
    const struct pleat_pad_params params = {2, {2, -1}, {-3, 4}};
    OK(pleat_model_add_pad, model, "layer", "image", &params);
}

static void add_crop_3d(struct pleat_model *model) {
    const struct pleat_pad_params params = {3, {-1, 0, 1}, {1, -1, 0}};
    OK(pleat_model_add_pad, model, "layer", "image", &params);
}

static void add_softmax(struct pleat_model *model) {
    OK(pleat_model_add_softmax, model, "layer", "image");
}

static void add_dropout(struct pleat_model *model) {
    OK(pleat_model_add_dropout, model, "layer", "image", NULL, 0.4);
    OK(pleat_model_add_tanh, model, "tanh", "layer");
    OK(pleat_model_add_dropout, model, "again", "tanh", NULL, 0.3);
}

static void add_masked_dropout(struct pleat_model *model) {
    OK(pleat_model_add_relu, model, "mask", "image");
    OK(pleat_model_add_sigmoid, model, "sigmoid", "image");
    OK(pleat_model_add_dropout, model, "layer", "sigmoid", "mask", 0.4);
}

static const struct layer_case cases[] = {
    {"conv", add_conv, 4, 2, {5, 6}, 2},
    {"conv 1d, no bias", add_conv_1d, 4, 3, {7}, 1},
    {"conv_transpose", add_conv_transpose, 4, 2, {3, 4}, 2},
    {"conv_transpose 3d", add_conv_transpose_3d, 4, 1, {2, 3, 2}, 3},
    {"relu", add_relu, 3, 2, {4, 5}, 2},
    {"leaky relu", add_leaky_relu, 3, 2, {4, 5}, 2},
    {"prelu", add_prelu, 3, 2, {4, 5}, 2},
    {"sigmoid", add_sigmoid, 3, 2, {4, 5}, 2},
    {"tanh", add_tanh, 3, 2, {4, 5}, 2},
    {"chain", add_chain, 4, 2, {5, 4}, 2},
    {"batch norm", add_batch_norm, 3, 2, {4, 5}, 2},
    {"batch norm 1d", add_batch_norm, 3, 2, {5}, 1},
    {"batch norm of vectors", add_batch_norm, 3, 4, {0}, 0},
    {"max pool", add_max_pool, 2, 2, {5, 6}, 2},
    {"max pool 1d", add_max_pool_1d, 2, 2, {7}, 1},
    {"max pool 3d", add_max_pool_3d, 2, 1, {4, 3, 5}, 3},
    {"dense", add_dense, 4, 3, {0}, 0},
    {"reshape", add_reshape, 2, 2, {4, 3}, 2},
    {"nearest", add_nearest, 2, 2, {3, 4}, 2},
    {"nearest 3d", add_nearest, 2, 1, {2, 1, 3}, 3},
    {"linear", add_linear, 2, 2, {5}, 1},
    {"bilinear", add_bilinear, 2, 2, {4, 3}, 2},
    {"bilinear by 3, one pixel wide", add_linear, 2, 2, {4, 1}, 2},
    {"trilinear", add_bilinear, 1, 2, {2, 3, 2}, 3},
    {"pixel shuffle", add_pixel_shuffle, 8, 2, {3, 4}, 2},
    {"pad", add_pad, 2, 2, {5, 4}, 2},
    {"crop 3d", add_crop_3d, 2, 1, {2, 3, 2}, 3},
    {"softmax", add_softmax, 4, 2, {3, 4}, 2},
    {"softmax of vectors", add_softmax, 5, 3, {0}, 0},
    {"dropout", add_dropout, 2, 2, {4, 5}, 2},
    {"masked dropout", add_masked_dropout, 2, 2, {4, 5}, 2},
    {"batch norm 3d, one image", add_batch_norm, 2, 1, {2, 3, 2}, 3},
};

START_TEST(gradients) {
    const struct layer_case *c = &cases[_i];
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT64);
    OK(pleat_model_add_input, model, "image", c->channels, c->rank);
    c->add(model);
    fill_parameters(model, 0.5, 11);
    const struct pleat_compile_options options =
        compile_options(PLEAT_TRAINING, c->batch, c->extent[0], c->extent[1], c->extent[2]);
    check_model_gradients(model, &options, 7);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* What the activations make of one number, and the derivative there. */
struct value_case {
    void (*add)(struct pleat_model *model);
    double x, y, derivative;
};

static const struct value_case values[] = {
    {add_relu, 2, 2, 1},
    {add_relu, -2, 0, 0},
    {add_relu, 0, 0, 0},
    {add_relu, -INFINITY, 0, 0},
    {add_leaky_relu, 2, 2, 1},
    {add_leaky_relu, -2, -0.2, 0.1},
    {add_leaky_relu, 0, 0, 0.1},
    {add_prelu, 3, 3, 1},
    {add_prelu, -3, -0.75, 0.25},
    {add_prelu, 0, 0, 0.25},
    {add_sigmoid, 0, 0.5, 0.25},
    {add_sigmoid, 2, 0.880797077977882444, 0.104993585403506509},
    {add_sigmoid, -1000, 0, 0},
    {add_sigmoid, 1000, 1, 0},
    {add_tanh, 0.5, 0.462117157260009759, 0.786447732965927413},
    {add_tanh, -1000, -1, 0},
};

static void assert_near(double got, double expected, enum pleat_dtype dtype) {
    ck_assert_msg(fabs(got - expected) <= 4 * dtype_epsilon(dtype), "got %.17g, expected %.17g",
                  got, expected);
}

static void check_value(const struct value_case *c, enum pleat_dtype dtype) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 1, 1);
    c->add(model);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 1, 0, 0);
    options.input_gradient = 1;
    OK(pleat_model_compile, model, &options);
    struct pleat_tensor x, one;
    OK(pleat_tensor_allocate, &x, dtype, 3, (int64_t[]){1, 1, 1});
    OK(pleat_tensor_allocate, &one, dtype, 3, (int64_t[]){1, 1, 1});
    tensor_set(&x, 0, c->x);
    tensor_set(&one, 0, 1);
    OK(pleat_model_forward, model, &x);
    assert_near(tensor_get(pleat_model_output(model), 0), c->y, dtype);
    OK(pleat_model_backward, model, &one);
    assert_near(tensor_get(pleat_model_input_gradient(model), 0), c->derivative, dtype);
    if (pleat_model_parameter_count(model) > 0) { /* the slope's: x where x <= 0 */
        const struct pleat_parameter slope = pleat_model_parameter(model, 0);
        assert_near(tensor_get(&slope.grad, 0), c->x > 0 ? 0 : c->x, dtype);
    }
    pleat_tensor_free(&x);
    pleat_tensor_free(&one);
    pleat_model_free(model);
}

START_TEST(known_values) {
    check_value(&values[_i], PLEAT_FLOAT32);
    check_value(&values[_i], PLEAT_FLOAT64);
}
END_TEST

/* NaN goes through every activation. */
START_TEST(nan_stays) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 4, 2);
    cases[4 + _i].add(model);
    const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 3, 3, 0);
    OK(pleat_model_compile, model, &options);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT32, 4, (int64_t[]){1, 4, 3, 3});
    fill_nan(&x);
    OK(pleat_model_forward, model, &x);
    for (int64_t i = 0; i < pleat_tensor_size(&x); i++)
        ck_assert(isnan(tensor_get(pleat_model_output(model), i)));
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("layers");
    suite_add_loop(result, "gradients", gradients, sizeof cases / sizeof *cases);
    suite_add_loop(result, "known values", known_values, sizeof values / sizeof *values);
    suite_add_loop(result, "NaN stays", nan_stays, 5);
    return result;
}

int main(void) {
    return run_suite(suite());
}
