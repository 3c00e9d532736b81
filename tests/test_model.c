/* Building and compiling models: names, parameters, every refusal, every failing allocation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE,
                               type = PLEAT_TYPE_MISMATCH, state = PLEAT_WRONG_STATE;

static struct pleat_conv_params conv_params(void) {
    return pleat_conv_params_init(2, 3, 4, 3, 2, 1);
}

static struct pleat_model *with_input(void) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 3, 2);
    return model;
}

START_TEST(creation) {
    struct pleat_model *model = NULL;
    REFUSED(argument, "model", pleat_model_create, NULL, PLEAT_FLOAT32);
    REFUSED(argument, "dtype", pleat_model_create, &model, (enum pleat_dtype)7);
    failing_memory_arm(0);
    REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_model_create, &model, PLEAT_FLOAT32);
    failing_memory_arm(-1);
    ck_assert_ptr_null(model);
    OK(pleat_model_create, &model, PLEAT_FLOAT64);
    ck_assert_int_eq(pleat_model_dtype(model), PLEAT_FLOAT64);
    ck_assert_int_eq(pleat_model_parameter_count(model), 0);
    ck_assert_int_eq(pleat_model_parameter_count(NULL), 0);
    ck_assert_ptr_null(pleat_model_output(model));
    ck_assert_ptr_null(pleat_model_output(NULL));
    ck_assert_ptr_null(pleat_model_input_gradient(model));
    ck_assert_ptr_null(pleat_model_input_gradient(NULL));
    pleat_model_zero_grad(model);
    pleat_model_zero_grad(NULL);
    pleat_model_free(model);
    pleat_model_free(NULL);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static void assert_extents(const struct pleat_tensor *tensor, int rank, const int64_t *extent) {
    ck_assert_int_eq(tensor->rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(tensor->extent[i], extent[i]);
}

/* Names, extents and first values of parameters, before any compile. */
START_TEST(parameters) {
    struct pleat_model *model = with_input();
    struct pleat_conv_params params = pleat_conv_params_init(2, 3, 6, 3, 2, 1);
    params.groups = 3;
    params.axis[1].kernel = 5;
    OK(pleat_model_add_conv_transpose, model, "body.0", "image", &params, 1);
    params.in_channels = 6;
    params.out_channels = 9;
    OK(pleat_model_add_conv, model, "body.1", "body.0", &params, 0);
    OK(pleat_model_add_prelu, model, "act", "body.1");
    static const struct {
        const char *name, *layer;
        int rank;
        int64_t extent[4];
        double value;
    } expected[] = {{"body.0.weight", "body.0", 4, {3, 2, 3, 5}, 0},
                    {"body.0.bias", "body.0", 1, {6}, 0},
                    {"body.1.weight", "body.1", 4, {9, 2, 3, 5}, 0},
                    {"act.weight", "act", 1, {9}, 0.25}};
    ck_assert_int_eq(pleat_model_parameter_count(model), 4);
    for (int i = 0; i < 4; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        ck_assert_str_eq(p.name, expected[i].name);
        ck_assert_str_eq(p.layer, expected[i].layer);
        assert_extents(&p.value, expected[i].rank, expected[i].extent);
        assert_extents(&p.grad, expected[i].rank, expected[i].extent);
        ck_assert(p.value.dtype == PLEAT_FLOAT32 && p.grad.dtype == PLEAT_FLOAT32);
        ck_assert(p.grad.data == NULL && p.rate == 1);
        ck_assert_uint_eq((uintptr_t)p.value.data % 64, 0);
        for (int64_t k = 0; k < pleat_tensor_size(&p.value); k++)
            ck_assert(tensor_get(&p.value, k) == expected[i].value);
        ck_assert_int_eq(pleat_model_find_parameter(model, expected[i].name), i);
    }
    ck_assert_int_eq(pleat_model_find_parameter(model, "body.0"), -1);
    ck_assert_int_eq(pleat_model_find_parameter(model, NULL), -1);
    ck_assert_int_eq(pleat_model_find_parameter(NULL, "act.weight"), -1);
    ck_assert_ptr_null(pleat_model_parameter(model, -1).name);
    ck_assert_ptr_null(pleat_model_parameter(model, 4).value.data);
    ck_assert_ptr_null(pleat_model_parameter(NULL, 0).name);
    REFUSED(argument, "index", pleat_model_set_rate, model, 4, 1.0);
    REFUSED(argument, "index", pleat_model_set_rate, model, -1, 1.0);
    REFUSED(argument, "rate", pleat_model_set_rate, model, 0, -1.0);
    REFUSED(argument, "rate", pleat_model_set_rate, model, 0, (double)NAN);
    REFUSED(argument, "model", pleat_model_set_rate, NULL, 0, 1.0);
    pleat_model_free(model);
}
END_TEST

