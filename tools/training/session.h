/* A training from its command line to its file: what the trainer of the library is told by the options
 * that all trainings have, how it is watched, interrupted and kept. */
#ifndef PLEAT_TOOLS_TRAINING_SESSION_H
#define PLEAT_TOOLS_TRAINING_SESSION_H

#include <pleat/trainer.h>

#include "interrupt.h"
#include "training/training_options.h"
#include "training/watch.h"

#define SESSION_METADATA 16

/* Stands first in the struct of a task, which is the context of the trainer's functions. */
struct session {
    const struct training_options *options;
    struct pleat_trainer *trainer;
    struct pleat_train_part part[PLEAT_MAX_PARTS];
    int part_count;
    bool validates;
    int64_t total; /* steps to take; 0: the time says when to end */
    struct watch watch;
    struct interrupt_hold hold;
    char way[96];
    struct pleat_metadata metadata[SESSION_METADATA]; /* of all files */
    size_t metadata_count;
};

/* Begins, where an epoch has so many samples; options must live on. */
void session_begin(struct session *session, const struct training_options *options,
                   int64_t samples);

/* Adds metadata that define the run; strings that live on. */
void session_describe(struct session *session, const char *key, const char *value);

/* Adds a part that Adam trains, with an average where the options ask for one; its model is compiled for
 * training, its optimizer and average are NULL. Both are made here, and freed by session_end. */
enum pleat_status session_add_adam(struct session *session, const struct pleat_train_part *part,
                                   const struct pleat_adam_options *adam,
                                   struct pleat_error *error);

/* Makes the trainer of the parts that were added. train holds what is the task's own: context, the task's
 * struct; feed; epoch_steps; losses or step; validate, or NULL; lower_is_better. */
enum pleat_status session_create(struct session *session, struct pleat_train_options *train,
                                 struct pleat_error *error);

/* Trains, from the beginning or from a checkpoint, until the end or Ctrl-C, and prints how it went. Left
 * at options.out are the models of the best validation, or, where nothing validates, the last ones,
 * averages in the parameters' place. metric and unit as in watch_options. PLEAT_NOT_FINITE: the sentence
 * tells what is left. */
enum pleat_status session_run(struct session *session, const char *metric, const char *unit,
                              struct pleat_error *error);

/* Frees trainer, optimizers and averages; zeros are allowed. */
void session_end(struct session *session);

#endif
