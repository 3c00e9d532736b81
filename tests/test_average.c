/* The moving average of parameters: against PyTorch's, exchanged and back, and what is refused. */
#include <math.h>
#include <stdlib.h>

#include "base/elements.h"
#include "failing_memory.h"
#include "golden_check.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

/* A model whose parameters are a weight [2][channels][1] and a bias [2]. */
static struct pleat_model *create(enum pleat_dtype dtype, int64_t channels, int threads) {
    const struct pleat_conv_params params = pleat_conv_params_init(1, channels, 2, 1, 1, 0);
    struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 1, 4, 0, 0);
    options.threads = threads;
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", channels, 1);
    OK(pleat_model_add_conv, model, "conv", "image", &params, 1);
    OK(pleat_model_compile, model, &options);
    return model;
}

static void fill(struct pleat_model *model, int64_t seed) {
    for (int i = 0; i < 2; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        golden_fill(&p.value, seed + i);
    }
}

START_TEST(as_pytorch) {
    struct pleat_model *model = create(dtypes[_i], 3, 1);
    struct pleat_average *shadow;
    OK(pleat_average_create, &shadow, model);
    failing_memory_arm(0);
    for (int64_t step = 0; step < 10; step++) {
        fill(model, step);
        ck_assert_int_eq(pleat_average_updates(shadow), step);
        OK(pleat_average_update, shadow, step == 0 ? 0 : 0.9);
    }
    failing_memory_arm(-1);
    const struct pleat_tensor weight = pleat_average_value(shadow, 0),
                              bias = pleat_average_value(shadow, 1);
    ck_assert_int_eq(golden_compare(&weight, average, "weight"), 6);
    ck_assert_int_eq(golden_compare(&bias, average + 6, "bias"), 2);
    pleat_average_free(shadow);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* It begins as the parameters, and what is equal stays equal, to the bit. */
START_TEST(a_copy_at_first) {
    struct pleat_model *model = create(dtypes[_i], 3, 1);
    const struct pleat_parameter p = pleat_model_parameter(model, 0);
    struct pleat_random random = pleat_random_seed(1);
    fill_reals(&p.value, &random);
    void *expected = tensor_bytes(&p.value);
    struct pleat_average *shadow;
    OK(pleat_average_create, &shadow, model);
    const struct pleat_tensor value = pleat_average_value(shadow, 0);
    assert_bytes(&value, expected, "average");
    for (int step = 0; step < 100; step++)
        OK(pleat_average_update, shadow, 0.999);
    assert_bytes(&value, expected, "average");
    fill_reals(&p.value, &random);
    OK(pleat_average_update, shadow, 1.0);
    assert_bytes(&value, expected, "average");
    free(expected);
    /* a decay of 0 copies, however far apart the two are */
    for (int64_t i = 0; i < pleat_tensor_size(&value); i++)
        pleat__set_element(&value, i, 1e30);
    OK(pleat_average_update, shadow, 0.0);
    expected = tensor_bytes(&p.value);
    assert_bytes(&value, expected, "average");
    free(expected);
    pleat_average_free(shadow);
    pleat_model_free(model);
}
END_TEST

/* The model computes with the average in between, and compiling leaves both as they are. */
START_TEST(exchanged_and_back) {
    struct pleat_model *model = create(dtypes[_i], 3, 1);
    struct pleat_average *shadow;
    OK(pleat_average_create, &shadow, model); /* of zeros */
    fill(model, 1);
    OK(pleat_average_update, shadow, 0.5);
    const struct pleat_parameter p = pleat_model_parameter(model, 0);
    const struct pleat_tensor value = pleat_average_value(shadow, 0);
    void *trained = tensor_bytes(&p.value), *averaged = tensor_bytes(&value);
    ck_assert_int_eq(pleat_average_is_swapped(shadow), 0);
    pleat_average_swap(shadow);
    ck_assert_int_eq(pleat_average_is_swapped(shadow), 1);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 5, 0, 0);
    OK(pleat_model_compile, model, &options);
    assert_bytes(&p.value, averaged, "parameter");
    assert_bytes(&value, trained, "average");
    REFUSED(PLEAT_WRONG_STATE, "exchanged", pleat_average_update, shadow, 0.5);
    assert_bytes(&value, trained, "average");
    pleat_average_swap(shadow);
    ck_assert_int_eq(pleat_average_is_swapped(shadow), 0);
    assert_bytes(&p.value, trained, "parameter");
    assert_bytes(&value, averaged, "average");
    ck_assert_int_eq(pleat_average_updates(shadow), 1);
    free(trained);
    free(averaged);
    pleat_average_free(shadow);
    pleat_model_free(model);
}
END_TEST