/* Values written before further layers are added, and between compiles, stay. */
START_TEST(values_stay) {
    struct pleat_model *model = with_input();
    const struct pleat_conv_params params = pleat_conv_params_init(2, 3, 3, 3, 1, 1);
    const char *names[] = {"image", "a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        OK(pleat_model_add_conv, model, names[i + 1], names[i], &params, 1);
        const struct pleat_parameter p = pleat_model_parameter(model, 2 * i);
        fill_value(&p.value, i + 1);
    }
    for (int mode = 0; mode < 3; mode++) {
        for (int i = 0; i < 6; i++) {
            const struct pleat_parameter p = pleat_model_parameter(model, i);
            for (int64_t k = 0; k < pleat_tensor_size(&p.value); k++)
                ck_assert(tensor_get(&p.value, k) == (i % 2 == 0 ? i / 2 + 1 : 0));
        }
        const struct pleat_compile_options options =
            compile_options(mode == 1 ? PLEAT_TRAINING : PLEAT_INFERENCE, 1 + mode, 5, 4 + mode, 0);
        const void *data = pleat_model_parameter(model, 0).value.data;
        OK(pleat_model_compile, model, &options);
        ck_assert_ptr_eq(pleat_model_parameter(model, 0).value.data, data);
        ck_assert((pleat_model_parameter(model, 0).grad.data != NULL) == (mode >= 1));
        assert_extents(pleat_model_output(model), 4, (int64_t[]){1 + mode, 3, 5, 4 + mode});
    }
    pleat_model_free(model);
}
END_TEST

