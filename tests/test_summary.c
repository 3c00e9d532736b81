/* Summaries: numbers by hand, the text, and texts that are cut. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static struct pleat_model *network(void) {
    struct pleat_model *model;
    const struct pleat_conv_params conv = pleat_conv_params_init(2, 2, 3, 3, 1, 1),
                                   up = pleat_conv_params_init(2, 3, 2, 4, 2, 1);
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_conv, model, "conv", "image", &conv, 1);
    OK(pleat_model_add_batch_norm, model, "norm", "conv", NULL);
    OK(pleat_model_add_relu, model, "relu", "norm");
    OK(pleat_model_add_conv_transpose, model, "up", "relu", &up, 0);
    OK(pleat_model_add_shared, model, "again", "up", "conv");
    OK(pleat_model_add_pixel_shuffle, model, "last", "again", 1);
    return model;
}

/* Kinds, elements of parameters, and for a batch of 2 images of 5 x 4: flops and channels. */
static const struct {
    const char *name, *kind;
    int64_t parameters, channels, scale;
    double flops;
} expected[] = {
    {"image", "input", 0, 2, 1, 0},
    {"conv", "conv", 3 * 2 * 9 + 3, 3, 1, 2.0 * 2 * 3 * 2 * 9 * 20},
    {"norm", "batch_norm", 6, 3, 1, 2.0 * 2 * 3 * 20},
    {"relu", "relu", 0, 3, 1, 2.0 * 3 * 20},
    {"up", "conv_transpose", 3 * 2 * 16, 2, 2, 2.0 * 2 * 3 * 2 * 16 * 20},
    {"again", "conv", 0, 3, 2, 2.0 * 2 * 3 * 2 * 9 * 80},
    {"last", "pixel_shuffle", 0, 3, 2, 0},
};

START_TEST(numbers) {
    struct pleat_model *model = network();
    ck_assert_int_eq(pleat_model_layer_count(model), 7);
    ck_assert_int_eq(pleat_model_layer_count(NULL), 0);
    ck_assert_ptr_null(pleat_model_layer(model, 7).name);
    ck_assert_ptr_null(pleat_model_layer(model, -1).name);
    ck_assert_ptr_null(pleat_model_layer(NULL, 0).name);
    for (int compiled = 0; compiled < 2; compiled++) {
        const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 5, 4, 0);
        if (compiled)
            OK(pleat_model_compile, model, &options);
        for (int i = 0; i < 7; i++) {
            const struct pleat_layer_summary s = pleat_model_layer(model, i);
            ck_assert_str_eq(s.name, expected[i].name);
            ck_assert_str_eq(s.kind, expected[i].kind);
            ck_assert_int_eq(s.parameters, expected[i].parameters);
            ck_assert_ptr_null(s.output.data);
            const bool conv = strncmp(s.kind, "conv", 4) == 0, up = i == 4;
            ck_assert_int_eq(s.conv.rank, conv ? 2 : 0);
            ck_assert_int_eq(s.conv.axis[1].kernel, up ? 4 : conv ? 3 : 0);
            ck_assert_int_eq(s.conv.axis[1].stride, up ? 2 : conv ? 1 : 0);
            if (!compiled) {
                ck_assert(s.output.rank == 0 && s.flops == 0 && s.bytes == 0);
                continue;
            }
            const int64_t extent[] = {2, expected[i].channels, 5 * expected[i].scale,
                                      4 * expected[i].scale};
            ck_assert_int_eq(s.output.rank, 4);
            ck_assert_mem_eq(s.output.extent, extent, sizeof extent);
            ck_assert_uint_eq(s.bytes, (size_t)(extent[0] * extent[1] * extent[2] * extent[3]) * 4);
            ck_assert(s.flops == expected[i].flops);
        }
    }
    pleat_model_free(model);
}
END_TEST

