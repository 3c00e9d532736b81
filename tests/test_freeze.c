/* Inference that merges layers: bits without freeze, rounding with it, on random graphs and on whole
 * networks; what freeze promises of values; memory. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

enum { LAYERS = PLEAT_MAX_OUTPUTS, CHANNELS = 4 };

static int draw(struct pleat_random *random, int count) {
    return (int)pleat_random_below(random, (uint64_t)count);
}

/* The name of layer i of a random graph; 0 is the input. */
static const char *name_of(int i) {
    static const char *const names[] = {"image", "a", "b", "c", "d", "e", "f", "g", "h"};
    return names[i];
}

/* Adds a convolution that keeps the extents, its operator, groups and kernel drawn. */
static void add_conv(struct pleat_model *model, int i, const char *input, int rank,
                     struct pleat_random *random) {
    const int64_t kernel = 1 + 2 * draw(random, 2);
    struct pleat_conv_params params =
        pleat_conv_params_init(rank, CHANNELS, CHANNELS, kernel, 1, kernel / 2);
    params.groups = 1 + draw(random, 2);
    const int bias = draw(random, 2);
    if (draw(random, 2) == 0)
        OK(pleat_model_add_conv, model, name_of(i), input, &params, bias);
    else
        OK(pleat_model_add_conv_transpose, model, name_of(i), input, &params, bias);
}

static void add_drawn(struct pleat_model *model, int i, const char *input, const char *other,
                      int rank, struct pleat_random *random) {
    const char *name = name_of(i), *const both[] = {input, other};
    switch (draw(random, 11)) {
    case 0:
    case 1:
    case 2:
        add_conv(model, i, input, rank, random);
        break;
    case 3:
    case 4:
        OK(pleat_model_add_batch_norm, model, name, input, NULL);
        break;
    case 5:
        OK(pleat_model_add_relu, model, name, input);
        break;
    case 6:
        OK(pleat_model_add_leaky_relu, model, name, input, 0.3);
        break;
    case 7:
        OK(pleat_model_add_prelu, model, name, input);
        break;
    case 8:
        OK(pleat_model_add_tanh, model, name, input);
        break;
    case 9:
        OK(pleat_model_add_dropout, model, name, input, NULL, 0.5);
        break;
    default:
        OK(pleat_model_add_sum, model, name, 2, both);
    }
}

/* A graph of a seed, in which each layer mostly reads the one before. Its outputs are the layers that
 * none reads, and sometimes others; with `all`, every layer, so that none is merged but those that
 * pass their input on. */
static struct pleat_model *random_graph(enum pleat_dtype dtype, uint64_t seed, bool all) {
    struct pleat_random random = pleat_random_seed(seed);
    const int rank = 1 + draw(&random, 3);
    bool is_output[LAYERS + 1], is_read[LAYERS + 1] = {false};
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, name_of(0), CHANNELS, rank);
    for (int i = 1; i <= LAYERS; i++) {
        const int input = draw(&random, 4) > 0 ? i - 1 : draw(&random, i);
        const int other = draw(&random, i), count = pleat_model_layer_count(model);
        add_drawn(model, i, name_of(input), name_of(other), rank, &random);
        ck_assert_int_eq(pleat_model_layer_count(model), count + 1);
        is_output[i] = draw(&random, 8) == 0;
        is_read[input] = true;
        is_read[other] = is_read[other] || strcmp(pleat_model_layer(model, i).kind, "sum") == 0;
    }
    for (int i = 1; i <= LAYERS; i++)
        if (all || is_output[i] || !is_read[i])
            OK(pleat_model_mark_output, model, name_of(i));
    return model;
}

