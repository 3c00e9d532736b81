/* The loop of a training, and what it begins with. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/trainer.h"

struct pleat_train_options pleat_train_options_init(void) {
    return (struct pleat_train_options){
        .schedule = {.warm_up = 0, .every = 1, .decay = 1},
        .decay = 0.999,
        .keep = 3,
        .checkpoint_seconds = 300,
    };
}

static enum pleat_status check_part(const struct pleat_train_part *part,
                                    struct pleat_error *error) {
    const struct pleat_model *model = part->model;
    PLEAT__REQUIRE(model, error);
    if (pleat_model_output(model) == NULL || (pleat_model_parameter_count(model) > 0 &&
                                              pleat_model_parameter(model, 0).grad.data == NULL))
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model must be compiled for training before its trainer is made");
    if (pleat_optimizer_model(part->optimizer) != model)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a part must have an optimizer of its own model");
    if (part->average != NULL && pleat_average_model(part->average) != model)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the average is another model's");
    return PLEAT_OK;
}

/* Refuses options that contradict each other. */
static enum pleat_status check_kind(const struct pleat_train_options *options, int count,
                                    struct pleat_error *error) {
    if ((options->losses != NULL) == (options->step != NULL))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "there must be either losses or a step of the caller's");
    if (options->losses != NULL && (options->feed == NULL || count != 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "losses need a feed and a single part");
    if (options->steps == 0 && options->stop == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "there must be a number of steps, or stop");
    if (options->metadata_count > 0)
        PLEAT__REQUIRE(options->metadata, error);
    return PLEAT_OK;
}

static enum pleat_status check_ranges(const struct pleat_train_options *options,
                                      struct pleat_error *error) {
    if (options->steps < 0 || options->epoch_steps < 0 || options->validate_steps < 0 ||
        options->checkpoint_steps < 0 || options->keep < 0 || !(options->validate_seconds >= 0) ||
        !(options->checkpoint_seconds >= 0))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "steps, epoch_steps, keep, and those and the seconds between "
                           "validations and checkpoints must be at least 0");
    if (!(options->clip_norm >= 0) || !(options->decay >= 0 && options->decay <= 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "clip_norm must be at least 0 and decay 0 to 1, got %g and %g",
                           options->clip_norm, options->decay);
    return pleat__schedule_check(&options->schedule, error);
}

static enum pleat_status check(const struct pleat_train_part *parts, int count,
                               const struct pleat_train_options *options,
                               struct pleat_error *error) {
    PLEAT__REQUIRE(parts, error);
    PLEAT__REQUIRE(options, error);
    if (count < 1 || count > PLEAT_MAX_PARTS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "count must be 1 to %d, got %d",
                           PLEAT_MAX_PARTS, count);
    for (int i = 0; i < count; i++)
        PLEAT__TRY(check_part(&parts[i], error));
    PLEAT__TRY(check_kind(options, count, error));
    PLEAT__TRY(check_ranges(options, error));
    if (options->losses == NULL)
        return PLEAT_OK;
    return pleat__objective_check(options->losses, options->loss_count, parts[0].model, error);
}

static struct pleat_train_report report_of_beginning(const struct pleat_train_options *options) {
    return (struct pleat_train_report){
        .steps = options->steps,
        .loss = NAN,
        .norm = NAN,
        .metric = NAN,
        .best_metric = options->lower_is_better ? (double)INFINITY : -(double)INFINITY,
        .best_step = -1,
    };
}

enum pleat_status pleat_trainer_create(struct pleat_trainer **trainer,
                                       const struct pleat_train_part *parts, int count,
                                       const struct pleat_train_options *options,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    PLEAT__TRY(check(parts, count, options, error));
    struct pleat_trainer *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a trainer");
    made->options = *options;
    made->part_count = count;
    memcpy(made->part, parts, (size_t)count * sizeof *parts);
    made->report = report_of_beginning(options);
    made->saved_step = -1;
    if (options->losses != NULL) {
        made->objective.count = options->loss_count;
        memcpy(made->objective.loss, options->losses,
               (size_t)options->loss_count * sizeof *options->losses);
    }
    const enum pleat_status status =
        pleat__objective_reserve(&made->objective, parts[0].model, error);
    if (status == PLEAT_OK)
        *trainer = made;
    else
        pleat_trainer_free(made);
    return status;
}