/* A block that several threads share. */
START_TEST(any_threads) {
    void *expected[2] = {NULL, NULL};
    for (int threads = 1; threads <= 3; threads++) {
        struct pleat_model *model = create(dtypes[_i], 40000, threads);
        struct pleat_average *shadow;
        OK(pleat_average_create, &shadow, model);
        const struct pleat_parameter p = pleat_model_parameter(model, 0);
        const struct pleat_tensor value = pleat_average_value(shadow, 0);
        struct pleat_random random = pleat_random_seed(1);
        for (int step = 0; step < 3; step++) {
            fill_reals(&p.value, &random);
            OK(pleat_average_update, shadow, 0.7);
        }
        pleat_average_swap(shadow);
        if (threads == 1) {
            expected[0] = tensor_bytes(&p.value);
            expected[1] = tensor_bytes(&value);
        }
        assert_bytes(&p.value, expected[0], "parameter");
        assert_bytes(&value, expected[1], "average");
        pleat_average_free(shadow);
        pleat_model_free(model);
    }
    free(expected[0]);
    free(expected[1]);
}
END_TEST

START_TEST(refusals) {
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT;
    struct pleat_model *model = create(dtypes[_i], 3, 1), *raw;
    struct pleat_average *shadow = NULL;
    OK(pleat_model_create, &raw, dtypes[_i]);
    REFUSED(PLEAT_WRONG_STATE, "compiled", pleat_average_create, &shadow, raw);
    REFUSED(argument, "model", pleat_average_create, &shadow, NULL);
    REFUSED(argument, "average", pleat_average_create, NULL, model);
    const long outstanding = failing_memory_outstanding();
    for (long k = 0; k < 2; k++) {
        failing_memory_arm(k);
        REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_average_create, &shadow, model);
        failing_memory_arm(-1);
        ck_assert_int_eq(failing_memory_outstanding(), outstanding);
    }
    ck_assert_ptr_null(shadow);
    OK(pleat_average_create, &shadow, model);
    static const double bad[] = {-0.1, 1.1, (double)NAN};
    for (int i = 0; i < 3; i++)
        REFUSED(argument, "decay must be 0 to 1", pleat_average_update, shadow, bad[i]);
    REFUSED(argument, "average", pleat_average_update, NULL, 0.5);
    REFUSED(argument, "average", pleat_average_set_updates, NULL, INT64_C(1));
    REFUSED(argument, "updates", pleat_average_set_updates, shadow, INT64_C(-1));
    ck_assert_int_eq(pleat_average_updates(shadow), 0);
    OK(pleat_average_set_updates, shadow, INT64_C(5));
    ck_assert_int_eq(pleat_average_updates(shadow), 5);
    ck_assert_ptr_null(pleat_average_value(shadow, 2).data);
    ck_assert_ptr_null(pleat_average_value(shadow, -1).data);
    ck_assert_ptr_null(pleat_average_value(NULL, 0).data);
    ck_assert(pleat_average_updates(NULL) == 0 && pleat_average_is_swapped(NULL) == 0);
    pleat_average_swap(NULL);
    pleat_average_free(NULL);
    pleat_average_free(shadow);
    pleat_model_free(raw);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("average");
    suite_add_loop(result, "as PyTorch", as_pytorch, 2);
    suite_add_loop(result, "a copy at first", a_copy_at_first, 2);
    suite_add_loop(result, "exchanged and back", exchanged_and_back, 2);
    suite_add_loop(result, "any threads", any_threads, 2);
    suite_add_loop(result, "refusals", refusals, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