/* Random parameters, and states such that variances are positive. */
static void fill_model(struct pleat_model *model, uint64_t seed) {
    struct pleat_random random = pleat_random_seed(seed);
    fill_parameters(model, 0.7, seed);
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_state s = pleat_model_state(model, i);
        fill_reals(&s.value, &random);
        for (int64_t k = 0;
             strstr(s.name, "running_var") != NULL && k < pleat_tensor_size(&s.value); k++)
            tensor_set(&s.value, k, 0.1 + fabs(tensor_get(&s.value, k)));
    }
}

static struct pleat_tensor input_of(const struct pleat_model *model, int rank,
                                    const int64_t *extent) {
    struct pleat_random random = pleat_random_seed(99);
    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, pleat_model_dtype(model), rank, extent);
    fill_reals(&x, &random);
    return x;
}

/* Compiles for inference on tensors like x, and runs. */
static void run(struct pleat_model *model, const struct pleat_tensor *x, int freeze, int threads) {
    struct pleat_compile_options options =
        compile_options(PLEAT_INFERENCE, x->extent[0], x->extent[2], x->extent[3], x->extent[4]);
    options.freeze = freeze;
    options.threads = threads;
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_forward, model, x);
}

/* How many layers are computed by others. */
static int count_merged(const struct pleat_model *model) {
    int count = 0;
    for (int i = 0; i < pleat_model_layer_count(model); i++) {
        const struct pleat_layer_summary s = pleat_model_layer(model, i);
        count += s.within != NULL;
        ck_assert((s.within != NULL) <= (s.bytes == 0));
    }
    return count;
}

/* Within rounding: relative to the largest element. */
static void assert_near(const struct pleat_tensor *y, const double *expected, const char *what) {
    const int64_t size = pleat_tensor_size(y);
    double largest = 0, *terms = malloc((size_t)size * sizeof *terms);
    for (int64_t i = 0; i < size; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (int64_t i = 0; i < size; i++)
        terms[i] = largest;
    assert_close(y, expected, terms, y->dtype == PLEAT_FLOAT32 ? 1e-5 : 1e-12, what);
    free(terms);
}

/* Compares every output of a graph with that layer of the same graph, all of whose layers are
 * outputs. */
static void compare_outputs(const struct pleat_model *model, const struct pleat_model *plain,
                            int freeze, uint64_t seed) {
    for (int k = 1; k <= LAYERS; k++) {
        const int index = pleat_model_find_output(model, name_of(k));
        if (index < 0)
            continue;
        const struct pleat_tensor *y = pleat_model_output_at(model, index);
        const struct pleat_tensor *expected =
            pleat_model_output_at(plain, pleat_model_find_output(plain, name_of(k)));
        char what[64];
        snprintf(what, sizeof what, "seed %d, freeze %d, %s", (int)seed, freeze, name_of(k));
        double *numbers = tensor_to_double(expected);
        void *bytes = tensor_bytes(expected);
        if (freeze)
            assert_near(y, numbers, what);
        else
            assert_bytes(y, bytes, what);
        free(numbers);
        free(bytes);
    }
}

static void check_graph(enum pleat_dtype dtype, uint64_t seed, int merged[2]) {
    struct pleat_model *model = random_graph(dtype, seed, false),
                       *plain = random_graph(dtype, seed, true);
    fill_model(model, seed);
    fill_model(plain, seed);
    const int64_t extent[] = {3, CHANNELS, 6, 5, 4};
    const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 3, 6, 5, 4);
    OK(pleat_model_compile, plain, &options);
    struct pleat_tensor x = input_of(model, pleat_model_output(plain)->rank, extent);
    void *bytes = tensor_bytes(&x);
    OK(pleat_model_forward, plain, &x);
    for (int freeze = 0; freeze <= 1; freeze++) {
        run(model, &x, freeze, 2);
        merged[freeze] += count_merged(model);
        compare_outputs(model, plain, freeze, seed);
        assert_bytes(&x, bytes, "the input");
    }
    free(bytes);
    pleat_tensor_free(&x);
    pleat_model_free(model);
    pleat_model_free(plain);
}

