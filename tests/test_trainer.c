/* The loop of a training: resumed in the same bits however it ended, kept, watched, stopped where a
 * number is none. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "failing_memory.h"
#include "files.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"
#include "trained.h"

static const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, state = PLEAT_WRONG_STATE;

/* Runs a training that nothing disturbs, in that folder, to the end. */
static void run_whole(const char *folder, int threads) {
    struct trained trained;
    trained_make(&trained, folder, threads);
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    ck_assert_int_eq(pleat_trainer_report(trained.trainer)->step, 8);
    ck_assert_int_eq(pleat_trainer_report(trained.trainer)->epoch, 3);
    trained_free(&trained);
}

/* Goes on with the run of a folder to its end, in objects that hold something else. */
static void resume_to_the_end(const char *folder, int64_t expected) {
    struct trained trained;
    trained_make(&trained, folder, 2);
    fill_parameters(trained.model, 1, 99);
    trained_start(&trained);
    OK(pleat_trainer_resume, trained.trainer);
    if (expected >= 0)
        ck_assert_int_eq(pleat_trainer_report(trained.trainer)->step, expected);
    REFUSED(state, "begun", pleat_trainer_resume, trained.trainer);
    OK(pleat_trainer_run, trained.trainer);
    trained_free(&trained);
}

