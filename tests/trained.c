/* The training that the tests of the trainer watch. */
#include "trained.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "model_check.h"
#include "support.h"

enum { BATCH = 3, SIDE = 5 };

static enum pleat_status feed(void *context, int64_t step, struct pleat_batch *batch,
                              struct pleat_error *error) {
    struct trained *trained = context;
    struct pleat_random random = pleat_random_seed(1000 + (uint64_t)step);
    (void)error;
    fill_reals(&trained->input, &random);
    fill_reals(&trained->target, &random);
    batch->step = step;
    batch->input_count = batch->target_count = 1;
    batch->input[0] = trained->input;
    batch->target[0] = trained->target;
    return PLEAT_OK;
}

static enum pleat_status compile(struct trained *trained, enum pleat_mode mode,
                                 struct pleat_error *error) {
    struct pleat_compile_options options = compile_options(mode, BATCH, SIDE, SIDE, 0);
    options.threads = trained->threads;
    return pleat_model_compile(trained->model, &options, error);
}

/* The loss of the running statistics' model on images that are not trained on. */
static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct trained *trained = context;
    const struct pleat_batch batch = {.input_count = 1,
                                      .target_count = 1,
                                      .input = {trained->held_out_input},
                                      .target = {trained->held_out_target}};
    enum pleat_status status = compile(trained, PLEAT_INFERENCE, error);
    if (status == PLEAT_OK)
        status = pleat_model_forward(trained->model, &batch.input[0], error);
    if (status == PLEAT_OK)
        status = pleat_trainer_loss(trainer, &batch, metric, error);
    return status == PLEAT_OK ? compile(trained, PLEAT_TRAINING, error) : status;
}

static enum pleat_status log_step(void *context, const struct pleat_train_report *report,
                                  struct pleat_error *error) {
    struct trained *trained = context;
    (void)error;
    if (trained->watch != NULL)
        trained->watch(trained, report);
    return PLEAT_OK;
}

static int stop(void *context, const struct pleat_train_report *report) {
    const struct trained *trained = context;
    return report->step == trained->stop_at;
}

static void build(struct trained *trained) {
    const struct pleat_conv_params first = pleat_conv_params_init(2, 2, 3, 3, 1, 1),
                                   up = pleat_conv_params_init(2, 3, 2, 4, 2, 1);
    const struct pleat_batch_norm_params norm = pleat_batch_norm_params_init();
    struct pleat_model *model;
    OK(pleat_model_create, &model, PLEAT_FLOAT32);
    OK(pleat_model_add_input, model, "image", 2, 2);
    OK(pleat_model_add_conv, model, "first", "image", &first, 0);
    OK(pleat_model_add_batch_norm, model, "norm", "first", &norm);
    OK(pleat_model_add_relu, model, "act", "norm");
    OK(pleat_model_add_dropout, model, "drop", "act", NULL, 0.25);
    OK(pleat_model_add_conv_transpose, model, "up", "drop", &up, 1);
    fill_parameters(model, 0.5, 3);
    trained->model = model;
}

static struct pleat_train_options options_of(struct trained *trained, const char *folder) {
    struct pleat_train_options options = pleat_train_options_init();
    options.steps = 8;
    options.epoch_steps = 3;
    options.seed = 11;
    options.context = options.feed_context = trained;
    options.feed = feed;
    options.losses = &trained->loss;
    options.loss_count = 1;
    options.schedule = (struct pleat_train_schedule){
        .kind = PLEAT_SCHEDULE_COSINE, .warm_up = 2, .first = 0.5, .last = 0.1};
    options.clip_norm = 0.3;
    options.validate = validate;
    options.validate_steps = 2;
    options.lower_is_better = 1;
    options.folder = folder;
    options.checkpoint_steps = 3;
    options.metadata = trained->metadata;
    options.metadata_count = 2;
    options.log = log_step;
    options.stop = stop;
    return options;
}

