/* Training the up-sampler: on what, how, until when, and what is kept of it. */
#ifndef PLEAT_TOOLS_TRAINER_H
#define PLEAT_TOOLS_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/trainer.h>

#include "superres/network.h"

struct trainer_options {
    const char *data;       /* an idx file or a folder */
    const char *out;        /* where the best checkpoint goes */
    struct network network; /* its scale too */
    double seconds;         /* how long to train; 0: epochs say it */
    int64_t epochs;         /* how often to see as many pixels as there are; 0: seconds say it */
    uint64_t seed;
    int threads;               /* 0: as many as OpenMP offers */
    int64_t batch;             /* patches a step */
    int64_t patch;             /* side of a patch, low resolution; 0: as the images allow */
    double rate;               /* Adam's learning rate at its highest */
    enum pleat_loss_kind loss; /* PLEAT_LOSS_MSE or PLEAT_LOSS_L1 */
    int copies;     /* 1: join reduced copies of the images; 0: not; -1: to a folder's only */
    int symmetries; /* 1: turn and mirror patches; 0: not; -1: as copies */
    const char *checkpoints; /* a folder for all that a resumed training needs; NULL: none */
    int64_t keep;            /* how many of its checkpoints stay; 0: all */
    bool resume;             /* go on with the training in that folder */
    const char *log, *curve; /* watch.h; NULL: none */
};

/* The side of a patch where all images are larger. */
#define TRAINER_PATCH 24

/* Trains, prints what it does, and leaves the checkpoint that did best on the images held out.
 * After a Ctrl-C it returns as if the time were over. PLEAT_NOT_FINITE: the loss became NaN or
 * infinite (the detail names the step and the layer; the best checkpoint so far is kept). */
enum pleat_status trainer_run(const struct trainer_options *options, struct pleat_error *error);

#endif
