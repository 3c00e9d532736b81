/* What the library's trainer is told of a model and data that are the user's own. */
#include "fit/fit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"
#include "fit/measure.h"
#include "fit/task.h"
#include "interrupt.h"
#include "training/watch.h"

/* How often the held-out images are looked at over a whole training. */
#define VALIDATIONS 20

/* The part of a training over which the learning rate rises at the beginning. */
#define WARM_UP 0.05

struct fit {
    const struct fit_options *options;
    struct fit_task task;
    struct pleat_loader *train, *held_out;
    struct pleat_optimizer *optimizer;
    struct pleat_average *average;
    struct pleat_trainer *trainer;
    struct watch watch;
    struct interrupt_hold hold;
    int64_t total;    /* steps; 0: the time says when to end */
    double last_loss; /* of the last validation */
    char data[256], way[256], numbers[1280];
    struct pleat_metadata metadata[8];
    size_t metadata_count;
};

static enum pleat_status feed(void *context, int64_t step, struct pleat_batch *batch,
                              struct pleat_error *error) {
    struct fit *fit = context;
    return fit_feed(&fit->task, fit->train, step, batch, error);
}

static double fraction_done(const struct fit *fit, const struct pleat_train_report *report) {
    const double fraction = fit->total > 0 ? (double)report->step / (double)fit->total
                                           : report->seconds / fit->options->seconds;
    return fraction < 1 ? fraction : 1;
}

/* A rise, and then half a cosine down to a hundredth, or nothing. */
static double rate_factor(void *context, const struct pleat_train_report *report) {
    const struct fit *fit = context;
    const double done = fraction_done(fit, report);
    const double rise = done < WARM_UP ? 0.1 + 0.9 * done / WARM_UP : 1;
    return fit->options->constant_rate ? 1 : rise * (0.505 + 0.495 * cos(acos(-1) * done));
}

static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct fit *fit = context;
    TRY(fit_task_compile(&fit->task, PLEAT_INFERENCE, error));
    TRY(fit_measure(&fit->task, fit->held_out, trainer, metric, &fit->last_loss, error));
    return fit_task_compile(&fit->task, PLEAT_TRAINING, error);
}

static int is_to_stop(void *context, const struct pleat_train_report *report) {
    return interrupt_came() || fraction_done(context, report) >= 1;
}

static enum pleat_status report_step(void *context, const struct pleat_train_report *report,
                                     struct pleat_error *error) {
    struct fit *fit = context;
    return watch_report(&fit->watch, report, fraction_done(fit, report), is_to_stop(fit, report),
                        error);
}

/* Puts signals off while a file is written. */
static void hold_signals(void *context, int begins) {
    struct fit *fit = context;
    if (begins)
        interrupt_hold(&fit->hold);
    else
        interrupt_release(&fit->hold);
}

static enum pleat_status make_loader(struct pleat_loader **loader, const struct fit *fit,
                                     bool train, struct pleat_error *error) {
    const struct fit_options *o = fit->options;
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = o->batch;
    options.seed = o->seed;
    options.shuffle = train;
    options.skip_broken = o->skip_broken;
    if (train) {
        options.repeats = o->repeats;
        options.augmentation = o->augmentation;
    } else {
        options.keep_last = true;
        options.augmentation.height = o->augmentation.height;
        options.augmentation.width = o->augmentation.width;
        if (o->augmentation.crop != PLEAT_CROP_NONE)
            options.augmentation.crop = PLEAT_CROP_CENTRE;
    }
    return pleat_loader_create(loader, train ? fit->task.train : fit->task.held_out, &options,
                               error);
}

static void put(struct fit *fit, const char *key, const char *value) {
    fit->metadata[fit->metadata_count++] = (struct pleat_metadata){key, value};
}

/* What defines the run beside the trainer's options, and what pleat predict needs. */
static void describe(struct fit *fit) {
    const struct fit_options *o = fit->options;
    const struct pleat_augmentation *a = &o->augmentation;
    size_t length = 0;
    snprintf(fit->data, sizeof fit->data, "%zu images, %zu held out, of %" PRId64 "x%" PRId64,
             pleat_source_count(fit->task.source), pleat_source_count(fit->task.held_out),
             fit->task.extent[0], fit->task.extent[1]);
    snprintf(fit->way, sizeof fit->way,
             "%" PRId64 " steps or %g seconds of %" PRId64 ", %" PRId64
             " repeats, %s rate, flips %d %d, turns %d, rotation %g, zoom %g, brightness %g, "
             "contrast %g",
             fit->total, o->seconds, o->batch, o->repeats, o->constant_rate ? "constant" : "cosine",
             a->flip_horizontal, a->flip_vertical, a->quarter_turns, a->max_angle, a->max_scale,
             a->brightness, a->contrast);
    for (int i = 0; i < o->class_count; i++)
        length += (size_t)snprintf(fit->numbers + length, sizeof fit->numbers - length, "%s%d",
                                   i > 0 ? "," : "", o->class_number[i]);
    put(fit, "data", fit->data);
    put(fit, "training", fit->way);
    put(fit, "output", fit_task_output(&fit->task));
    if (o->class_count > 0)
        put(fit, "classes", fit->numbers);
}