void pleat_trainer_free(struct pleat_trainer *trainer) {
    if (trainer == NULL)
        return;
    pleat__objective_free(&trainer->objective);
    pleat__free(trainer);
}

const struct pleat_train_report *pleat_trainer_report(const struct pleat_trainer *trainer) {
    return &trainer->report;
}

enum pleat_status pleat_trainer_loss(struct pleat_trainer *trainer, const struct pleat_batch *batch,
                                     double *loss, struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    PLEAT__REQUIRE(batch, error);
    PLEAT__REQUIRE(loss, error);
    if (trainer->objective.count == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the options have no losses");
    return pleat__objective_evaluate(&trainer->objective, trainer->part[0].model, batch, false,
                                     loss, error);
}

/* Seconds by a clock that only goes forward; they decide when files are written, and are reported. */
static double read_clock(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static enum pleat_status tell(const struct pleat_trainer *trainer, struct pleat_error *error) {
    return trainer->options.log != NULL
               ? trainer->options.log(trainer->options.context, &trainer->report, error)
               : PLEAT_OK;
}

/* Writes what is there before the first step: what cannot be written is found out. */
static enum pleat_status begin(struct pleat_trainer *trainer, struct pleat_error *error) {
    bool best_exists;
    PLEAT__TRY(pleat__train_open(trainer, &best_exists, error));
    if (trainer->options.validate != NULL)
        PLEAT__TRY(pleat__train_validate(trainer, !best_exists, error));
    PLEAT__TRY(tell(trainer, error));
    PLEAT__TRY(pleat__train_save(trainer, error));
    trainer->begun = true;
    return PLEAT_OK;
}

/* Whether something is to be done after this step, or after so many seconds, where the last time was
 * at the time `last`. */
static bool is_due(const struct pleat_train_report *report, int64_t steps, double seconds,
                   double last) {
    return (steps > 0 && report->step % steps == 0) ||
           (seconds > 0 && floor(report->seconds / seconds) > floor(last / seconds));
}

static bool is_over(const struct pleat_trainer *trainer) {
    return trainer->options.steps > 0 && trainer->report.step >= trainer->options.steps;
}

/* What comes after a step. The log goes before the checkpoint: a run that is killed between the two
 * tells a step twice, rather than not at all. */
static enum pleat_status finish_step(struct pleat_trainer *trainer, bool *stopped,
                                     struct pleat_error *error) {
    const struct pleat_train_options *options = &trainer->options;
    struct pleat_train_report *report = &trainer->report;
    const bool over = is_over(trainer);
    report->seconds = read_clock() - trainer->clock;
    report->validated = 0;
    if (options->validate != NULL &&
        (over ||
         is_due(report, options->validate_steps, options->validate_seconds, trainer->validated_at)))
        PLEAT__TRY(pleat__train_validate(trainer, true, error));
    *stopped = options->stop != NULL && options->stop(options->context, report) != 0;
    PLEAT__TRY(tell(trainer, error));
    if (over || *stopped ||
        is_due(report, options->checkpoint_steps, options->checkpoint_seconds, trainer->saved_at))
        PLEAT__TRY(pleat__train_save(trainer, error));
    return PLEAT_OK;
}

enum pleat_status pleat_trainer_run(struct pleat_trainer *trainer, struct pleat_error *error) {
    PLEAT__REQUIRE(trainer, error);
    trainer->clock = read_clock() - trainer->report.seconds;
    if (!trainer->begun)
        PLEAT__TRY(begin(trainer, error));
    for (bool stopped = false; !stopped && !is_over(trainer);) {
        PLEAT__TRY(pleat__train_step(trainer, error));
        PLEAT__TRY(finish_step(trainer, &stopped, error));
    }
    return PLEAT_OK;
}
