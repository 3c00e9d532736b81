/* Batch normalisation: its statistics, its two modes, its states. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static struct pleat_model *model_of(enum pleat_dtype dtype,
                                    const struct pleat_batch_norm_params *params) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 2, 1);
    OK(pleat_model_add_batch_norm, model, "norm", "image", params);
    const struct pleat_parameter w = pleat_model_parameter(model, 0),
                                 b = pleat_model_parameter(model, 1);
    for (int c = 0; c < 2; c++) {
        tensor_set(&w.value, c, 2 - c);
        tensor_set(&b.value, c, c - 0.5);
    }
    return model;
}

static void compile(struct pleat_model *model, enum pleat_mode mode, int64_t batch, int64_t extent,
                    int threads) {
    struct pleat_compile_options options = compile_options(mode, batch, extent, 0, 0);
    options.threads = threads;
    OK(pleat_model_compile, model, &options);
}

static void assert_state(const struct pleat_model *model, int index, double a, double b) {
    const struct pleat_state s = pleat_model_state(model, index);
    const double expected[] = {a, b}, terms[] = {1 + fabs(a), 1 + fabs(b)};
    assert_close(&s.value, expected, terms, 4 * dtype_epsilon(s.value.dtype), s.name);
}

/* By hand: channel 0 has the values 1 3 5 7, mean 4, variance 5 (unbiased 20/3); channel 1 has
 * -2 twice and 2 twice, mean 0, variance 4 (unbiased 16/3). */
static const double image[] = {1, 3, -2, 2, 5, 7, 2, -2};

static void check_by_hand(enum pleat_dtype dtype) {
    struct pleat_batch_norm_params params = pleat_batch_norm_params_init();
    ck_assert(params.epsilon == 1e-5 && params.momentum == 0.1);
    params.epsilon = 0.25;
    struct pleat_model *model = model_of(dtype, &params);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, dtype, 3, (int64_t[]){2, 2, 2});
    for (int i = 0; i < 8; i++)
        tensor_set(&x, i, image[i]);
    double expected[8], terms[8];
    for (int i = 0; i < 8; i++) {
        const int c = i / 2 % 2;
        terms[i] = 10;
        expected[i] = c == 0 ? (image[i] - 4) / sqrt(5.25) * 2 - 0.5 : image[i] / sqrt(4.25) + 0.5;
    }
    compile(model, PLEAT_TRAINING, 2, 2, 1);
    OK(pleat_model_forward, model, &x);
    assert_close(pleat_model_output(model), expected, terms, 2 * dtype_epsilon(dtype), "training");
    assert_state(model, 0, 0.4, 0);
    assert_state(model, 1, 0.9 + 2.0 / 3, 0.9 + 1.6 / 3);
    OK(pleat_model_forward, model, &x);
    assert_state(model, 0, 0.76, 0);
    const double v0 = 0.9 * (0.9 + 2.0 / 3) + 2.0 / 3, v1 = 0.9 * (0.9 + 1.6 / 3) + 1.6 / 3;
    assert_state(model, 1, v0, v1);

    for (int i = 0; i < 8; i++)
        expected[i] = i / 2 % 2 == 0 ? (image[i] - 0.76) / sqrt(v0 + 0.25) * 2 - 0.5
                                     : image[i] / sqrt(v1 + 0.25) + 0.5;
    compile(model, PLEAT_INFERENCE, 2, 2, 1);
    OK(pleat_model_forward, model, &x);
    assert_close(pleat_model_output(model), expected, terms, 2 * dtype_epsilon(dtype), "inference");
    assert_state(model, 0, 0.76, 0);
    assert_state(model, 1, v0, v1);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}

START_TEST(by_hand) {
    check_by_hand(PLEAT_FLOAT32);
    check_by_hand(PLEAT_FLOAT64);
}
END_TEST

/* A mean a million times the deviation: one pass over squares would lose it in float. */
START_TEST(large_mean) {
    struct pleat_model *model = model_of(PLEAT_FLOAT32, NULL);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT32, 3, (int64_t[]){1, 2, 1000});
    for (int64_t i = 0; i < 2000; i++)
        tensor_set(&x, i, 1e6 + (i % 2 == 0 ? 1 : -1));
    compile(model, PLEAT_TRAINING, 1, 1000, 1);
    OK(pleat_model_forward, model, &x);
    for (int64_t i = 0; i < 1000; i++)
        if (!(fabs(tensor_get(pleat_model_output(model), i) - (i % 2 == 0 ? 1.5 : -2.5)) < 1e-4))
            ck_abort_msg("pixel %lld", (long long)i);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* No image leaves the statistics alone, one value of a channel too; compile refuses the latter. */