void trained_make(struct trained *trained, const char *folder, int threads) {
    const struct pleat_adam_options adam = pleat_adam_options_init(0.05);
    struct pleat_random random = pleat_random_seed(77);
    *trained = (struct trained){.threads = threads, .loss = pleat_output_loss_init(PLEAT_LOSS_MSE)};
    trained->metadata[0] = (struct pleat_metadata){"model", "a text"};
    trained->metadata[1] = (struct pleat_metadata){"data", "noise"};
    build(trained);
    OK(compile, trained, PLEAT_TRAINING);
    OK(pleat_optimizer_create_adam, &trained->optimizer, trained->model, &adam);
    OK(pleat_average_create, &trained->average, trained->model);
    const int64_t in[] = {BATCH, 2, SIDE, SIDE}, out[] = {BATCH, 2, 2 * SIDE, 2 * SIDE};
    OK(pleat_tensor_allocate, &trained->input, PLEAT_FLOAT32, 4, in);
    OK(pleat_tensor_allocate, &trained->held_out_input, PLEAT_FLOAT32, 4, in);
    OK(pleat_tensor_allocate, &trained->target, PLEAT_FLOAT32, 4, out);
    OK(pleat_tensor_allocate, &trained->held_out_target, PLEAT_FLOAT32, 4, out);
    fill_reals(&trained->held_out_input, &random);
    fill_reals(&trained->held_out_target, &random);
    trained->options = options_of(trained, folder);
}

void trained_start(struct trained *trained) {
    const struct pleat_train_part part = {NULL, trained->model, trained->optimizer,
                                          trained->average};
    OK(pleat_trainer_create, &trained->trainer, &part, 1, &trained->options);
}

void trained_free(struct trained *trained) {
    pleat_trainer_free(trained->trainer);
    pleat_optimizer_free(trained->optimizer);
    pleat_average_free(trained->average);
    pleat_model_free(trained->model);
    pleat_tensor_free(&trained->input);
    pleat_tensor_free(&trained->target);
    pleat_tensor_free(&trained->held_out_input);
    pleat_tensor_free(&trained->held_out_target);
}

static struct pleat_safetensors *read_file(const char *folder, const char *name) {
    char path[600];
    struct pleat_safetensors *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    OK(pleat_safetensors_read, &file, path);
    return file;
}

struct pleat_safetensors *read_step(const char *folder, int64_t step) {
    char name[64];
    snprintf(name, sizeof name, "step-%09lld.safetensors", (long long)step);
    return read_file(folder, name);
}

static void assert_same_file(struct pleat_safetensors *a, struct pleat_safetensors *b) {
    static const char *const keys[] = {"run/step",       "run/best_step", "run/best_bits",
                                       "run/losses",     "dropout/seed",  "optimizer/steps",
                                       "average/updates"};
    ck_assert_uint_eq(pleat_safetensors_count(a), pleat_safetensors_count(b));
    for (size_t i = 0; i < pleat_safetensors_count(a); i++) {
        const struct pleat_named_tensor *one = pleat_safetensors_at(a, i);
        const struct pleat_tensor *other = pleat_safetensors_find(b, one->name);
        ck_assert_msg(other != NULL, "%s is missing", one->name);
        void *expected = tensor_bytes(&one->tensor);
        assert_bytes(other, expected, one->name);
        free(expected);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *one = pleat_safetensors_metadata(a, keys[i]),
                   *other = pleat_safetensors_metadata(b, keys[i]);
        ck_assert_msg((one == NULL && other == NULL) ||
                          (one != NULL && other != NULL && strcmp(one, other) == 0),
                      "%s: %s and %s", keys[i], one, other);
    }
    pleat_safetensors_free(a);
    pleat_safetensors_free(b);
}

void assert_same_run(const char *folder, const char *other, int64_t step) {
    assert_same_file(read_step(folder, step), read_step(other, step));
    assert_same_file(read_file(folder, "best.safetensors"), read_file(other, "best.safetensors"));
}

int clear_run(const char *folder) {
    DIR *stream = opendir(folder);
    int count = 0;
    ck_assert_ptr_nonnull(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char path[900];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        count += entry->d_name[0] != '.' && unlink(path) == 0;
    }
    closedir(stream);
    ck_assert_int_eq(rmdir(folder), 0);
    return count;
}
