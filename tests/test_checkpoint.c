/* Checkpoints: what is saved is what is loaded; a file that does not fit changes nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/checkpoint.h>
#include <pleat/text.h>

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

/* Running statistics travel with the parameters; a file without them is refused. */
START_TEST(states_travel) {
    struct pleat_model *saved = network(PLEAT_FLOAT32, 3, "up", 1), *loaded, *plain = saved;
    OK(pleat_checkpoint_save, plain, file_path("plain.safetensors"), NULL, 0);
    OK(pleat_model_add_batch_norm, saved, "norm", "act", NULL);
    loaded = network(PLEAT_FLOAT32, 3, "up", 1);
    OK(pleat_model_add_batch_norm, loaded, "norm", "act", NULL);
    for (int i = 0; i < 2; i++) {
        const struct pleat_state s = pleat_model_state(saved, i);
        for (int64_t k = 0; k < 3; k++)
            tensor_set(&s.value, k, (double)(10 * i + k) + 0.5);
    }
    OK(pleat_checkpoint_save, saved, file_path("norm.safetensors"), NULL, 0);
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("norm.safetensors"));
    ck_assert_uint_eq(pleat_safetensors_count(file), 7);
    ck_assert_ptr_nonnull(pleat_safetensors_find(file, "norm.running_mean"));
    ck_assert_ptr_nonnull(pleat_safetensors_find(file, "norm.running_var"));
    OK(pleat_checkpoint_load, loaded, file);
    for (int i = 0; i < 2; i++) {
        const struct pleat_state s = pleat_model_state(loaded, i);
        for (int64_t k = 0; k < 3; k++)
            ck_assert(tensor_get(&s.value, k) == (double)(10 * i + k) + 0.5);
    }
    struct pleat_model *other = network(PLEAT_FLOAT32, 3, "up", 1);
    REFUSED(PLEAT_BAD_FORMAT, "is no parameter or state", pleat_checkpoint_load, other, file);
    pleat_safetensors_free(file);
    OK(pleat_safetensors_read, &file, file_path("plain.safetensors"));
    REFUSED(PLEAT_BAD_FORMAT, "no tensor \"norm.weight\"", pleat_checkpoint_load, loaded, file);
    pleat_safetensors_free(file);
    pleat_model_free(saved);
    pleat_model_free(loaded);
    pleat_model_free(other);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
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
    const struct pleat_metadata taken = {PLEAT_CHECKPOINT_MODEL, "my own"};
    REFUSED(PLEAT_INVALID_ARGUMENT, "pleat.model", pleat_checkpoint_save, model, file_path("x"),
            &taken, 1);
    REFUSED(PLEAT_IO, "nowhere", pleat_checkpoint_save, model, file_path("nowhere/x"), NULL, 0);
    ck_assert_int_eq(files_count(), 0);
    subject = model;
    walk_failing_memory(save, file_path("x"));
    pleat_model_free(model);
}
END_TEST

/* A checkpoint is enough to run: what is made of the file alone has the model's type, its
 * parameters and states, rates and initialisers, and its outputs in the same bits. */