START_TEST(too_few) {
    struct pleat_model *model = model_of(PLEAT_FLOAT64, NULL);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 1, 1, 0, 0);
    REFUSED(PLEAT_INVALID_SHAPE, "layer \"norm\": batch normalisation needs more than one",
            pleat_model_compile, model, &options);
    options.mode = PLEAT_INFERENCE;
    OK(pleat_model_compile, model, &options);
    compile(model, PLEAT_TRAINING, 2, 1, 1);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 3, (int64_t[]){1, 2, 1});
    tensor_set(&x, 0, 9);
    OK(pleat_model_forward, model, &x);
    ck_assert(tensor_get(pleat_model_output(model), 0) == -0.5);
    OK(pleat_model_backward, model, &x);
    struct pleat_tensor none = x;
    none.extent[0] = 0;
    none.data = NULL;
    const struct pleat_parameter b = pleat_model_parameter(model, 1);
    ck_assert(tensor_get(&b.grad, 0) == 9);
    OK(pleat_model_forward, model, &none);
    OK(pleat_model_backward, model, &none);
    ck_assert(tensor_get(&b.grad, 0) == 9);
    assert_state(model, 0, 0, 0);
    assert_state(model, 1, 1, 1);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* States are no parameters; a layer that shares has the original's. */
START_TEST(states) {
    struct pleat_model *model = model_of(PLEAT_FLOAT32, NULL);
    OK(pleat_model_add_tanh, model, "tanh", "norm");
    OK(pleat_model_add_shared, model, "again", "tanh", "norm");
    OK(pleat_model_add_batch_norm, model, "second", "again", NULL);
    ck_assert_int_eq(pleat_model_parameter_count(model), 4);
    ck_assert_int_eq(pleat_model_state_count(model), 4);
    ck_assert_int_eq(pleat_model_state_count(NULL), 0);
    static const char *const names[] = {"norm.running_mean", "norm.running_var",
                                        "second.running_mean", "second.running_var"};
    for (int i = 0; i < 4; i++) {
        const struct pleat_state s = pleat_model_state(model, i);
        ck_assert_str_eq(s.name, names[i]);
        ck_assert_str_eq(s.layer, i < 2 ? "norm" : "second");
        ck_assert_int_eq(pleat_model_find_state(model, names[i]), i);
        ck_assert_int_eq(s.value.rank, 1);
        ck_assert_int_eq(s.value.extent[0], 2);
        assert_state(model, i, i % 2, i % 2);
    }
    ck_assert_ptr_null(pleat_model_state(model, 4).name);
    ck_assert_ptr_null(pleat_model_state(model, -1).name);
    ck_assert_ptr_null(pleat_model_state(NULL, 0).name);
    ck_assert_int_eq(pleat_model_find_state(model, "norm.weight"), -1);
    ck_assert_int_eq(pleat_model_find_state(model, NULL), -1);
    compile(model, PLEAT_TRAINING, 2, 3, 1);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT32, 3, (int64_t[]){2, 2, 3});
    struct pleat_random random = pleat_random_seed(1);
    fill_reals(&x, &random);
    OK(pleat_model_forward, model, &x);
    OK(pleat_model_backward, model, &x);
    pleat_tensor_free(&x);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(refusals) {
    struct pleat_model *model = model_of(PLEAT_FLOAT32, NULL);
    struct pleat_batch_norm_params bad = pleat_batch_norm_params_init();
    bad.epsilon = 0;
    REFUSED(PLEAT_INVALID_ARGUMENT, "epsilon", pleat_model_add_batch_norm, model, "b", "norm",
            &bad);
    bad.epsilon = NAN;
    REFUSED(PLEAT_INVALID_ARGUMENT, "epsilon", pleat_model_add_batch_norm, model, "b", "norm",
            &bad);
    bad = pleat_batch_norm_params_init();
    bad.momentum = 1.5;
    REFUSED(PLEAT_INVALID_ARGUMENT, "momentum", pleat_model_add_batch_norm, model, "b", "norm",
            &bad);
    bad.momentum = NAN;
    REFUSED(PLEAT_INVALID_ARGUMENT, "momentum", pleat_model_add_batch_norm, model, "b", "norm",
            &bad);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_model_add_batch_norm, NULL, "b", "norm", NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "nowhere", pleat_model_add_batch_norm, model, "b", "nowhere",
            NULL);
    const long outstanding = failing_memory_outstanding();
    long k = 0;
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    for (; status != PLEAT_OK; k++) {
        failing_memory_arm(k);
        status = pleat_model_add_batch_norm(model, "b", "norm", NULL, NULL);
        failing_memory_arm(-1);
        if (status != PLEAT_OK)
            ck_assert(status == PLEAT_OUT_OF_MEMORY && k < 20 &&
                      failing_memory_outstanding() == outstanding &&
                      pleat_model_state_count(model) == 2);
    }
    ck_assert_int_eq(k, 6); /* layer, layers, parameters, values, states */
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("batch norm");
    suite_add_loop(result, "by hand", by_hand, 1);
    suite_add_loop(result, "large mean", large_mean, 1);
    suite_add_loop(result, "too few", too_few, 1);
    suite_add_loop(result, "states", states, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
