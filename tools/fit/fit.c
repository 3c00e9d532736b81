/* What the library's trainer is told of a model and data that are the user's own. */
#include "fit/fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"
#include "fit/measure.h"
#include "fit/task.h"
#include "training/session.h"

struct fit {
    struct session session; /* first: it is the context of the trainer's functions */
    const struct fit_options *options;
    struct fit_task task;
    struct pleat_loader *train, *held_out;
    double last_loss; /* of the last validation */
    char data[256], samples[256], numbers[1280];
};

static enum pleat_status feed(void *context, int64_t step, struct pleat_batch *batch,
                              struct pleat_error *error) {
    struct fit *fit = context;
    return fit_feed(&fit->task, fit->train, step, batch, error);
}

static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct fit *fit = context;
    TRY(fit_task_compile(&fit->task, PLEAT_INFERENCE, error));
    TRY(fit_measure(&fit->task, fit->held_out, trainer, metric, &fit->last_loss, error));
    return fit_task_compile(&fit->task, PLEAT_TRAINING, error);
}

static enum pleat_status make_loader(struct pleat_loader **loader, const struct fit *fit,
                                     bool train, struct pleat_error *error) {
    const struct fit_options *o = fit->options;
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = o->training.batch;
    options.seed = o->training.seed;
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

/* What defines the run beside the trainer's options, and what pleat predict needs. */
static void describe(struct fit *fit) {
    const struct fit_options *o = fit->options;
    const struct pleat_augmentation *a = &o->augmentation;
    size_t length = 0;
    snprintf(fit->data, sizeof fit->data, "%zu images, %zu held out, of %" PRId64 "x%" PRId64,
             pleat_source_count(fit->task.source), pleat_source_count(fit->task.held_out),
             fit->task.extent[0], fit->task.extent[1]);
    snprintf(fit->samples, sizeof fit->samples,
             "%" PRId64 " repeats, flips %d %d, turns %d, rotation %g, zoom %g, brightness %g, "
             "contrast %g",
             o->repeats, a->flip_horizontal, a->flip_vertical, a->quarter_turns, a->max_angle,
             a->max_scale, a->brightness, a->contrast);
    for (int i = 0; i < o->class_count; i++)
        length += (size_t)snprintf(fit->numbers + length, sizeof fit->numbers - length, "%s%d",
                                   i > 0 ? "," : "", o->class_number[i]);
    session_describe(&fit->session, "data", fit->data);
    session_describe(&fit->session, "samples", fit->samples);
    session_describe(&fit->session, "output", fit_task_output(&fit->task));
    if (o->class_count > 0)
        session_describe(&fit->session, "classes", fit->numbers);
}

static enum pleat_status create_session(struct fit *fit, struct pleat_error *error) {
    const struct pleat_adam_options adam = pleat_adam_options_init(fit->options->training.rate);
    const struct pleat_train_part part = {NULL, fit->task.model, NULL, NULL};
    struct pleat_train_options train = pleat_train_options_init();
    train.epoch_steps = pleat_loader_batches(fit->train);
    train.context = train.feed_context = fit;
    train.feed = feed;
    train.losses = &fit->task.loss;
    train.loss_count = 1;
    train.validate = validate;
    TRY(session_add_adam(&fit->session, &part, &adam, error));
    return session_create(&fit->session, &train, error);
}

static enum pleat_status set_up(struct fit *fit, struct pleat_error *error) {
    const struct fit_options *o = fit->options;
    TRY(fit_task_open(&fit->task, o, error));
    TRY(make_loader(&fit->train, fit, true, error));
    TRY(make_loader(&fit->held_out, fit, false, error));
    session_begin(&fit->session, &o->training,
                  pleat_loader_batches(fit->train) * o->training.batch);
    describe(fit);
    return create_session(fit, error);
}

static void tear_down(struct fit *fit) {
    session_end(&fit->session);
    pleat_loader_free(fit->train);
    pleat_loader_free(fit->held_out);
    fit_task_free(&fit->task);
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
    static const struct {
        const char *name, *unit;
    } metrics[] = {{"PSNR (dB)", "dB"}, {"mean IoU", ""}, {"accuracy", ""}};
    const struct fit_task *task = &fit->task;
    printf("data     %s\nloss     %s, %s on those held out\n", fit->data,
           pleat_loss_name(task->loss.kind), metrics[task->kind].name);
    TRY(session_run(&fit->session, metrics[task->kind].name, metrics[task->kind].unit, error));
    tell_skipped(fit->train, pleat_source_count(task->train));
    tell_skipped(fit->held_out, pleat_source_count(task->held_out));
    printf("loss     %.4g on those held out, at the end\n", fit->last_loss);
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