START_TEST(opened_alone) {
    const enum pleat_dtype dtype = _i == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    const struct pleat_initialiser init = {PLEAT_INITIALISER_NORMAL, 1, {0.125}};
    struct pleat_model *saved = network(dtype, 3, "up", 1), *opened;
    OK(pleat_model_add_batch_norm, saved, "norm", "act", NULL);
    OK(pleat_model_set_rate, saved, 0, 0.5);
    OK(pleat_model_set_initialiser, saved, 0, &init);
    fill_parameters(saved, 1, 4);
    const struct pleat_state state = pleat_model_state(saved, 0);
    fill_value(&state.value, 0.25);
    OK(pleat_checkpoint_save, saved, file_path("model"), metadata, 2);
    OK(pleat_checkpoint_open, &opened, file_path("model"));
    char *text, *again;
    OK(pleat_text_write, &text, saved);
    OK(pleat_text_write, &again, opened);
    ck_assert_str_eq(text, again);
    const struct pleat_parameter first = pleat_model_parameter(opened, 0);
    ck_assert(first.rate == 0.5 && first.init.number[0] == 0.125);
    ck_assert_int_eq(pleat_model_dtype(opened), dtype);

    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("model"));
    ck_assert_str_eq(pleat_safetensors_metadata(file, PLEAT_CHECKPOINT_MODEL), text);
    ck_assert_str_eq(pleat_safetensors_metadata(file, "scale"), "2");
    pleat_safetensors_free(file);

    struct pleat_tensor x;
    struct pleat_random random = pleat_random_seed(8);
    OK(pleat_tensor_allocate, &x, dtype, 4, (int64_t[]){2, 2, 5, 4});
    fill_reals(&x, &random);
    forward(saved, &x);
    forward(opened, &x);
    void *expected = tensor_bytes(pleat_model_output(saved));
    assert_bytes(pleat_model_output(opened), expected, "output of what was opened");
    free(expected);
    pleat_text_free(text);
    pleat_text_free(again);
    pleat_tensor_free(&x);
    pleat_model_free(saved);
    pleat_model_free(opened);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static enum pleat_status open_model(const char *path, struct pleat_error *error) {
    struct pleat_model *model;
    const enum pleat_status status = pleat_checkpoint_open(&model, path, error);
    if (status == PLEAT_OK)
        pleat_model_free(model);
    return status;
}

/* Writes the network's tensors with a text of another's. */
static void write_with_text(const char *text, size_t metadata_count) {
    struct pleat_model *model = network(PLEAT_FLOAT32, 3, "up", 0);
    struct pleat_named_tensor tensors[2];
    const struct pleat_metadata entry = {PLEAT_CHECKPOINT_MODEL, text};
    for (int i = 0; i < 2; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        tensors[i] = (struct pleat_named_tensor){p.name, p.value};
    }
    OK(pleat_safetensors_write, file_path("model"), tensors, 2, &entry, metadata_count);
    pleat_model_free(model);
}

#define IMAGE "image = input channels=2\n"
#define UP "up = conv_transpose image out=3 kernel=4 stride=2 padding=1 bias=no\n"

/* Texts that do not fit the tensors, and none. */
START_TEST(texts_that_do_not_fit) {
    struct pleat_model *model = NULL;
    const char *path = file_path("model");
    write_with_text("", 0);
    REFUSED(PLEAT_BAD_FORMAT, "model: the file's metadata has no \"pleat.model\"",
            pleat_checkpoint_open, &model, path);
    write_with_text(IMAGE UP, 1);
    REFUSED(PLEAT_BAD_FORMAT, "\"act.weight\" is no parameter", pleat_checkpoint_open, &model,
            path);
    write_with_text(IMAGE UP "act = batch_norm up", 1);
    REFUSED(PLEAT_BAD_FORMAT, "no tensor \"act.bias\"", pleat_checkpoint_open, &model, path);
    write_with_text(IMAGE "up = conv image out=4 kernel=3\nact = prelu up", 1);
    REFUSED(PLEAT_BAD_FORMAT, "no tensor \"up.bias\"", pleat_checkpoint_open, &model, path);
    write_with_text(IMAGE UP "act = prelu", 1);
    REFUSED(PLEAT_BAD_FORMAT, "\"pleat.model\" of its metadata: line 3: layer \"act\": prelu reads",
            pleat_checkpoint_open, &model, path);
    ck_assert_ptr_null(model);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_checkpoint_open, NULL, path);
    REFUSED(PLEAT_INVALID_ARGUMENT, "path", pleat_checkpoint_open, &model, NULL);
    REFUSED(PLEAT_IO, "nowhere", pleat_checkpoint_open, &model, file_path("nowhere"));
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_checkpoint_model, NULL, NULL);
    REFUSED(PLEAT_INVALID_ARGUMENT, "file", pleat_checkpoint_model, &model, NULL);
    write_with_text(IMAGE UP "act = prelu up", 1);
    walk_failing_memory(open_model, path);
    failing_memory_cap((size_t)1 << 20); /* what a flip asks for may be any size */
    survive_flips(open_model, path, 300, NULL);
    failing_memory_cap(SIZE_MAX);
}
END_TEST