START_TEST(add_refusals) {
    struct pleat_model *model;
    const struct pleat_conv_params good = conv_params();
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    REFUSED(argument, "channels", pleat_model_add_input, model, "image", 0, 2);
    REFUSED(argument, "rank", pleat_model_add_input, model, "image", 1, -1);
    REFUSED(argument, "rank", pleat_model_add_input, model, "image", 1, 4);
    REFUSED(argument, "model", pleat_model_add_input, NULL, "image", 1, 2);
    REFUSED(argument, "name", pleat_model_add_input, model, NULL, 1, 2);
    REFUSED(argument, "1 to 95", pleat_model_add_input, model, "", 1, 2);
    char name[PLEAT_MAX_NAME + 2];
    memset(name, 'n', sizeof name);
    name[PLEAT_MAX_NAME + 1] = '\0';
    REFUSED(argument, "1 to 95", pleat_model_add_input, model, name, 1, 2);
    REFUSED(argument, "\"image\"", pleat_model_add_conv, model, "conv", "image", &good, 1);
    OK(pleat_model_add_input, model, "image", 3, 2);
    name[PLEAT_MAX_NAME] = '\0';
    OK(pleat_model_add_conv, model, name, "image", &good, 1);
    const struct pleat_parameter longest = pleat_model_parameter(model, 0);
    ck_assert_uint_eq(strlen(longest.name), PLEAT_MAX_NAME + strlen(".weight"));
    REFUSED(argument, "name of its own", pleat_model_add_relu, model, name, "image");
    REFUSED(argument, "\"nowhere\"", pleat_model_add_relu, model, "relu", "nowhere");
    REFUSED(argument, "input", pleat_model_add_relu, model, "relu", NULL);
    REFUSED(argument, "name", pleat_model_add_relu, model, NULL, "image");
    REFUSED(argument, "model", pleat_model_add_relu, NULL, "relu", "image");
    REFUSED(argument, "model", pleat_model_add_prelu, NULL, "relu", "image");
    REFUSED(argument, "slope", pleat_model_add_leaky_relu, model, "leaky", "image", -0.1);
    REFUSED(argument, "slope", pleat_model_add_leaky_relu, model, "leaky", "image", (double)NAN);
    REFUSED(argument, "slope", pleat_model_add_leaky_relu, model, "leaky", "image",
            (double)INFINITY);
    REFUSED(argument, "name", pleat_model_add_conv, model, NULL, "image", &good, 1);
    REFUSED(argument, "params", pleat_model_add_conv, model, "conv", "image", NULL, 1);
    REFUSED(argument, "model", pleat_model_add_conv_transpose, NULL, "conv", "image", &good, 1);
    REFUSED(argument, "input", pleat_model_add_conv, model, "conv", NULL, &good, 1);
    ck_assert_int_eq(pleat_model_parameter_count(model), 2);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(conv_refusals) {
    struct pleat_model *model = with_input();
    const struct pleat_conv_params good = conv_params();
    struct pleat_conv_params bad = good;
    bad.axis[0].stride = 0;
    REFUSED(argument, "layer \"up\": stride_h must be at least 1, got 0",
            pleat_model_add_conv_transpose, model, "up", "image", &bad, 1);
    bad = good;
    bad.groups = 2;
    REFUSED(shape, "layer \"up\": groups", pleat_model_add_conv, model, "up", "image", &bad, 1);
    bad = good;
    bad.in_channels = 4;
    REFUSED(shape, "in_channels must be 3", pleat_model_add_conv, model, "up", "image", &bad, 1);
    bad = good;
    bad.rank = 1;
    REFUSED(shape, "rank must be 2", pleat_model_add_conv, model, "up", "image", &bad, 1);
    bad = good;
    bad.rank = 4;
    REFUSED(argument, "rank", pleat_model_add_conv, model, "up", "image", &bad, 1);
    bad = good;
    bad.out_channels = INT64_MAX / 2;
    REFUSED(PLEAT_SIZE_OVERFLOW, "", pleat_model_add_conv, model, "up", "image", &bad, 1);
    ck_assert_int_eq(pleat_model_parameter_count(model), 0);
    OK(pleat_model_add_conv, model, "up", "image", &good, 1); /* still usable */
    pleat_model_free(model);
}
END_TEST

START_TEST(compile_refusals) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    const struct pleat_compile_options good = compile_options(PLEAT_TRAINING, 2, 9, 9, 0);
    REFUSED(argument, "one more layer", pleat_model_compile, model, &good);
    OK(pleat_model_add_input, model, "image", 3, 2);
    REFUSED(argument, "one more layer", pleat_model_compile, model, &good);
    struct pleat_conv_params params = conv_params();
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    REFUSED(argument, "model", pleat_model_compile, NULL, &good);
    REFUSED(argument, "options", pleat_model_compile, model, NULL);
    struct pleat_compile_options bad = good;
    bad.mode = (enum pleat_mode)5;
    REFUSED(argument, "mode", pleat_model_compile, model, &bad);
    bad = good;
    bad.batch = 0;
    REFUSED(argument, "batch", pleat_model_compile, model, &bad);
    bad = good;
    bad.threads = -1;
    REFUSED(argument, "threads", pleat_model_compile, model, &bad);
    bad.threads = PLEAT_MAX_THREADS + 1;
    REFUSED(argument, "threads", pleat_model_compile, model, &bad);
    bad = good;
    bad.extent[1] = 0;
    REFUSED(argument, "extent[1]", pleat_model_compile, model, &bad);
    bad = good;
    bad.mode = PLEAT_INFERENCE;
    bad.input_gradient = 1;
    REFUSED(argument, "input_gradient", pleat_model_compile, model, &bad);
    bad = good;
    bad.batch = INT64_MAX / 4;
    REFUSED(PLEAT_SIZE_OVERFLOW, "", pleat_model_compile, model, &bad);
    ck_assert_ptr_null(pleat_model_output(model));

    params.in_channels = 4;
    params.axis[0] = params.axis[1] = pleat_axis_init(5, 1);
    OK(pleat_model_add_conv, model, "deep", "conv", &params, 1);
    bad = good;
    bad.extent[0] = bad.extent[1] = 8;
    REFUSED(shape, "layer \"deep\": kernel_h", pleat_model_compile, model, &bad);
    OK(pleat_model_compile, model, &good);
    assert_extents(pleat_model_output(model), 4, (int64_t[]){2, 4, 1, 1});
    REFUSED(shape, "layer \"deep\"", pleat_model_compile, model, &bad);
    assert_extents(pleat_model_output(model), 4, (int64_t[]){2, 4, 1, 1});
    REFUSED(state, "\"late\"", pleat_model_add_relu, model, "late", "deep");
    REFUSED(state, "\"late\"", pleat_model_add_input, model, "late", 1, 2);
    pleat_model_free(model);

    model = with_input();
    OK(pleat_model_add_relu, model, "loose", "image");
    OK(pleat_model_add_tanh, model, "out", "image");
    REFUSED(argument, "\"loose\"", pleat_model_compile, model, &good);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(execution_refusals) {
    struct pleat_model *model = with_input();
    const struct pleat_conv_params params = conv_params();
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    struct pleat_tensor x, gy, bad;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT32, 4, (int64_t[]){2, 3, 9, 9});
    OK(pleat_tensor_allocate, &gy, PLEAT_FLOAT32, 4, (int64_t[]){2, 4, 5, 5});
    REFUSED(state, "compiled", pleat_model_forward, model, &x);
    REFUSED(state, "compiled", pleat_model_backward, model, &gy);
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 9, 9, 0);
    OK(pleat_model_compile, model, &options);
    for (int64_t i = 0; i < 2 * 4 * 25; i++)
        ck_assert(tensor_get(pleat_model_output(model), i) == 0);
    REFUSED(state, "forward", pleat_model_backward, model, &gy);
    REFUSED(argument, "model", pleat_model_forward, NULL, &x);
    REFUSED(argument, "input", pleat_model_forward, model, NULL);
    bad = x;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED(type, "input", pleat_model_forward, model, &bad);
    bad = x;
    bad.rank = 3;
    REFUSED(shape, "rank", pleat_model_forward, model, &bad);
    bad = x;
    bad.extent[0] = 3;
    REFUSED(shape, "0 to 2 images", pleat_model_forward, model, &bad);
    bad.extent[0] = -1;
    REFUSED(shape, "0 to 2 images", pleat_model_forward, model, &bad);
    bad = x;
    bad.extent[3] = 8;
    REFUSED(shape, "extent[3] of input must be 9, got 8", pleat_model_forward, model, &bad);
    bad = x;
    bad.data = NULL;
    REFUSED(argument, "input", pleat_model_forward, model, &bad);
    REFUSED(state, "forward", pleat_model_backward, model, &gy);

    OK(pleat_model_forward, model, &x);
    REFUSED(argument, "model", pleat_model_backward, NULL, &gy);
    REFUSED(argument, "grad_output", pleat_model_backward, model, NULL);
    bad = gy;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED(type, "grad_output", pleat_model_backward, model, &bad);
    bad = gy;
    bad.extent[0] = 1;
    REFUSED(shape, "2 images", pleat_model_backward, model, &bad);
    bad = gy;
    bad.extent[1] = 3;
    REFUSED(shape, "grad_output", pleat_model_backward, model, &bad);
    bad = gy;
    bad.data = NULL;
    REFUSED(argument, "grad_output", pleat_model_backward, model, &bad);
    bad.data = pleat_model_output(model)->data;
    REFUSED(argument, "grad_output", pleat_model_backward, model, &bad);
    OK(pleat_model_backward, model, &gy);
    REFUSED(state, "forward", pleat_model_backward, model, &gy); /* one backward a forward */
    OK(pleat_model_forward, model, &x);
    OK(pleat_model_compile, model, &options);
    REFUSED(state, "forward", pleat_model_backward, model, &gy);
    pleat_tensor_free(&x);
    pleat_tensor_free(&gy);
    pleat_model_free(model);
}
END_TEST