/* Stopped after any step. */
START_TEST(resumed_in_the_same_bits) {
    const char *whole = file_path("whole"), *stopped = file_path("stopped");
    struct trained trained;
    run_whole(whole, 2);
    trained_make(&trained, stopped, 2);
    trained.stop_at = _i;
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    ck_assert_int_eq(pleat_trainer_report(trained.trainer)->step, _i);
    trained_free(&trained);
    resume_to_the_end(stopped, _i);
    assert_same_run(whole, stopped, 8);
    clear_run(whole);
    clear_run(stopped);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(any_threads) {
    const char *one = file_path("one");
    run_whole(one, 1);
    for (int threads = 2; threads <= 3; threads++) {
        const char *many = file_path("many");
        run_whole(many, threads);
        assert_same_run(one, many, 8);
        clear_run(many);
    }
    clear_run(one);
}
END_TEST

/* What a killed process runs: a suite of this program, which is started anew each time, since threads
 * do not survive a fork. It never stops by itself before the last step. */
static const char *program, *child_folder;

START_TEST(child) {
    struct trained trained;
    struct pleat_error error = {.status = PLEAT_OK};
    trained_make(&trained, child_folder, 1);
    trained.options.steps = 400;
    trained.options.checkpoint_steps = 1;
    trained.options.validate_steps = 7;
    trained_start(&trained);
    if (pleat_trainer_resume(trained.trainer, &error) != PLEAT_OK)
        ck_assert_msg(strstr(error.message, "no checkpoint") != NULL, "%s", error.message);
    OK(pleat_trainer_run, trained.trainer);
    trained_free(&trained);
}
END_TEST

static int run_child(const char *folder) {
    Suite *result = suite_create("child");
    child_folder = folder;
    suite_add_loop(result, "child", child, 1);
    setenv("CK_FORK", "no", 1);
    return freopen("/dev/null", "w", stdout) != NULL ? run_suite(result) : EXIT_FAILURE;
}

static pid_t start_child(const char *folder) {
    const pid_t process = fork();
    if (process == 0) {
        execl(program, program, "child", folder, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_gt(process, 0);
    return process;
}

/* kill -9 at random moments, most of them while a checkpoint is being written; a child that reached
 * the end in time has nothing left to be killed for. */
START_TEST(killed) {
    const char *whole = file_path("whole"), *victim = file_path("victim");
    struct pleat_random random = pleat_random_seed(5);
    int kills = 0, ended;
    for (int i = 0; i < 12; i++) {
        const pid_t process = start_child(victim);
        const long moment = 20000000 + (long)pleat_random_below(&random, 60000000);
        nanosleep(&(struct timespec){.tv_nsec = moment}, NULL);
        kill(process, SIGKILL);
        ck_assert_int_eq(waitpid(process, &ended, 0), process);
        kills += WIFSIGNALED(ended);
        if (!WIFSIGNALED(ended))
            break;
    }
    ck_assert_int_gt(kills, 0);
    const char *const folders[] = {whole, victim};
    for (int i = 0; i < 2; i++) {
        const pid_t process = start_child(folders[i]);
        ck_assert_int_eq(waitpid(process, &ended, 0), process);
        ck_assert_msg(WIFEXITED(ended) && WEXITSTATUS(ended) == EXIT_SUCCESS, "status %d", ended);
    }
    assert_same_run(whole, victim, 400);
    clear_run(whole);
    const int left =
        clear_run(victim); /* three checkpoints and the best; a temporary of the best */
    ck_assert_msg(left >= 4 && left <= 4 + 12, "%d files", left);
}
END_TEST

static struct rlimit unlimited;

/* From step 4 on files are as if the disk were full. */
static void fill_disk(struct trained *trained, const struct pleat_train_report *report) {
    (void)trained;
    if (report->step == 4) {
        struct rlimit small = unlimited;
        small.rlim_cur = 2000;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    }
}

START_TEST(full_disk) {
    const char *whole = file_path("whole"), *full = file_path("full");
    struct trained trained;
    run_whole(whole, 2);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, SIG_IGN);
    trained_make(&trained, full, 2);
    trained.options.validate_steps = _i == 0 ? 2 : 100; /* the best or the checkpoint meets it */
    trained.watch = fill_disk;
    trained_start(&trained);
    struct pleat_error error = {.message = ""};
    const enum pleat_status status = pleat_trainer_run(trained.trainer, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_refused(status, PLEAT_IO, ".safetensors: cannot write it", &error);
    ck_assert_int_eq(pleat_trainer_report(trained.trainer)->step, 6);
    trained_free(&trained);
    if (_i == 0) {
        resume_to_the_end(full, 3);
        assert_same_run(whole, full, 8);
    } else
        pleat_safetensors_free(read_step(full, 3));
    clear_run(whole);
    clear_run(full);
}
END_TEST

START_TEST(kept) {
    static const int keeps[] = {1, 2, 0};
    char folder[512];
    struct trained trained;
    snprintf(folder, sizeof folder, "%s", file_path("run")); /* whose text is asked for often */
    trained_make(&trained, folder, 1);
    trained.options.keep = keeps[_i];
    trained.options.checkpoint_steps = 1;
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    trained_free(&trained);
    for (int step = 0; step <= 8; step++) {
        char name[64];
        snprintf(name, sizeof name, "run/step-%09d.safetensors", step);
        ck_assert_int_eq(access(file_path(name), F_OK) == 0,
                         keeps[_i] == 0 || step > 8 - keeps[_i]);
    }
    struct trained again;
    trained_make(&again, folder, 1);
    trained_start(&again);
    REFUSED(state, "run: holds a run that came to step 8", pleat_trainer_run, again.trainer);
    trained_free(&again);
    ck_assert_int_eq(clear_run(folder), (keeps[_i] == 0 ? 9 : keeps[_i]) + 1);
}
END_TEST

/* Metrics of steps 0, 1, ..., as one would have them. */
static const double metrics[] = {5, 4, 7, (double)NAN, 1, 2, 8, 8, 3};
static struct pleat_tensor best_weight; /* the average's, when it was the best */

static enum pleat_status scripted(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    const struct trained *trained = context;
    const int64_t step = pleat_trainer_report(trainer)->step;
    (void)error;
    *metric = metrics[step];
    if (step == (trained->options.lower_is_better ? 4 : 6)) {
        const struct pleat_tensor weight = pleat_model_parameter(trained->model, 0).value;
        memcpy(best_weight.data, weight.data, (size_t)pleat_tensor_size(&weight) * sizeof(float));
    }
    ck_assert(pleat_average_is_swapped(trained->average));
    return PLEAT_OK;
}

START_TEST(best) {
    struct trained trained;
    trained_make(&trained, NULL, 1);
    const struct pleat_tensor weight = pleat_model_parameter(trained.model, 0).value;
    OK(pleat_tensor_allocate, &best_weight, PLEAT_FLOAT32, weight.rank, weight.extent);
    trained.options.validate = scripted;
    trained.options.validate_steps = 1;
    trained.options.lower_is_better = _i;
    trained.options.best = file_path("best");
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    const struct pleat_train_report *report = pleat_trainer_report(trained.trainer);
    ck_assert_int_eq(report->best_step, _i == 1 ? 4 : 6);
    ck_assert(report->best_metric == (_i == 1 ? 1 : 8));
    ck_assert(!pleat_average_is_swapped(trained.average));
    struct pleat_safetensors *file;
    OK(pleat_safetensors_read, &file, file_path("best"));
    ck_assert_str_eq(pleat_safetensors_metadata(file, "model"), "a text");
    ck_assert_str_eq(pleat_safetensors_metadata(file, "run/best_step"), _i == 1 ? "4" : "6");
    OK(pleat_checkpoint_load, trained.model, file);
    void *expected = tensor_bytes(&best_weight);
    assert_bytes(&weight, expected, "the best weight");
    free(expected);
    pleat_safetensors_free(file);
    pleat_tensor_free(&best_weight);
    trained_free(&trained);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

/* Each changes what defines a run. */
static const char *change(struct trained *trained, int which) {
    switch (which) {
    case 0:
        trained->options.seed = 12;
        return "its seed is \"11\", not \"12\"";
    case 1:
        trained->loss.kind = PLEAT_LOSS_L1;
        return "its losses is \"mse x 1\", not \"l1 x 1\"";
    case 2:
        trained->options.steps = 9;
        return "its schedule is";
    case 3:
        trained->options.clip_norm = 0;
        return "its clip_norm is";
    case 4:
        trained->options.decay = 0.5;
        return "its decay is";
    case 5:
        OK(pleat_optimizer_set_rate, trained->optimizer, 0.01);
        return "its rates is";
    case 6:
        trained->metadata[1].value = "pictures";
        return "its data is \"noise\", not \"pictures\"";
    case 7:
        OK(pleat_model_set_rate, trained->model, 0, 0.5);
        return "its \"pleat.model\" is another model's";
    default:
        trained->metadata[0].key = "network";
        return "it does not tell its network";
    }
}

START_TEST(another_run) {
    const char *folder = file_path("run");
    struct trained trained;
    trained_make(&trained, folder, 1);
    trained.stop_at = 1;
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    trained_free(&trained);
    trained_make(&trained, folder, 1);
    const char *text = change(&trained, _i);
    trained_start(&trained);
    REFUSED(state, text, pleat_trainer_resume, trained.trainer);
    ck_assert_int_eq(pleat_trainer_report(trained.trainer)->step, 0);
    ck_assert_int_eq(pleat_optimizer_steps(trained.optimizer), 0);
    trained_free(&trained);
    clear_run(folder);
}
END_TEST

/* Spoils something after step 3. */
static int spoilt;

static void spoil(struct trained *trained, const struct pleat_train_report *report) {
    if (report->step != 3)
        return;
    const int up = pleat_model_find_parameter(trained->model, "up.weight");
    const struct pleat_tensor weight = pleat_model_parameter(trained->model, up).value;
    if (spoilt == 0)
        fill_value(&weight, 3e38);
    else
        OK(pleat_optimizer_set_rate, trained->optimizer, 1e300);
}

START_TEST(not_finite) {
    static const char *const texts[] = {
        "the loss is not finite at step 4: the output of layer \"up\" is",
        "after step 4 first.weight is"};
    const char *folder = file_path("run");
    struct trained trained;
    spoilt = _i;
    trained_make(&trained, folder, 1);
    trained.options.checkpoint_steps = 1;
    trained.options.keep = 1;
    trained.options.validate_steps = 100;
    trained.watch = spoil;
    trained_start(&trained);
    struct pleat_error error = {.message = ""};
    assert_refused(pleat_trainer_run(trained.trainer, &error), PLEAT_NOT_FINITE, texts[_i], &error);
    ck_assert_msg(strstr(error.message, "the checkpoint of step 3 is kept") != NULL, "%s",
                  error.message);
    trained_free(&trained);
    pleat_safetensors_free(read_step(folder, 3));
    clear_run(folder);
}
END_TEST

/* Allocation is forbidden between the first step and the last. */
static void forbid(struct trained *trained, const struct pleat_train_report *report) {
    (void)trained;
    failing_memory_arm(report->step >= 1 && report->step < 7 ? 0 : -1);
}

START_TEST(no_allocation) {
    struct trained trained;
    trained_make(&trained, NULL, 2);
    trained.options.validate_steps = 100;
    trained.watch = forbid;
    trained_start(&trained);
    OK(pleat_trainer_run, trained.trainer);
    trained_free(&trained);
}
END_TEST

/* Two parts that learn from each other: the first one's output is fed to the second. */
struct pair {
    struct trained part[2];
    struct pleat_tensor grad;
    int spoil;
};

static enum pleat_status step_pair(void *context, struct pleat_trainer *trainer,
                                   const struct pleat_batch *batch, double *loss,
                                   struct pleat_error *error) {
    struct pair *pair = context;
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        struct pleat_model *model = pair->part[i].model;
        double value;
        pleat_model_zero_grad(model);
        OK(pleat_model_forward, model, &batch->input[0]);
        OK(pleat_loss_mse, pleat_model_output(model), &batch->target[0], &value, &pair->grad);
        OK(pleat_model_backward, model, &pair->grad);
        if (pair->spoil && i == 1 && batch->step == 2) {
            const struct pleat_tensor grad = pleat_model_parameter(model, 0).grad;
            tensor_set(&grad, 0, INFINITY);
        }
        const enum pleat_status status = pleat_trainer_update(trainer, i, error);
        if (status != PLEAT_OK)
            return status;
        sum += value;
    }
    *loss = sum;
    return PLEAT_OK;
}

static struct pleat_trainer *pair_make(struct pair *pair, const char *folder, int64_t stop_at) {
    struct pleat_trainer *trainer;
    struct pleat_train_part parts[2];
    static const char *const names[] = {"generator", "discriminator"};
    for (int i = 0; i < 2; i++) {
        struct trained *t = &pair->part[i];
        trained_make(t, folder, 2);
        fill_parameters(t->model, 1, 30 + (uint64_t)i);
        parts[i] =
            (struct pleat_train_part){names[i], t->model, t->optimizer, i == 0 ? t->average : NULL};
    }
    const struct pleat_tensor *output = pleat_model_output(pair->part[0].model);
    OK(pleat_tensor_allocate, &pair->grad, PLEAT_FLOAT32, output->rank, output->extent);
    struct pleat_train_options options = pair->part[0].options;
    options.context = pair;
    options.losses = NULL;
    options.step = step_pair;
    options.validate = NULL;
    options.log = NULL;
    options.stop = NULL;
    options.steps = stop_at;
    options.schedule.kind =
        PLEAT_SCHEDULE_CONSTANT; /* else another number of steps is another run */
    OK(pleat_trainer_create, &trainer, parts, 2, &options);
    return trainer;
}

static void pair_free(struct pair *pair, struct pleat_trainer *trainer) {
    pleat_trainer_free(trainer);
    pleat_tensor_free(&pair->grad);
    trained_free(&pair->part[0]);
    trained_free(&pair->part[1]);
}

START_TEST(several_parts) {
    const char *folders[] = {file_path("whole"), file_path("stopped")};
    struct pair pair = {.spoil = 0};
    struct pleat_trainer *trainer = pair_make(&pair, folders[0], 6);
    OK(pleat_trainer_run, trainer);
    pair_free(&pair, trainer);
    trainer = pair_make(&pair, folders[1], 4);
    OK(pleat_trainer_run, trainer);
    pair_free(&pair, trainer);
    trainer = pair_make(&pair, folders[1], 6);
    OK(pleat_trainer_resume, trainer);
    OK(pleat_trainer_run, trainer);
    pair_free(&pair, trainer);
    struct pleat_safetensors *one = read_step(folders[0], 6), *other = read_step(folders[1], 6);
    ck_assert_ptr_nonnull(pleat_safetensors_find(one, "generator/average/up.weight"));
    ck_assert_ptr_null(pleat_safetensors_find(one, "discriminator/average/up.weight"));
    for (size_t i = 0; i < pleat_safetensors_count(one); i++) {
        void *expected = tensor_bytes(&pleat_safetensors_at(one, i)->tensor);
        const char *name = pleat_safetensors_at(one, i)->name;
        assert_bytes(pleat_safetensors_find(other, name), expected, name);
        free(expected);
    }
    pleat_safetensors_free(one);
    pleat_safetensors_free(other);
    clear_run(folders[0]);
    clear_run(folders[1]);
    pair.spoil = 1;
    trainer = pair_make(&pair, NULL, 6);
    REFUSED(PLEAT_NOT_FINITE,
            "a gradient is not finite at step 3: the gradient of first.weight is inf at element 0",
            pleat_trainer_run, trainer);
    pair_free(&pair, trainer);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* An image of two outputs: logits of three classes, and a number; with weights. */
START_TEST(losses) {
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
    struct pleat_trainer *trainer;
    const struct pleat_sgd_options sgd = pleat_sgd_options_init(0.1, 0);
    struct pleat_compile_options compile = compile_options(PLEAT_TRAINING, 2, 3, 0, 0);
    OK(pleat_model_create, &model, PLEAT_FLOAT64);
    OK(pleat_model_add_input, model, "image", 3, 1);
    OK(pleat_model_add_relu, model, "classes", "image");
    OK(pleat_model_add_tanh, model, "number", "image");
    OK(pleat_model_mark_output, model, "classes");
    OK(pleat_model_mark_output, model, "number");
    OK(pleat_model_compile, model, &compile);
    OK(pleat_optimizer_create_sgd, &optimizer, model, &sgd);
    struct pleat_output_loss loss[2] = {pleat_output_loss_init(PLEAT_LOSS_CROSS_ENTROPY),
                                        pleat_output_loss_init((enum pleat_loss_kind)_i)};
    loss[0].weight = 0.5;
    loss[0].cross_entropy.ignored = 255;
    loss[1].weight = -2;
    struct pleat_train_options options = pleat_train_options_init();
    struct trained unused;
    trained_make(&unused, NULL, 1);
    options.feed = unused.options.feed;
    options.steps = 1;
    options.losses = loss;
    options.loss_count = 2;
    const struct pleat_train_part part = {NULL, model, optimizer, NULL};
    OK(pleat_trainer_create, &trainer, &part, 1, &options);

    struct pleat_random random = pleat_random_seed(6);
    struct pleat_batch batch = {.input_count = 1, .target_count = 2};
    OK(pleat_tensor_allocate, &batch.input[0], PLEAT_FLOAT64, 3, (int64_t[]){2, 3, 3});
    OK(pleat_tensor_allocate, &batch.target[0], PLEAT_FLOAT64, 3, (int64_t[]){2, 1, 3});
    OK(pleat_tensor_allocate, &batch.target[1], PLEAT_FLOAT64, 3, (int64_t[]){2, 3, 3});
    fill_reals(&batch.input[0], &random);
    fill_reals(&batch.target[1], &random);
    static const int32_t labels[] = {0, 1, 2, 255, 2, 1};
    for (int i = 0; i < 6; i++)
        tensor_set(&batch.target[0], i, labels[i]);
    OK(pleat_model_forward, model, &batch.input[0]);
    double value = 0, one = 0, other = 0;
    OK(pleat_trainer_loss, trainer, &batch, &value);
    const struct pleat_labels view = pleat_labels_view(labels, 2, (int64_t[]){2, 3});
    const struct pleat_tensor *y = pleat_model_output_at(model, 1), *t = &batch.target[1];
    OK(pleat_loss_cross_entropy, pleat_model_output(model), &view, &loss[0].cross_entropy, &one,
       NULL);
    if (_i == PLEAT_LOSS_MSE)
        OK(pleat_loss_mse, y, t, &other, NULL);
    else if (_i == PLEAT_LOSS_L1)
        OK(pleat_loss_l1, y, t, &other, NULL);
    else if (_i == PLEAT_LOSS_CHARBONNIER)
        OK(pleat_loss_charbonnier, y, t, 1e-3, &other, NULL);
    else
        OK(pleat_loss_binary_cross_entropy, y, t, &other, NULL);
    ck_assert(one > 0 && other != 0 && value == 0.5 * one - 2 * other);

    const struct pleat_tensor whole = batch.target[0];
    batch.target[0] = pleat_tensor_view(whole.data, PLEAT_FLOAT64, 2, (int64_t[]){2, 3});
    OK(pleat_trainer_loss, trainer, &batch, &other);
    ck_assert(other == value);
    tensor_set(&whole, 4, 1.5);
    REFUSED(argument, "target[0]: ", pleat_trainer_loss, trainer, &batch, &other);
    tensor_set(&whole, 4, NAN);
    REFUSED(argument, "target[0]: ", pleat_trainer_loss, trainer, &batch, &other);
    tensor_set(&whole, 4, 3);
    REFUSED(argument, "label 3", pleat_trainer_loss, trainer, &batch, &other);
    batch.target[0] = pleat_tensor_view(whole.data, PLEAT_FLOAT64, 2, (int64_t[]){3, 2});
    REFUSED(PLEAT_INVALID_SHAPE, "target[0]", pleat_trainer_loss, trainer, &batch, &other);
    batch.target_count = 1;
    REFUSED(argument, "2 targets", pleat_trainer_loss, trainer, &batch, &other);

    batch.target[0] = whole;
    for (int i = 0; i < 2; i++)
        pleat_tensor_free(&batch.target[i]);
    pleat_tensor_free(&batch.input[0]);
    pleat_trainer_free(trainer);
    pleat_optimizer_free(optimizer);
    pleat_model_free(model);
    trained_free(&unused);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Each makes the options of a trainer wrong. */
static const char *spoil_options(struct trained *trained, int which) {
    struct pleat_train_options *options = &trained->options;
    switch (which) {
    case 0:
        options->losses = NULL;
        return "losses";
    case 1:
        options->step = step_pair;
        return "losses";
    case 2:
        options->feed = NULL;
        return "feed";
    case 3:
        options->loss_count = 2;
        return "loss_count";
    case 4:
        options->steps = 0;
        options->stop = NULL;
        return "steps";
    case 5:
        options->clip_norm = NAN;
        return "clip_norm";
    case 6:
        options->decay = 1.5;
        return "decay";
    case 7:
        options->schedule.last = 2;
        return "schedule";
    case 8:
        options->keep = -1;
        return "keep";
    case 9:
        trained->loss.weight = INFINITY;
        return "weight";
    default:
        options->metadata = NULL;
        return "metadata";
    }
}

START_TEST(refusals) {
    struct trained trained, other;
    trained_make(&trained, NULL, 1);
    trained_make(&other, NULL, 1);
    struct pleat_trainer *trainer = NULL;
    struct pleat_train_part part = {NULL, trained.model, trained.optimizer, trained.average};
    const struct pleat_train_options good = trained.options;
    for (int i = 0; i <= 10; i++) {
        trained.options = good;
        trained.loss.weight = 1;
        const char *text = spoil_options(&trained, i);
        REFUSED(argument, text, pleat_trainer_create, &trainer, &part, 1, &trained.options);
    }
    trained.loss.weight = 1;
    REFUSED(argument, "count", pleat_trainer_create, &trainer, &part, 0, &good);
    REFUSED(argument, "single part", pleat_trainer_create, &trainer,
            ((struct pleat_train_part[]){part, part}), 2, &good);
    part.optimizer = other.optimizer;
    REFUSED(argument, "optimizer", pleat_trainer_create, &trainer, &part, 1, &good);
    part.optimizer = trained.optimizer;
    part.average = other.average;
    REFUSED(argument, "average", pleat_trainer_create, &trainer, &part, 1, &good);
    ck_assert_ptr_null(trainer);
    part.average = trained.average;
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    for (long k = 0; status == PLEAT_OUT_OF_MEMORY; k++) {
        const long before = failing_memory_outstanding();
        failing_memory_arm(k);
        status = pleat_trainer_create(&trainer, &part, 1, &good, NULL);
        failing_memory_arm(-1);
        ck_assert(status == PLEAT_OK || failing_memory_outstanding() == before);
    }
    ck_assert_int_eq(status, PLEAT_OK);
    REFUSED(argument, "folder", pleat_trainer_resume, trainer);
    REFUSED(argument, "part", pleat_trainer_update, trainer, 1);
    pleat_trainer_free(trainer);
    trained.options.folder = file_path("none");
    trained.options.metadata = trained.metadata;
    trained_start(&trained);
    REFUSED(PLEAT_IO, "no checkpoint to resume from", pleat_trainer_resume, trained.trainer);
    trained_free(&trained);
    trained_free(&other);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("trainer");
    TCase *tcase = tcase_create("trainer");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, files_setup, files_teardown);
    tcase_add_loop_test(tcase, resumed_in_the_same_bits, 1, 9);
    tcase_add_test(tcase, any_threads);
    tcase_add_test(tcase, killed);
    tcase_add_loop_test(tcase, full_disk, 0, 2);
    tcase_add_loop_test(tcase, kept, 0, 3);
    tcase_add_loop_test(tcase, best, 0, 2);
    tcase_add_loop_test(tcase, another_run, 0, 9);
    tcase_add_loop_test(tcase, not_finite, 0, 2);
    tcase_add_test(tcase, no_allocation);
    tcase_add_test(tcase, several_parts);
    tcase_add_loop_test(tcase, losses, 0, 4);
    tcase_add_test(tcase, refusals);
    suite_add_tcase(result, tcase);
    return result;
}

int main(int argc, char **argv) {
    program = argv[0];
    return argc == 3 && strcmp(argv[1], "child") == 0 ? run_child(argv[2]) : run_suite(suite());
}
