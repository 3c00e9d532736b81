/* Telling the trainer, and the user. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "fault.h"
#include "training/run.h"

/* How often the held-out data are looked at over a whole training. */
#define VALIDATIONS 20

/* Steps over which the learning rate rises at the beginning. */
#define WARM_UP 100

/* How much of the training is over, 0 to 1. */
static double fraction_done(const struct training_run *run,
                            const struct pleat_train_report *report) {
    const double fraction = run->total > 0 ? (double)report->step / (double)run->total
                                           : report->seconds / run->options->seconds;
    return fraction < 1 ? fraction : 1;
}

/* The factor on the learning rate: a short rise, then half a cosine down to a hundredth (Loshchilov
 * and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts). */
static double rate_factor(void *context, const struct pleat_train_report *report) {
    const struct training_run *run = context;
    const double step = (double)report->step + 1;
    const double rise = step < WARM_UP ? step / WARM_UP : 1;
    if (run->options->schedule == TRAINING_CONSTANT)
        return rise;
    return rise * (0.01 + 0.99 * 0.5 * (1 + cos(acos(-1) * fraction_done(run, report))));
}

static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    const struct training_run *run = context;
    (void)trainer;
    return run->validate(run->context, metric, error);
}

static int is_to_stop(void *context, const struct pleat_train_report *report) {
    return interrupt_came() || fraction_done(context, report) >= 1;
}

static enum pleat_status report_step(void *context, const struct pleat_train_report *report,
                                     struct pleat_error *error) {
    struct training_run *run = context;
    return watch_report(&run->watch, report, fraction_done(run, report), is_to_stop(run, report),
                        error);
}

/* Puts signals off while a file is written. */
static void hold_signals(void *context, int begins) {
    struct training_run *run = context;
    if (begins)
        interrupt_hold(&run->hold);
    else
        interrupt_release(&run->hold);
}

static enum pleat_status create_averages(struct training_run *run, struct pleat_train_part *parts,
                                         int count, struct pleat_error *error) {
    for (; run->options->average > 0 && run->averages < count; run->averages++) {
        const int i = run->averages;
        TRY(pleat_average_create(&run->average[i], parts[i].model, error));
        parts[i].average = run->average[i];
    }
    return PLEAT_OK;
}

static void tell(struct training_run *run, struct pleat_train_options *train) {
    const struct training_options *options = run->options;
    train->steps = run->total;
    train->seed = options->seed;
    train->context = run;
    train->factor = rate_factor;
    train->decay = options->average;
    train->validate = validate;
    if (run->total > 0)
        train->validate_steps = (run->total + VALIDATIONS - 1) / VALIDATIONS;
    else
        train->validate_seconds = options->seconds / VALIDATIONS;
    train->folder = options->checkpoints;
    train->keep = (int)options->keep;
    train->checkpoint_steps = train->validate_steps;
    if (run->total == 0 && train->validate_seconds < train->checkpoint_seconds)
        train->checkpoint_seconds = train->validate_seconds;
    train->best = options->out;
    train->log = report_step;
    train->stop = is_to_stop;
    train->writing = hold_signals;
}

enum pleat_status training_run_create(struct training_run *run, struct pleat_train_part *parts,
                                      int count, struct pleat_train_options *train,
                                      struct pleat_error *error) {
    TRY(create_averages(run, parts, count, error));
    tell(run, train);
    TRY(pleat_trainer_create(&run->trainer, parts, count, train, error));
    if (run->options->resume)
        TRY(pleat_trainer_resume(run->trainer, error));
    const struct watch_options watch = {.log = run->options->log,
                                        .curve = run->options->curve,
                                        .metric = run->names.metric,
                                        .unit = run->names.unit};
    watch_begin(&run->watch, &watch,
                run->options->resume ? pleat_trainer_report(run->trainer)->step : -1);
    return PLEAT_OK;
}

/* What the program adds to the library's sentence about a number that is none. */
static enum pleat_status fail_at_number(const struct training_run *run,
                                        const struct pleat_error *detail,
                                        struct pleat_error *error) {
    const int64_t best = pleat_trainer_report(run->trainer)->best_step;
    char kept[64] = "is as it was";
    if (best >= 0)
        snprintf(kept, sizeof kept, "holds step %" PRId64, best);
    return fault(error, PLEAT_NOT_FINITE, "%.150s; a lower --rate may help; %.40s %s",
                 detail->message, run->options->out, kept);
}

static enum pleat_status train(struct training_run *run, struct pleat_error *error) {
    struct pleat_error detail = {.message = ""};
    interrupt_catch();
    enum pleat_status status = pleat_trainer_run(run->trainer, &detail);
    if (status == PLEAT_OK && interrupt_came()) /* what it has may be the best */
        status = pleat_trainer_validate(run->trainer, &detail);
    progress_end(&run->watch.progress);
    if (status == PLEAT_NOT_FINITE)
        return fail_at_number(run, &detail, error);
    if (status != PLEAT_OK)
        *error = detail;
    return status;
}

enum pleat_status training_run_go(struct training_run *run, struct pleat_error *error) {
    const struct pleat_train_report *report = pleat_trainer_report(run->trainer);
    const char *unit = run->names.unit;
    if (run->options->resume)
        printf("resumed  at step %" PRId64 "\n", report->step);
    fflush(stdout);
    TRY(train(run, error));
    if (interrupt_came())
        printf("interrupted after %" PRId64 " steps\n", report->step);
    printf("%s holds step %" PRId64 ", %.*f%s%s on the held-out images\n", run->options->out,
           report->best_step, *unit != '\0' ? 3 : 4, report->best_metric, *unit != '\0' ? " " : "",
           unit);
    return PLEAT_OK;
}

void training_run_free(struct training_run *run) {
    watch_close(&run->watch);
    pleat_trainer_free(run->trainer);
    for (int i = 0; i < run->averages; i++)
        pleat_average_free(run->average[i]);
}