/* With as many graphs, every pair of neighbours has come up some times. */
START_TEST(graphs) {
    enum { SEEDS = 300 };
    const enum pleat_dtype dtype = _i == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    int merged[2] = {0, 0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        check_graph(dtype, seed, merged);
    printf("%d layers of %d merged, %d when frozen\n", merged[0], SEEDS * LAYERS, merged[1]);
    ck_assert_int_gt(merged[0], SEEDS / 2);
    ck_assert_int_gt(merged[1], merged[0] + SEEDS / 8);
}
END_TEST

static void add_block(struct pleat_model *model, const char *name, char *last, int64_t in,
                      int64_t out) {
    const struct pleat_conv_params params = pleat_conv_params_init(2, in, out, 3, 1, 1);
    char norm[32], relu[32];
    snprintf(norm, sizeof norm, "%s.norm", name);
    snprintf(relu, sizeof relu, "%s.relu", name);
    OK(pleat_model_add_conv, model, name, last, &params, 0);
    OK(pleat_model_add_batch_norm, model, norm, name, NULL);
    OK(pleat_model_add_relu, model, relu, norm);
    strcpy(last, relu);
}

/* A U-Net of two levels with dropout at its bottom. */
static struct pleat_model *unet(enum pleat_dtype dtype) {
    const struct pleat_pool_params pool = pleat_pool_params_init(2, 2, 2, 0);
    const struct pleat_conv_params up = pleat_conv_params_init(2, 16, 8, 2, 2, 0),
                                   head = pleat_conv_params_init(2, 8, 2, 1, 1, 0);
    char last[32] = "image";
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 1, 2);
    add_block(model, "down", last, 1, 8);
    add_block(model, "down2", last, 8, 8);
    OK(pleat_model_add_max_pool, model, "pool", last, &pool);
    strcpy(last, "pool");
    add_block(model, "middle", last, 8, 16);
    OK(pleat_model_add_dropout, model, "dropout", last, NULL, 0.5);
    OK(pleat_model_add_conv_transpose, model, "up", "dropout", &up, 1);
    OK(pleat_model_add_concatenate, model, "skip", 2, (const char *[]){"down2.relu", "up"});
    OK(pleat_model_add_batch_norm, model, "kept", "skip", NULL);
    strcpy(last, "kept");
    add_block(model, "merge", last, 16, 8);
    OK(pleat_model_add_conv, model, "head", last, &head, 1);
    return model;
}

/* FSRCNN(16, 4, 2), twice as large. */
static struct pleat_model *fsrcnn(enum pleat_dtype dtype) {
    static const int64_t convs[][3] = {{1, 16, 5}, {16, 4, 1}, {4, 4, 3}, {4, 4, 3}, {4, 16, 1}};
    struct pleat_model *model;
    char name[32], last[32] = "image";
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 1, 2);
    for (int i = 0; i < 5; i++) {
        const struct pleat_conv_params params =
            pleat_conv_params_init(2, convs[i][0], convs[i][1], convs[i][2], 1, convs[i][2] / 2);
        snprintf(name, sizeof name, "conv%d", i);
        OK(pleat_model_add_conv, model, name, last, &params, 1);
        snprintf(last, sizeof last, "prelu%d", i);
        OK(pleat_model_add_prelu, model, last, name);
    }
    struct pleat_conv_params up = pleat_conv_params_init(2, 16, 1, 9, 2, 4);
    up.axis[0].output_padding = up.axis[1].output_padding = 1;
    OK(pleat_model_add_conv_transpose, model, "up", last, &up, 1);
    return model;
}

