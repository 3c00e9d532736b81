/* The inside of a trainer. */
#ifndef PLEAT_TRAIN_TRAINER_H
#define PLEAT_TRAIN_TRAINER_H

#include <stdbool.h>

#include "train/objective.h"

struct pleat_trainer {
    struct pleat_train_options options;
    int part_count;
    struct pleat_train_part part[PLEAT_MAX_PARTS];
    struct pleat__objective objective;
    struct pleat_train_report report;
    bool begun;          /* or resumed */
    double factor;       /* on the rates, in the step of the moment */
    double clock;        /* when report.seconds was 0, by a clock that only goes forward */
    double validated_at; /* in seconds of the report */
    double saved_at;
    int64_t saved_step; /* of the last checkpoint; -1: none */
};

/* The factor on learning rates in a step, the first being 0, of so many. */
double pleat__schedule_factor(const struct pleat_train_schedule *schedule, int64_t step,
                              int64_t steps);
enum pleat_status pleat__schedule_check(const struct pleat_train_schedule *schedule,
                                        struct pleat_error *error);

/* Takes one step. */
enum pleat_status pleat__train_step(struct pleat_trainer *trainer, struct pleat_error *error);

/* Reports that something, such as "the loss", is not finite: says in which step, and where it began
 * in the part, or in all where part is below 0. */
enum pleat_status pleat__not_finite(struct pleat_trainer *trainer, int part, const char *what,
                                    const struct pleat_batch *batch, struct pleat_error *error);

/* Validates and keeps the best; writes no file where `keep_file` is not set. */
enum pleat_status pleat__train_validate(struct pleat_trainer *trainer, bool keep_file,
                                        struct pleat_error *error);

/* Makes the folder and refuses one that holds a run; finds out whether the best file can be written,
 * and tells whether it is there. */
enum pleat_status pleat__train_open(const struct pleat_trainer *trainer, bool *best_exists,
                                    struct pleat_error *error);

/* Writes the checkpoint of this step and deletes those that are not to be kept. */
enum pleat_status pleat__train_save(struct pleat_trainer *trainer, struct pleat_error *error);

/* Overwrites path with the best file's; false where there is none. */
bool pleat__best_path(const struct pleat_trainer *trainer, char *path, size_t bytes);

#endif
