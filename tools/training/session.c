/* Trainings from their command line to their files. */
#include "training/session.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"

/* How often a training is looked at, and kept, on its way. */
#define VALIDATIONS 20

/* The least factor on the learning rate of a cosine. */
#define LEAST_RATE 0.01

/* The most of a training over which the rate rises. */
#define MOST_WARM_UP 0.05

/* How much of the training is over, 0 to 1. */
static double fraction_done(const struct session *s, const struct pleat_train_report *report) {
    const double fraction = s->total > 0 ? (double)report->step / (double)s->total
                                         : report->seconds / s->options->seconds;
    return fraction < 1 ? fraction : 1;
}

/* The factor on the learning rate: a rise, then 1 or half a cosine (Loshchilov and Hutter, "SGDR:
 * stochastic gradient descent with warm restarts", 2017, without restarts), by the steps or by the clock. */
static double rate_factor(void *context, const struct pleat_train_report *report) {
    const struct session *s = context;
    const double longest = s->total > 0 ? MOST_WARM_UP * (double)s->total : INFINITY;
    const double step = (double)report->step + 1, rise = fmin((double)s->options->warm_up, longest);
    const double risen = step < rise ? step / rise : 1;
    if (s->options->schedule == TRAINING_CONSTANT)
        return risen;
    const double cosine = cos(acos(-1) * fraction_done(s, report));
    return risen * (LEAST_RATE + (1 - LEAST_RATE) * 0.5 * (1 + cosine));
}

static int is_to_stop(void *context, const struct pleat_train_report *report) {
    return interrupt_came() || fraction_done(context, report) >= 1;
}

static enum pleat_status report_step(void *context, const struct pleat_train_report *report,
                                     struct pleat_error *error) {
    struct session *s = context;
    return watch_report(&s->watch, report, fraction_done(s, report), is_to_stop(s, report), error);
}

/* Puts signals off while a file is written. */
static void hold_signals(void *context, int begins) {
    struct session *s = context;
    if (begins)
        interrupt_hold(&s->hold);
    else
        interrupt_release(&s->hold);
}

void session_begin(struct session *session, const struct training_options *options,
                   int64_t samples) {
    *session = (struct session){.options = options};
    session->total = training_options_total(options, samples);
    char length[32];
    if (session->total > 0)
        snprintf(length, sizeof length, "%" PRId64 " steps", session->total);
    else
        snprintf(length, sizeof length, "%g seconds", options->seconds);
    snprintf(session->way, sizeof session->way, "%s of %" PRId64 " samples, %s", length,
             options->batch, options->schedule == TRAINING_COSINE ? "cosine" : "constant");
    session_describe(session, "training", session->way);
}

void session_describe(struct session *session, const char *key, const char *value) {
    session->metadata[session->metadata_count++] = (struct pleat_metadata){key, value};
}

/* What the trainer is told by the options. */
static void complete(struct session *s, struct pleat_train_options *train) {
    const struct training_options *options = s->options;
    const double seconds = options->seconds / VALIDATIONS;
    train->steps = s->total;
    train->seed = options->seed;
    train->factor = rate_factor;
    train->decay = options->average;
    train->checkpoint_steps = (s->total + VALIDATIONS - 1) / VALIDATIONS;
    if (s->total == 0 && seconds < train->checkpoint_seconds)
        train->checkpoint_seconds = seconds;
    if (train->validate != NULL) {
        train->validate_steps = train->checkpoint_steps;
        train->validate_seconds = s->total > 0 ? 0 : seconds;
        train->best = options->out;
    }
    train->folder = options->checkpoints;
    train->keep = (int)options->keep;
    train->metadata = s->metadata;
    train->metadata_count = s->metadata_count;
    train->log = report_step;
    train->stop = is_to_stop;
    train->writing = hold_signals;
}

enum pleat_status session_add_adam(struct session *session, const struct pleat_train_part *part,
                                   const struct pleat_adam_options *adam,
                                   struct pleat_error *error) {
    struct pleat_train_part *added = &session->part[session->part_count++];
    *added = *part;
    TRY(pleat_optimizer_create_adam(&added->optimizer, added->model, adam, error));
    return session->options->average > 0
               ? pleat_average_create(&added->average, added->model, error)
               : PLEAT_OK;
}