/* A model of no parameters is a file of no tensors. */
START_TEST(opened_without_parameters) {
    struct pleat_model *model;
    OK(pleat_text_read, &model, IMAGE "b = relu image", PLEAT_FLOAT32);
    OK(pleat_checkpoint_save, model, file_path("model"), NULL, 0);
    pleat_model_free(model);
    OK(pleat_checkpoint_open, &model, file_path("model"));
    ck_assert_int_eq(pleat_model_layer_count(model), 2);
    pleat_model_free(model);
}
END_TEST

/* A model with all that trains it. */
struct trainer {
    struct pleat_model *model;
    struct pleat_random generator;
    struct pleat_training training;
};

static struct trainer trainer_create(enum pleat_dtype dtype, bool is_adam) {
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 5, 4, 0);
    const struct pleat_sgd_options sgd = {0.1, 0.9, 0.01, 1};
    struct pleat_adam_options adam = pleat_adamw_options_init(0.05);
    struct trainer t = {.model = network(dtype, 3, "up", 1), .generator = pleat_random_seed(3)};
    fill_parameters(t.model, 1, 4);
    OK(pleat_model_compile, t.model, &options);
    if (is_adam)
        OK(pleat_optimizer_create_adam, &t.training.optimizer, t.model, &adam);
    else
        OK(pleat_optimizer_create_sgd, &t.training.optimizer, t.model, &sgd);
    OK(pleat_average_create, &t.training.average, t.model);
    return t;
}

static void trainer_free(struct trainer *t) {
    pleat_optimizer_free(t->training.optimizer);
    pleat_average_free(t->training.average);
    pleat_model_free(t->model);
}

/* Trains on random images, with a rate that follows from the step. */
static void train(struct trainer *t, int steps) {
    const struct pleat_tensor *y = pleat_model_output(t->model);
    struct pleat_tensor input, target, grad;
    OK(pleat_tensor_allocate, &input, y->dtype, 4, (int64_t[]){2, 2, 5, 4});
    OK(pleat_tensor_allocate, &target, y->dtype, y->rank, y->extent);
    OK(pleat_tensor_allocate, &grad, y->dtype, y->rank, y->extent);
    for (int step = 0; step < steps; step++) {
        fill_reals(&input, &t->generator);
        fill_reals(&target, &t->generator);
        pleat_model_zero_grad(t->model);
        OK(pleat_model_forward, t->model, &input);
        OK(pleat_loss_mse, pleat_model_output(t->model), &target, NULL, &grad);
        OK(pleat_model_backward, t->model, &grad);
        const int64_t taken = pleat_optimizer_steps(t->training.optimizer);
        OK(pleat_optimizer_set_rate, t->training.optimizer,
           0.1 * pleat_schedule_cosine(taken, 10, 0));
        pleat_optimizer_step(t->training.optimizer);
        const double updates = (double)pleat_average_updates(t->training.average);
        OK(pleat_average_update, t->training.average, (1 + updates) / (10 + updates));
    }
    pleat_tensor_free(&input);
    pleat_tensor_free(&target);
    pleat_tensor_free(&grad);
}

