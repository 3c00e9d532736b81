/* A small training for tests: every source of state that a run has. */
#ifndef TRAINED_H
#define TRAINED_H

#include <stdbool.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

/* A model with batch normalisation and dropout, Adam, an average, and batches that follow from their
 * step; what a test wants to happen on the way. */
struct trained {
    struct pleat_model *model;
    struct pleat_optimizer *optimizer;
    struct pleat_average *average;
    struct pleat_trainer *trainer;
    struct pleat_train_options options;
    struct pleat_output_loss loss;
    struct pleat_metadata metadata[2];
    struct pleat_tensor input, target, held_out_input, held_out_target;
    int threads;
    int64_t stop_at; /* a step; 0: none */
    void (*watch)(struct trained *trained, const struct pleat_train_report *report);
};

/* Makes all but the trainer: 8 steps with a warm-up and half a cosine, clipped, a validation each
 * second step, a checkpoint each third one in that folder (NULL: none). The options may be changed
 * before trained_start. */
void trained_make(struct trained *trained, const char *folder, int threads);

/* Makes the trainer. */
void trained_start(struct trained *trained);

void trained_free(struct trained *trained);

/* Fails the test unless the folders' checkpoints of that step, and their best models, are equal in all
 * but the time. */
void assert_same_run(const char *folder, const char *other, int64_t step);

/* Returns the checkpoint of a step; freed by pleat_safetensors_free. */
struct pleat_safetensors *read_step(const char *folder, int64_t step);

/* Deletes the files of such a folder and it; returns how many there were. */
int clear_run(const char *folder);

#endif