enum pleat_status session_create(struct session *session, struct pleat_train_options *train,
                                 struct pleat_error *error) {
    session->validates = train->validate != NULL;
    complete(session, train);
    return pleat_trainer_create(&session->trainer, session->part, session->part_count, train,
                                error);
}

/* Finds out whether the file can be written; the trainer does so itself where it validates. */
static enum pleat_status probe(const char *path, struct pleat_error *error) {
    const bool there = access(path, F_OK) == 0;
    FILE *file = fopen(path, "ab");
    if (file == NULL)
        return fault(error, PLEAT_IO, "%.150s: %s", path, strerror(errno));
    fclose(file);
    if (!there)
        remove(path);
    return PLEAT_OK;
}

/* Writes the models as they are now, averages in the parameters' place. */
static enum pleat_status save(struct session *s, struct pleat_error *error) {
    struct pleat_checkpoint_part part[PLEAT_MAX_PARTS] = {{.name = NULL}};
    for (int i = 0; i < s->part_count; i++) {
        part[i].name = s->part[i].name;
        part[i].model = s->part[i].model;
        pleat_average_swap(s->part[i].average);
    }
    hold_signals(s, 1);
    const enum pleat_status status = pleat_checkpoint_save_parts(
        part, s->part_count, s->options->out, s->metadata, s->metadata_count, error);
    hold_signals(s, 0);
    for (int i = 0; i < s->part_count; i++)
        pleat_average_swap(s->part[i].average);
    return status;
}

/* What the program adds to the library's sentence about a number that is none. */
static enum pleat_status fail_at_number(const struct session *s, const struct pleat_error *detail,
                                        struct pleat_error *error) {
    const int64_t best = pleat_trainer_report(s->trainer)->best_step;
    char kept[64] = "is as it was";
    if (best >= 0)
        snprintf(kept, sizeof kept, "holds step %" PRId64, best);
    return fault(error, PLEAT_NOT_FINITE, "%.150s; a lower --rate may help; %.40s %s",
                 detail->message, s->options->out, kept);
}

static enum pleat_status train(struct session *s, struct pleat_error *error) {
    struct pleat_error detail = {.message = ""};
    interrupt_catch();
    enum pleat_status status = pleat_trainer_run(s->trainer, &detail);
    if (status == PLEAT_OK && s->validates && interrupt_came()) /* what it has may be the best */
        status = pleat_trainer_validate(s->trainer, &detail);
    progress_end(&s->watch.progress);
    if (status == PLEAT_NOT_FINITE)
        return fail_at_number(s, &detail, error);
    if (status != PLEAT_OK)
        *error = detail;
    return status;
}

enum pleat_status session_run(struct session *session, const char *metric, const char *unit,
                              struct pleat_error *error) {
    const struct training_options *options = session->options;
    const struct pleat_train_report *report = pleat_trainer_report(session->trainer);
    const struct watch_options watch = {options->log, options->curve, metric, unit};
    if (!session->validates)
        TRY(probe(options->out, error));
    if (options->resume)
        TRY(pleat_trainer_resume(session->trainer, error));
    watch_begin(&session->watch, &watch, options->resume ? report->step : -1);
    printf("training %s\n", session->way);
    if (options->resume)
        printf("resumed  at step %" PRId64 "\n", report->step);
    fflush(stdout);
    TRY(train(session, error));
    if (interrupt_came())
        printf("interrupted after %" PRId64 " steps\n", report->step);
    if (session->validates) {
        printf("%s holds step %" PRId64 ", %.*f%s%s on the held-out images\n", options->out,
               report->best_step, *unit != '\0' ? 3 : 4, report->best_metric,
               *unit != '\0' ? " " : "", unit);
        return PLEAT_OK;
    }
    TRY(save(session, error));
    printf("%s holds step %" PRId64 "\n", options->out, report->step);
    return PLEAT_OK;
}

void session_end(struct session *session) {
    watch_close(&session->watch);
    pleat_trainer_free(session->trainer);
    for (int i = 0; i < session->part_count; i++) {
        pleat_average_free(session->part[i].average);
        pleat_optimizer_free(session->part[i].optimizer);
    }
}