/* Fails the test unless all that two trainings hold is equal, bit for bit. */
static void assert_same(const struct trainer *a, const struct trainer *b) {
    for (int i = 0; i < pleat_model_parameter_count(a->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(a->model, i),
                                     q = pleat_model_parameter(b->model, i);
        const struct pleat_tensor m = pleat_average_value(a->training.average, i),
                                  n = pleat_average_value(b->training.average, i);
        void *value = tensor_bytes(&p.value), *average = tensor_bytes(&m);
        assert_bytes(&q.value, value, p.name);
        assert_bytes(&n, average, "average");
        free(value);
        free(average);
    }
    for (int i = 0; i < pleat_optimizer_state_count(a->training.optimizer); i++) {
        const struct pleat_optimizer_state s = pleat_optimizer_state_at(a->training.optimizer, i),
                                           r = pleat_optimizer_state_at(b->training.optimizer, i);
        void *value = tensor_bytes(&s.value);
        assert_bytes(&r.value, value, s.name);
        free(value);
    }
    ck_assert_int_eq(pleat_optimizer_steps(a->training.optimizer),
                     pleat_optimizer_steps(b->training.optimizer));
    ck_assert_int_eq(pleat_average_updates(a->training.average),
                     pleat_average_updates(b->training.average));
    ck_assert_mem_eq(a->generator.state, b->generator.state, sizeof a->generator.state);
}

static struct pleat_safetensors *read_training(void) {
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("training.safetensors"));
    return file;
}

static void assert_same_parameters(const struct pleat_model *model,
                                   const struct pleat_model *other) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i),
                                     q = pleat_model_parameter(other, i);
        void *expected = tensor_bytes(&q.value);
        assert_bytes(&p.value, expected, p.name);
        free(expected);
    }
}