/* A DCGAN's generator, behind a dense layer, with groups in its middle. */
static struct pleat_model *dcgan(enum pleat_dtype dtype) {
    struct pleat_conv_params first = pleat_conv_params_init(2, 16, 8, 4, 2, 1),
                             last = pleat_conv_params_init(2, 8, 1, 4, 2, 1);
    first.groups = 2;
    struct pleat_model *model;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "z", 1, 2);
    OK(pleat_model_add_reshape, model, "vector", "z", 24, 0, NULL);
    OK(pleat_model_add_dense, model, "dense", "vector", 16 * 9, 0);
    OK(pleat_model_add_batch_norm, model, "norm0", "dense", NULL);
    OK(pleat_model_add_relu, model, "relu0", "norm0");
    OK(pleat_model_add_reshape, model, "planes", "relu0", 16, 2, (int64_t[]){3, 3});
    OK(pleat_model_add_conv_transpose, model, "up1", "planes", &first, 0);
    OK(pleat_model_add_batch_norm, model, "norm1", "up1", NULL);
    OK(pleat_model_add_relu, model, "relu1", "norm1");
    OK(pleat_model_add_conv_transpose, model, "up2", "relu1", &last, 1);
    OK(pleat_model_add_tanh, model, "image", "up2");
    return model;
}

/* The networks, and the layers that remain of each, inputs not counted. */
static const struct {
    struct pleat_model *(*make)(enum pleat_dtype dtype);
    int unfrozen, frozen;
} networks[] = {{unet, 17, 9}, {fsrcnn, 6, 6}, {dcgan, 10, 7}};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