static enum pleat_status create_trainer(struct fit *fit, struct pleat_error *error) {
    const struct fit_options *o = fit->options;
    struct pleat_train_options train = pleat_train_options_init();
    const struct pleat_train_part part = {NULL, fit->task.model, fit->optimizer, fit->average};
    train.epoch_steps = pleat_loader_batches(fit->train);
    train.steps = fit->total;
    train.seed = o->seed;
    train.context = train.feed_context = fit;
    train.feed = feed;
    train.losses = &fit->task.loss;
    train.loss_count = 1;
    train.factor = rate_factor;
    train.decay = o->average;
    train.validate = validate;
    if (fit->total > 0)
        train.validate_steps = (fit->total + VALIDATIONS - 1) / VALIDATIONS;
    else
        train.validate_seconds = o->seconds / VALIDATIONS;
    train.folder = o->checkpoints;
    train.keep = (int)o->keep;
    train.checkpoint_steps = train.validate_steps;
    if (fit->total == 0 && train.validate_seconds < train.checkpoint_seconds)
        train.checkpoint_seconds = train.validate_seconds;
    train.best = o->out;
    train.metadata = fit->metadata;
    train.metadata_count = fit->metadata_count;
    train.log = report_step;
    train.stop = is_to_stop;
    train.writing = hold_signals;
    return pleat_trainer_create(&fit->trainer, &part, 1, &train, error);
}

static enum pleat_status set_up(struct fit *fit, struct pleat_error *error) {
    const struct fit_options *o = fit->options;
    TRY(fit_task_open(&fit->task, o, error));
    TRY(make_loader(&fit->train, fit, true, error));
    TRY(make_loader(&fit->held_out, fit, false, error));
    fit->total = o->steps > 0 ? o->steps : o->epochs * pleat_loader_batches(fit->train);
    const struct pleat_adam_options adam = pleat_adam_options_init(o->rate);
    TRY(pleat_optimizer_create_adam(&fit->optimizer, fit->task.model, &adam, error));
    if (o->average > 0)
        TRY(pleat_average_create(&fit->average, fit->task.model, error));
    describe(fit);
    return create_trainer(fit, error);
}

static void tear_down(struct fit *fit) {
    watch_close(&fit->watch);
    pleat_trainer_free(fit->trainer);
    pleat_average_free(fit->average);
    pleat_optimizer_free(fit->optimizer);
    pleat_loader_free(fit->train);
    pleat_loader_free(fit->held_out);
    fit_task_free(&fit->task);
}

static enum pleat_status run(struct fit *fit, struct pleat_error *error) {
    struct pleat_error detail = {.message = ""};
    interrupt_catch();
    enum pleat_status status = pleat_trainer_run(fit->trainer, &detail);
    if (status == PLEAT_OK && interrupt_came())
        status = pleat_trainer_validate(fit->trainer, &detail);
    progress_end(&fit->watch.progress);
    if (status == PLEAT_NOT_FINITE)
        return fault(error, status, "%.150s; a lower --rate may help", detail.message);
    if (status != PLEAT_OK)
        *error = detail;
    return status;
}

/* Names the files that could not be read. */
static void tell_skipped(struct pleat_loader *loader, size_t count) {
    for (size_t i = 0; i < count && pleat_loader_skipped_count(loader) > 0; i++) {
        const struct pleat_error *reason = pleat_loader_skipped(loader, i);
        if (reason != NULL)
            printf("skipped  %s\n", reason->message);
    }
}

static enum pleat_status train(struct fit *fit, struct pleat_error *error) {
    static const char *const metrics[] = {"PSNR (dB)", "mean IoU", "accuracy"};
    const struct fit_options *o = fit->options;
    const struct fit_task *task = &fit->task;
    const struct pleat_train_report *report = pleat_trainer_report(fit->trainer);
    if (o->resume)
        TRY(pleat_trainer_resume(fit->trainer, error));
    const struct watch_options watch = {.log = o->log,
                                        .curve = o->curve,
                                        .metric = metrics[task->kind],
                                        .unit = task->kind == FIT_IMAGES ? "dB" : ""};
    watch_begin(&fit->watch, &watch, o->resume ? report->step : -1);
    printf("data     %s\nloss     %s, %s on those held out\nsteps    of %" PRId64 ", %" PRId64
           " an epoch\n",
           fit->data, pleat_loss_name(task->loss.kind), metrics[task->kind], o->batch,
           pleat_loader_batches(fit->train));
    if (o->resume)
        printf("resumed  at step %" PRId64 "\n", report->step);
    fflush(stdout);
    TRY(run(fit, error));
    tell_skipped(fit->train, pleat_source_count(task->train));
    tell_skipped(fit->held_out, pleat_source_count(task->held_out));
    if (interrupt_came())
        printf("interrupted after %" PRId64 " steps\n", report->step);
    printf("loss     %.4g on those held out, at the end\n", fit->last_loss);
    printf("%s holds step %" PRId64 ", %s %.5g\n", o->out, report->best_step, metrics[task->kind],
           report->best_metric);
    return PLEAT_OK;
}

enum pleat_status fit_run(const struct fit_options *options, struct pleat_error *error) {
    struct fit fit = {.options = options};
    enum pleat_status status = set_up(&fit, error);
    if (status == PLEAT_OK)
        status = train(&fit, error);
    tear_down(&fit);
    return status;
}
