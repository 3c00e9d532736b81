/* Checkpoints: what is saved is what is loaded; a file that does not fit changes nothing. */
#include <stdlib.h>
#include <string.h>

#include <pleat/checkpoint.h>

#include "failing_memory.h"
#include "files.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static struct pleat_model *network(enum pleat_dtype dtype, int64_t channels, const char *name,
                                   int bias) {
    struct pleat_model *model;
    const struct pleat_conv_params up = pleat_conv_params_init(2, 2, channels, 4, 2, 1);
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_conv_transpose, model, name, "image", &up, bias);
    OK(pleat_model_add_prelu, model, "act", name);
    return model;
}

static const struct pleat_metadata metadata[] = {{"architecture", "test"}, {"scale", "2"}};

static void forward(struct pleat_model *model, const struct pleat_tensor *x) {
    const struct pleat_compile_options options = compile_options(PLEAT_INFERENCE, 2, 5, 4, 0);
    OK(pleat_model_compile, model, &options);
    OK(pleat_model_forward, model, x);
}

START_TEST(round_trip) {
    const enum pleat_dtype dtype = _i == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    struct pleat_model *saved = network(dtype, 3, "up", 1), *loaded = network(dtype, 3, "up", 1);
    fill_parameters(saved, 1, 4);
    OK(pleat_checkpoint_save, saved, file_path("model.safetensors"), metadata, 2);
    ck_assert_int_eq(files_count(), 1);
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("model.safetensors"));
    ck_assert_str_eq(pleat_safetensors_metadata(file, "architecture"), "test");
    const char *names[] = {"up.weight", "up.bias", "act.weight"};
    ck_assert_uint_eq(pleat_safetensors_count(file), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(pleat_safetensors_find(file, names[i]));
    OK(pleat_checkpoint_load, loaded, file);
    pleat_safetensors_free(file);

    struct pleat_tensor x;
    OK(pleat_tensor_allocate, &x, dtype, 4, (int64_t[]){2, 2, 5, 4});
    struct pleat_random random = pleat_random_seed(8);
    fill_reals(&x, &random);
    forward(saved, &x);
    forward(loaded, &x);
    void *expected = tensor_bytes(pleat_model_output(saved));
    assert_bytes(pleat_model_output(loaded), expected, "output after loading");
    ck_assert(tensor_get(pleat_model_output(loaded), 0) != 0);
    free(expected);
    pleat_tensor_free(&x);
    pleat_model_free(saved);
    pleat_model_free(loaded);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Models that the file of the first one does not fit. */
static const struct {
    enum pleat_dtype dtype;
    int64_t channels;
    const char *name;
    int bias;
    enum pleat_status status;
    const char *text;
} strangers[] = {
    {PLEAT_FLOAT64, 3, "up", 1, PLEAT_TYPE_MISMATCH, "\"up.weight\" is float32"},
    {PLEAT_FLOAT32, 4, "up", 1, PLEAT_INVALID_SHAPE, "extent[1] of \"up.weight\" is 3"},
    {PLEAT_FLOAT32, 3, "down", 1, PLEAT_BAD_FORMAT, "no tensor \"down.weight\""},
    {PLEAT_FLOAT32, 3, "up", 0, PLEAT_BAD_FORMAT, "\"up.bias\" is no parameter"},
    {PLEAT_FLOAT32, 4, "up", 0, PLEAT_BAD_FORMAT, "\"up.bias\" is no parameter"},
};

START_TEST(strict) {
    struct pleat_model *saved = network(PLEAT_FLOAT32, 3, "up", 1);
    fill_parameters(saved, 1, 4);
    OK(pleat_checkpoint_save, saved, file_path("model.safetensors"), NULL, 0);
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("model.safetensors"));
    struct pleat_model *model = network(strangers[_i].dtype, strangers[_i].channels,
                                        strangers[_i].name, strangers[_i].bias);
    fill_parameters(model, 1, 5);
    void *before[3];
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        before[i] = tensor_bytes(&p.value);
    }
    REFUSED(strangers[_i].status, strangers[_i].text, pleat_checkpoint_load, model, file);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        assert_bytes(&p.value, before[i], p.name);
        free(before[i]);
    }
    pleat_safetensors_free(file);
    pleat_model_free(model);
    pleat_model_free(saved);
}
END_TEST

/* A tensor of the right name and size but another rank. */
START_TEST(other_rank) {
    struct pleat_model *model = network(PLEAT_FLOAT32, 3, "up", 0);
    struct pleat_named_tensor tensors[2];
    for (int i = 0; i < 2; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        tensors[i] = (struct pleat_named_tensor){p.name, p.value};
    }
    tensors[1].tensor.rank = 2;
    tensors[1].tensor.extent[1] = 1;
    OK(pleat_safetensors_write, file_path("rank.safetensors"), tensors, 2, NULL, 0);
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("rank.safetensors"));
    REFUSED(PLEAT_INVALID_SHAPE, "\"act.weight\" has 2 extents", pleat_checkpoint_load, model,
            file);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_checkpoint_load, NULL, file);
    REFUSED(PLEAT_INVALID_ARGUMENT, "file", pleat_checkpoint_load, model, NULL);
    pleat_safetensors_free(file);
    pleat_model_free(model);
}
END_TEST

static struct pleat_model *subject;

static enum pleat_status save(const char *path, struct pleat_error *error) {
    return pleat_checkpoint_save(subject, path, metadata, 2, error);
}

START_TEST(save_refusals) {
    struct pleat_model *model = network(PLEAT_FLOAT32, 3, "up", 1);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_checkpoint_save, NULL, file_path("x"), NULL, 0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "path", pleat_checkpoint_save, model, NULL, NULL, 0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "metadata", pleat_checkpoint_save, model, file_path("x"), NULL,
            2);
    REFUSED(PLEAT_IO, "nowhere", pleat_checkpoint_save, model, file_path("nowhere/x"), NULL, 0);
    ck_assert_int_eq(files_count(), 0);
    subject = model;
    walk_failing_memory(save, file_path("x"));
    pleat_model_free(model);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("checkpoint");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, files_setup, files_teardown);
    tcase_add_loop_test(tcase, round_trip, 0, 2);
    tcase_add_loop_test(tcase, strict, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(tcase, other_rank);
    tcase_add_test(tcase, save_refusals);
    suite_add_tcase(result, tcase);
    return result;
}

int main(void) {
    return run_suite(suite());
}