/* A training that is stopped after any step, and goes on in new objects. */
START_TEST(resumed_in_the_same_bits) {
    const enum pleat_dtype dtype = _i % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    const bool is_adam = _i / 2 % 2 == 1;
    const int stop = _i / 4;
    struct trainer whole = trainer_create(dtype, is_adam), first = trainer_create(dtype, is_adam),
                   second = trainer_create(dtype, is_adam);
    whole.training.random = &whole.generator;
    first.training.random = &first.generator;
    second.training.random = &second.generator;
    train(&whole, 5);
    train(&first, stop);
    OK(pleat_checkpoint_save_training, first.model, &first.training,
       file_path("training.safetensors"), metadata, 2);
    fill_parameters(second.model, 1, 99);
    second.generator = pleat_random_seed(99);
    train(&second, 2); /* what is there is overwritten */
    struct pleat_safetensors *file = read_training();
    struct pleat_model *opened;
    ck_assert_str_eq(pleat_safetensors_metadata(file, "scale"), "2");
    OK(pleat_checkpoint_model, &opened, file);
    assert_same_parameters(opened, first.model);
    pleat_model_free(opened);
    OK(pleat_checkpoint_load_training, second.model, &second.training, file);
    assert_same(&first, &second);
    train(&second, 5 - stop);
    assert_same(&whole, &second);

    /* The parameters alone, for a model that is not trained. */
    struct pleat_model *model = network(dtype, 3, "up", 1);
    OK(pleat_checkpoint_load, model, file);
    assert_same_parameters(model, first.model);
    pleat_model_free(model);
    pleat_safetensors_free(file);
    trainer_free(&whole);
    trainer_free(&first);
    trainer_free(&second);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Trainings that do not fit a file of Adam's with average and generator, of three parameters. */
static const struct {
    bool sgd, no_optimizer, no_average, no_random;
    const char *text;
} others[] = {
    {true, false, false, false, "no tensor \"optimizer/velocity/up.weight\""},
    {false, true, false, false, "has \"optimizer/steps\""},
    {false, false, true, false, "has \"average/updates\""},
    {false, false, false, true, "has \"random/state\""},
};

START_TEST(strict_training) {
    struct trainer saved = trainer_create(PLEAT_FLOAT32, true),
                   other = trainer_create(PLEAT_FLOAT32, !others[_i].sgd),
                   untouched = trainer_create(PLEAT_FLOAT32, !others[_i].sgd);
    saved.training.random = &saved.generator;
    train(&saved, 2);
    OK(pleat_checkpoint_save_training, saved.model, &saved.training,
       file_path("training.safetensors"), NULL, 0);
    struct pleat_safetensors *file = read_training();
    const struct pleat_training given = {others[_i].no_optimizer ? NULL : other.training.optimizer,
                                         others[_i].no_average ? NULL : other.training.average,
                                         others[_i].no_random ? NULL : &other.generator};
    REFUSED(PLEAT_BAD_FORMAT, others[_i].text, pleat_checkpoint_load_training, other.model, &given,
            file);
    assert_same(&other, &untouched);

    /* And the other way: a file without what is given. */
    const struct pleat_training less = {given.optimizer, given.average, given.random};
    OK(pleat_checkpoint_save_training, other.model, &less, file_path("training.safetensors"), NULL,
       0);
    pleat_safetensors_free(file);
    file = read_training();
    REFUSED(PLEAT_BAD_FORMAT, "the file", pleat_checkpoint_load_training, saved.model,
            &saved.training, file);
    pleat_safetensors_free(file);
    trainer_free(&saved);
    trainer_free(&other);
    trainer_free(&untouched);
}
END_TEST

/* Metadata that is not what was written, and one state tensor that is not like its own. */
static const struct {
    const char *key, *value;
} spoilt[] = {
    {"optimizer/steps", ""},
    {"optimizer/steps", "-1"},
    {"optimizer/steps", "12 "},
    {"optimizer/steps", "0x1"},
    {"optimizer/steps", "9223372036854775808"},
    {"average/updates", "+3"},
    {"dropout/seed", "-1"},
    {"dropout/step", "18446744073709551616"},
    {"random/state", "0"},
    {"random/state", "000000000000000000000000000000000000000000000000000000000000000G"},
    {"random/state", "0000000000000000000000000000000000000000000000000000000000000000"},
    {"random/state", "00000000000000000000000000000000000000000000000000000000000000001"},
};

START_TEST(spoilt_training) {
    const struct pleat_metadata good[] = {
        {"optimizer/steps", "9223372036854775807"},
        {"average/updates", "0"},
        {"random/state", "000000000000000000000000000000000000000000000000fedcba9876543210"},
        {"dropout/seed", "18446744073709551615"},
        {"dropout/step", "7"}};
    struct trainer t = trainer_create(PLEAT_FLOAT64, false),
                   untouched = trainer_create(PLEAT_FLOAT64, false);
    t.training.random = &t.generator;
    struct pleat_named_tensor tensors[9];
    char names[9][64];
    for (int i = 0; i < 9; i++) {
        static const char *const prefix[] = {"", "optimizer/velocity/", "average/"};
        const struct pleat_parameter p = pleat_model_parameter(t.model, i % 3);
        snprintf(names[i], sizeof names[i], "%s%s", prefix[i / 3], p.name);
        tensors[i] = (struct pleat_named_tensor){names[i], p.value};
    }
    struct pleat_metadata entries[5] = {good[0], good[1], good[2], good[3], good[4]};
    for (int i = 0; i < 5; i++)
        if (strcmp(entries[i].key, spoilt[_i].key) == 0)
            entries[i].value = spoilt[_i].value;
    OK(pleat_safetensors_write, file_path("training.safetensors"), tensors, 9, entries, 5);
    struct pleat_safetensors *file = read_training();
    REFUSED(PLEAT_BAD_FORMAT, spoilt[_i].key, pleat_checkpoint_load_training, t.model, &t.training,
            file);
    pleat_safetensors_free(file);
    tensors[4].tensor = tensors[3].tensor; /* the state of another parameter */
    OK(pleat_safetensors_write, file_path("training.safetensors"), tensors, 9, good, 5);
    file = read_training();
    REFUSED(PLEAT_INVALID_SHAPE, "\"optimizer/velocity/up.bias\"", pleat_checkpoint_load_training,
            t.model, &t.training, file);
    pleat_safetensors_free(file);
    assert_same(&t, &untouched);
    tensors[4].tensor = tensors[1].tensor;
    OK(pleat_safetensors_write, file_path("training.safetensors"), tensors, 9, good, 5);
    file = read_training();
    OK(pleat_checkpoint_load_training, t.model, &t.training, file);
    train(&t, 1); /* which counts no further */
    ck_assert(pleat_optimizer_steps(t.training.optimizer) == INT64_MAX);
    OK(pleat_checkpoint_load_training, t.model, &t.training, file);
    ck_assert(t.generator.state[3] == UINT64_C(0xfedcba9876543210) && t.generator.state[2] == 0);
    pleat_safetensors_free(file);
    trainer_free(&t);
    trainer_free(&untouched);
}
END_TEST

/* Two models in one file, each with what trains it. */
START_TEST(parts_of_one_file) {
    struct trainer t[2] = {trainer_create(PLEAT_FLOAT32, true),
                           trainer_create(PLEAT_FLOAT32, false)},
                   u[2] = {trainer_create(PLEAT_FLOAT32, true),
                           trainer_create(PLEAT_FLOAT32, false)};
    const char *const names[2] = {"generator", "discriminator"};
    struct pleat_checkpoint_part saved[2], loaded[2];
    for (int i = 0; i < 2; i++) {
        t[i].training.random = &t[i].generator;
        u[i].training.random = &u[i].generator;
        saved[i] = (struct pleat_checkpoint_part){names[i], t[i].model, t[i].training};
        loaded[i] = (struct pleat_checkpoint_part){names[i], u[i].model, u[i].training};
        train(&t[i], 2 + i);
        OK(pleat_model_set_dropout, t[i].model, 5, 6);
    }
    OK(pleat_checkpoint_save_parts, saved, 2, file_path("training.safetensors"), metadata, 2);
    struct pleat_safetensors *file = read_training();
    ck_assert_str_eq(pleat_safetensors_metadata(file, "generator/optimizer/steps"), "2");
    ck_assert_str_eq(pleat_safetensors_metadata(file, "scale"), "2");
    ck_assert_ptr_nonnull(pleat_safetensors_find(file, "discriminator/average/up.weight"));
    OK(pleat_checkpoint_load_parts, loaded, 2, file);
    for (int i = 0; i < 2; i++) {
        uint64_t seed, step;
        assert_same(&t[i], &u[i]);
        OK(pleat_model_dropout, u[i].model, &seed, &step);
        ck_assert(seed == 5 && step == 6);
    }
    train(&u[1], 1);
    OK(pleat_checkpoint_load_part, u[1].model, "discriminator", file);
    const struct pleat_parameter p = pleat_model_parameter(t[1].model, 0),
                                 q = pleat_model_parameter(u[1].model, 0);
    void *expected = tensor_bytes(&p.value);
    assert_bytes(&q.value, expected, "a part's model");
    free(expected);
    REFUSED(PLEAT_BAD_FORMAT, "no tensor \"up.weight\"", pleat_checkpoint_load_part, u[1].model,
            NULL, file);
    REFUSED(PLEAT_BAD_FORMAT, "discriminator/", pleat_checkpoint_load_parts, loaded, 1, file);
    pleat_safetensors_free(file);
    const char *const bad[] = {NULL, "", "a/b", "generator"};
    for (int i = 0; i < 4; i++) {
        saved[1].name = bad[i];
        REFUSED(PLEAT_INVALID_ARGUMENT, "part", pleat_checkpoint_save_parts, saved, 2,
                file_path("x"), NULL, 0);
    }
    REFUSED(PLEAT_INVALID_ARGUMENT, "part", pleat_checkpoint_save_parts, saved, 0, file_path("x"),
            NULL, 0);
    for (int i = 0; i < 2; i++) {
        trainer_free(&t[i]);
        trainer_free(&u[i]);
    }
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* An optimizer or an average over another model, though a like one. */
START_TEST(another_models_training) {
    struct trainer t = trainer_create(PLEAT_FLOAT32, true),
                   other = trainer_create(PLEAT_FLOAT32, true);
    const char *path = file_path("training.safetensors");
    OK(pleat_checkpoint_save_training, t.model, &t.training, path, NULL, 0);
    struct pleat_safetensors *file = read_training();
    struct pleat_training mixed = {.optimizer = other.training.optimizer};
    REFUSED(PLEAT_INVALID_ARGUMENT, "optimizer", pleat_checkpoint_save_training, t.model, &mixed,
            file_path("x"), NULL, 0);
    mixed = t.training;
    mixed.average = other.training.average;
    REFUSED(PLEAT_INVALID_ARGUMENT, "average", pleat_checkpoint_load_training, t.model, &mixed,
            file);
    pleat_safetensors_free(file);
    trainer_free(&t);
    trainer_free(&other);
}
END_TEST

static struct trainer *trained;

static enum pleat_status save_training(const char *path, struct pleat_error *error) {
    return pleat_checkpoint_save_training(trained->model, &trained->training, path, metadata, 2,
                                          error);
}

static enum pleat_status load_training(const char *path, struct pleat_error *error) {
    struct pleat_safetensors *file;
    enum pleat_status status = pleat_safetensors_read(&file, path, error);
    if (status != PLEAT_OK)
        return status;
    status = pleat_checkpoint_load_training(trained->model, &trained->training, file, error);
    pleat_safetensors_free(file);
    return status;
}

START_TEST(training_refusals) {
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT;
    struct trainer t = trainer_create(PLEAT_FLOAT32, true);
    const char *path = file_path("training.safetensors");
    REFUSED(argument, "model", pleat_checkpoint_save_training, NULL, &t.training, path, NULL, 0);
    REFUSED(argument, "training", pleat_checkpoint_save_training, t.model, NULL, path, NULL, 0);
    REFUSED(argument, "path", pleat_checkpoint_save_training, t.model, &t.training, NULL, NULL, 0);
    REFUSED(argument, "metadata", pleat_checkpoint_save_training, t.model, &t.training, path, NULL,
            1);
    const struct pleat_metadata twice = {"optimizer/steps", "7"};
    REFUSED(argument, "optimizer/steps", pleat_checkpoint_save_training, t.model, &t.training, path,
            &twice, 1);
    pleat_average_swap(t.training.average);
    REFUSED(PLEAT_WRONG_STATE, "exchanged", pleat_checkpoint_save_training, t.model, &t.training,
            path, NULL, 0);
    ck_assert_int_eq(files_count(), 0);
    pleat_average_swap(t.training.average);
    trained = &t;
    walk_failing_memory(save_training, path);
    walk_failing_memory(load_training, path);
    struct pleat_safetensors *file = read_training();
    REFUSED(argument, "model", pleat_checkpoint_load_training, NULL, &t.training, file);
    REFUSED(argument, "training", pleat_checkpoint_load_training, t.model, NULL, file);
    REFUSED(argument, "file", pleat_checkpoint_load_training, t.model, &t.training, NULL);
    pleat_average_swap(t.training.average);
    REFUSED(PLEAT_WRONG_STATE, "exchanged", pleat_checkpoint_load_training, t.model, &t.training,
            file);
    pleat_safetensors_free(file);
    trainer_free(&t);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("checkpoint");
    TCase *tcase = tcase_create("files");
    tcase_add_checked_fixture(tcase, files_setup, files_teardown);
    tcase_add_loop_test(tcase, round_trip, 0, 2);
    tcase_add_loop_test(tcase, strict, 0, sizeof strangers / sizeof *strangers);
    tcase_add_test(tcase, other_rank);
    tcase_add_test(tcase, states_travel);
    tcase_add_test(tcase, save_refusals);
    tcase_add_loop_test(tcase, opened_alone, 0, 2);
    tcase_add_test(tcase, opened_without_parameters);
    tcase_add_test(tcase, texts_that_do_not_fit);
    tcase_add_loop_test(tcase, resumed_in_the_same_bits, 0, 16);
    tcase_add_loop_test(tcase, strict_training, 0, sizeof others / sizeof *others);
    tcase_add_loop_test(tcase, spoilt_training, 0, sizeof spoilt / sizeof *spoilt);
    tcase_add_test(tcase, training_refusals);
    tcase_add_test(tcase, parts_of_one_file);
    tcase_add_test(tcase, another_models_training);
    suite_add_tcase(result, tcase);
    return result;
}

int main(void) {
    return run_suite(suite());
}