/* Calls that build and compile a model, one after the other; each may be tried again. */
static enum pleat_status build(struct pleat_model **model, int call) {
    const struct pleat_conv_params down = conv_params(),
                                   up = pleat_conv_params_init(2, 4, 2, 4, 2, 1);
    const struct pleat_compile_options training = compile_options(PLEAT_TRAINING, 2, 8, 8, 0),
                                       inference = compile_options(PLEAT_INFERENCE, 1, 6, 6, 0);
    switch (call) {
    case 0:
        return pleat_model_create(model, PLEAT_FLOAT32, NULL);
    case 1:
        return pleat_model_add_input(*model, "image", 3, 2, NULL);
    case 2:
        return pleat_model_add_conv(*model, "down", "image", &down, 1, NULL);
    case 3:
        return pleat_model_add_prelu(*model, "prelu", "down", NULL);
    case 4:
        return pleat_model_add_conv_transpose(*model, "up", "prelu", &up, 1, NULL);
    case 5:
        return pleat_model_add_sigmoid(*model, "sigmoid", "up", NULL);
    case 6:
    case 8:
        return pleat_model_compile(*model, &training, NULL);
    default:
        return pleat_model_compile(*model, &inference, NULL);
    }
}

/* Each call fails at its first, second, ... allocation, until it succeeds; a failure leaves
 * nothing behind. */
