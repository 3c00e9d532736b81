/* The run of any task's training: what the library's trainer is told by the common options, and what
 * is printed meanwhile. */
#ifndef PLEAT_TOOLS_TRAINING_RUN_H
#define PLEAT_TOOLS_TRAINING_RUN_H

#include <pleat/trainer.h>

#include "interrupt.h"
#include "training/training_options.h"
#include "training/watch.h"

/* Zeros but for the first four, which the task fills in; it must not move once it is created. */
struct training_run {
    const struct training_options *options;
    int64_t total; /* steps to take; 0: the time says when to end */
    struct watch_options
        names;     /* what the metric is called, and its unit; the files are not looked at */
    void *context; /* of validate */
    enum pleat_status (*validate)(void *context, double *metric, struct pleat_error *error);

    struct pleat_trainer *trainer;
    struct pleat_average *average[PLEAT_MAX_PARTS];
    int averages;
    struct watch watch;
    struct interrupt_hold hold;
};

/* Makes run->trainer; freed by training_run_free, also where this fails. parts have no averages: the
 * options say whether there are. train has the feed, losses or step, epoch_steps and metadata, and all
 * else as pleat_train_options_init; is overwritten. Takes up the training in the options' folder where they
 * say so. */
enum pleat_status training_run_create(struct training_run *run, struct pleat_train_part *parts,
                                      int count, struct pleat_train_options *train,
                                      struct pleat_error *error);

/* Trains, with progress, record and curve, until the end or a Ctrl-C, and prints what was kept.
 * PLEAT_NOT_FINITE: the sentence tells what is left. */
enum pleat_status training_run_go(struct training_run *run, struct pleat_error *error);

/* Zeros are allowed. Models and optimizers stay. */
void training_run_free(struct training_run *run);

#endif