START_TEST(memory) {
    struct pleat_model *model = network();
    struct pleat_model_memory m = pleat_model_memory(model);
    ck_assert(m.parameters > 0 && m.parameters % 64 == 0 && m.gradients == 0);
    ck_assert_uint_eq(m.states, 6 * sizeof(float));
    ck_assert(m.activations == 0 && m.apart == 0 && m.scratch == 0);
    struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 50, 40, 0);
    OK(pleat_model_compile, model, &options);
    m = pleat_model_memory(model);
    ck_assert_uint_eq(m.gradients, m.parameters);
    size_t values = 0;
    for (int i = 1; i < 7; i++)
        values += pleat_model_layer(model, i).bytes;
    /* Every value but the input's, and every gradient but the last. */
    ck_assert_uint_ge(m.apart, 2 * values - pleat_model_layer(model, 6).bytes);
    ck_assert_uint_lt(m.activations, m.apart);
    const size_t training = m.activations;
    options.mode = PLEAT_INFERENCE;
    OK(pleat_model_compile, model, &options);
    ck_assert_uint_lt(pleat_model_memory(model).activations, training);
    ck_assert_uint_eq(pleat_model_memory(NULL).parameters, 0);
    pleat_model_free(model);
}
END_TEST

START_TEST(text) {
    struct pleat_model *model = network();
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 5, 4, 0);
    OK(pleat_model_compile, model, &options);
    const size_t length = pleat_model_summary(model, NULL, 0);
    char *whole = malloc(length + 1), *cut = malloc(length + 1);
    ck_assert_uint_eq(pleat_model_summary(model, whole, length + 1), length);
    ck_assert_uint_eq(strlen(whole), length);
    static const char *const parts[] = {
        "layer ", "conv_transpose  2 x 2 x 10 x 8 ", " 57 ", "total ", " 159 ", "activations ",
        "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ck_assert_msg(strstr(whole, parts[i]) != NULL, "no \"%s\" in\n%s", parts[i], whole);
    for (size_t capacity = 1; capacity <= length; capacity += 7) {
        memset(cut, '#', length + 1);
        ck_assert_uint_eq(pleat_model_summary(model, cut, capacity), length);
        ck_assert_uint_eq(strlen(cut), capacity - 1);
        ck_assert_mem_eq(cut, whole, capacity - 1);
        ck_assert(cut[capacity] == '#');
    }
    ck_assert_uint_eq(pleat_model_summary(NULL, whole, length), 0);
    free(whole);
    free(cut);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* What is measured beforehand is what a compile then takes, and the model is not compiled by it. */
START_TEST(measured_beforehand) {
    struct pleat_model *model = network();
    for (int mode = PLEAT_TRAINING; mode <= PLEAT_INFERENCE; mode++) {
        const struct pleat_compile_options options =
            compile_options((enum pleat_mode)mode, 2, 5, 4, 0);
        struct pleat_model_memory measured, taken;
        const long before = failing_memory_outstanding();
        OK(pleat_model_measure, model, &options, &measured);
        ck_assert_int_eq(failing_memory_outstanding(), before);
        ck_assert(mode == PLEAT_INFERENCE || pleat_model_output(model) == NULL);
        OK(pleat_model_compile, model, &options);
        taken = pleat_model_memory(model);
        ck_assert_uint_gt(measured.activations, 0);
        ck_assert(memcmp(&measured, &taken, sizeof taken) == 0);
    }
    struct pleat_compile_options bad = compile_options(PLEAT_TRAINING, 2, 0, 4, 0);
    struct pleat_model_memory unused;
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_model_measure, NULL, &bad, &unused);
    REFUSED(PLEAT_INVALID_ARGUMENT, "options", pleat_model_measure, model, NULL, &unused);
    REFUSED(PLEAT_INVALID_ARGUMENT, "memory", pleat_model_measure, model, &bad, NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "extent", pleat_model_measure, model, &bad, &unused);
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("summary");
    suite_add_loop(result, "numbers", numbers, 1);
    suite_add_loop(result, "memory", memory, 1);
    suite_add_loop(result, "text", text, 1);
    suite_add_loop(result, "measure", measured_beforehand, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