START_TEST(failing_allocations) {
    struct pleat_model *model = NULL;
    for (int call = 0; call < 9; call++) {
        const long outstanding = failing_memory_outstanding();
        enum pleat_status status = PLEAT_OUT_OF_MEMORY;
        long k = 0;
        for (; status != PLEAT_OK; k++) {
            ck_assert_msg(k < 50, "call %d never succeeds", call);
            const int count = pleat_model_parameter_count(model);
            failing_memory_arm(k);
            status = build(&model, call);
            failing_memory_arm(-1);
            if (status == PLEAT_OK)
                continue;
            ck_assert_int_eq(status, PLEAT_OUT_OF_MEMORY);
            ck_assert_int_eq(failing_memory_outstanding(), outstanding);
            ck_assert_int_eq(pleat_model_parameter_count(model), count);
        }
        ck_assert_int_gt(k, 1);
    }
    struct pleat_tensor x, gy;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT32, 4, (int64_t[]){2, 3, 8, 8});
    OK(pleat_model_forward, model, &x);
    const struct pleat_tensor *output = pleat_model_output(model);
    OK(pleat_tensor_allocate, &gy, PLEAT_FLOAT32, 4, output->extent);
    OK(pleat_model_backward, model, &gy);
    pleat_tensor_free(&gy);
    pleat_tensor_free(&x);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("model");
    suite_add_loop(result, "creation", creation, 1);
    suite_add_loop(result, "parameters", parameters, 1);
    suite_add_loop(result, "values stay", values_stay, 1);
    suite_add_loop(result, "add refusals", add_refusals, 1);
    suite_add_loop(result, "conv refusals", conv_refusals, 1);
    suite_add_loop(result, "compile refusals", compile_refusals, 1);
    suite_add_loop(result, "execution refusals", execution_refusals, 1);
    suite_add_loop(result, "failing allocations", failing_allocations, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