START_TEST(whole_networks) {
    struct pleat_model *model = networks[_i / 2].make(_i % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64);
    fill_model(model, 7);
    struct pleat_tensor x = input_of(model, 4, (int64_t[]){2, 1, 4, 6});
    run(model, &x, 0, 2);
    ck_assert_int_eq(pleat_model_layer_count(model) - 1 - count_merged(model),
                     networks[_i / 2].unfrozen);
    const struct pleat_model_memory before = pleat_model_memory(model);
    ck_assert_uint_eq(before.frozen, 0);
    double *expected = tensor_to_double(pleat_model_output(model));
    run(model, &x, 1, 1);
    ck_assert_int_eq(pleat_model_layer_count(model) - 1 - count_merged(model),
                     networks[_i / 2].frozen);
    assert_near(pleat_model_output(model), expected, "frozen");
    void *bits = tensor_bytes(pleat_model_output(model));
    const struct pleat_model_memory after = pleat_model_memory(model);
    ck_assert_uint_gt(after.frozen, 0);
    ck_assert_uint_le(after.apart, before.apart);
    ck_assert_uint_le(after.activations, before.activations);
    run(model, &x, 1, 3);
    assert_bytes(pleat_model_output(model), bits, "three threads");
    free(bits);
    free(expected);
    pleat_tensor_free(&x);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Changes all values: those of a frozen program stay until the next compile, while others follow. */
START_TEST(later_changes) {
    struct pleat_model *model = networks[_i / 2].make(PLEAT_FLOAT32);
    const int freeze = _i % 2;
    fill_model(model, 7);
    const struct pleat_tensor own = pleat_model_parameter(model, 0).value;
    void *values = tensor_bytes(&own);
    struct pleat_tensor x = input_of(model, 4, (int64_t[]){2, 1, 4, 6});
    run(model, &x, freeze, 2);
    assert_bytes(&own, values, "the model's own values");
    void *first = tensor_bytes(pleat_model_output(model));
    for (int i = 0; i < pleat_model_parameter_count(model) + pleat_model_state_count(model); i++) {
        const int state = i - pleat_model_parameter_count(model);
        const struct pleat_tensor value = state < 0 ? pleat_model_parameter(model, i).value
                                                    : pleat_model_state(model, state).value;
        for (int64_t k = 0; k < pleat_tensor_size(&value); k++)
            tensor_set(&value, k, 0.9 * tensor_get(&value, k));
        OK(pleat_model_forward, model, &x);
        void *now = tensor_bytes(pleat_model_output(model));
        const size_t bytes = (size_t)pleat_tensor_size(pleat_model_output(model)) * sizeof(float);
        ck_assert_msg((memcmp(now, first, bytes) == 0) == (freeze == 1), "value %d", i);
        if (freeze == 0)
            memcpy(first, now, bytes);
        free(now);
    }
    double *last = tensor_to_double(pleat_model_output(model));
    run(model, &x, 1, 2);
    if (freeze == 0)
        assert_near(pleat_model_output(model), last, "compiled again");
    else
        ck_assert(memcmp(pleat_model_output(model)->data, first, sizeof(float)) != 0);
    free(values);
    free(first);
    free(last);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* Compile fails at any allocation, and leaves the model compiled as it was; forward asks for none. */
START_TEST(allocations) {
    struct pleat_model *model = networks[_i].make(PLEAT_FLOAT32);
    fill_model(model, 7);
    struct pleat_tensor x = input_of(model, 4, (int64_t[]){2, 1, 4, 6});
    run(model, &x, 1, 2);
    void *bits = tensor_bytes(pleat_model_output(model));
    const long outstanding = failing_memory_outstanding();
    struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 2, 4, 6, 0);
    options.freeze = 1;
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    for (long k = 0; status != PLEAT_OK; k++) {
        ck_assert_int_lt(k, 1000);
        failing_memory_arm(k);
        status = pleat_model_compile(model, &options, NULL);
        failing_memory_arm(0);
        OK(pleat_model_forward, model, &x);
        failing_memory_arm(-1);
        ck_assert(status == PLEAT_OK || status == PLEAT_OUT_OF_MEMORY);
        ck_assert_int_eq(failing_memory_outstanding(), outstanding);
        assert_bytes(pleat_model_output(model), bits, "after a compile that failed");
    }
    options.mode = PLEAT_TRAINING;
    REFUSED(PLEAT_INVALID_ARGUMENT, "freeze", pleat_model_compile, model, &options);
    free(bits);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* The summary names what computes a layer, and counts what freezing takes. */
START_TEST(summary) {
    struct pleat_model *model = unet(PLEAT_FLOAT32);
    fill_model(model, 7);
    struct pleat_tensor x = input_of(model, 4, (int64_t[]){2, 1, 4, 6});
    ck_assert_ptr_null(pleat_model_layer(model, 2).within);
    run(model, &x, 1, 2);
    ck_assert_str_eq(pleat_model_layer(model, 2).name, "down.norm");
    ck_assert_str_eq(pleat_model_layer(model, 2).within, "down");
    ck_assert(pleat_model_layer(model, 2).flops == 0);
    ck_assert(pleat_model_layer(model, 3).flops == 2.0 * 8 * 4 * 6);
    char text[8192];
    ck_assert_uint_lt(pleat_model_summary(model, text, sizeof text), sizeof text);
    ck_assert_ptr_nonnull(strstr(text, "  within down\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nfrozen "));
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

/* An output is never the caller's input. */
START_TEST(input_passed_on) {
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "x", 1, 2);
    OK(pleat_model_add_dropout, model, "a", "x", NULL, 0.5);
    OK(pleat_model_add_dropout, model, "b", "a", NULL, 0.5);
    struct pleat_tensor x = input_of(model, 4, (int64_t[]){2, 1, 4, 6});
    void *bits = tensor_bytes(&x);
    run(model, &x, 1, 1);
    ck_assert_ptr_ne(pleat_model_output(model)->data, x.data);
    ck_assert_int_eq(count_merged(model), 1);
    assert_bytes(pleat_model_output(model), bits, "what was passed on");
    free(bits);
    pleat_tensor_free(&x);
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("freeze");
    suite_add_loop(result, "graphs", graphs, 2);
    suite_add_loop(result, "networks", whole_networks, 2 * NETWORKS);
    suite_add_loop(result, "later changes", later_changes, 2 * NETWORKS);
    suite_add_loop(result, "allocations", allocations, NETWORKS);
    suite_add_loop(result, "summary", summary, 1);
    suite_add_loop(result, "input passed on", input_passed_on, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
