/* Training the up-sampler: on what, how, until when, and what is kept of it. */
#ifndef PLEAT_TOOLS_TRAINER_H
#define PLEAT_TOOLS_TRAINER_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/trainer.h>

#include "superres/network.h"
#include "superres/training_set.h"
#include "superres/upsampler.h"

enum trainer_schedule { TRAINER_COSINE, TRAINER_CONSTANT };

struct trainer_options {
    const char *data[TRAINING_SET_MAX_SOURCES]; /* idx files or folders */
    int sources;
    const char *out;        /* where the best checkpoint goes */
    struct network network; /* its scale too */
    const char *model;      /* the text of another network; NULL: none */
    const char *from;       /* a checkpoint whose parameters it begins with; NULL: none */
    enum network_part part; /* what learns */
    double last_rate;       /* factor on the learning rate of the last layer */
    enum residual residual;
    double seconds; /* how long to train; 0: epochs say it */
    int64_t epochs; /* how often to see as many pixels as there are; 0: seconds say it */
    uint64_t seed;
    int threads;   /* 0: as many as OpenMP offers */
    int64_t batch; /* patches a step */
    int64_t patch; /* side of a patch, low resolution; 0: as the images allow */
    double rate;   /* Adam's learning rate at its highest */
    enum trainer_schedule schedule;
    double average;            /* the decay of an average of the parameters; 0: none */
    enum pleat_loss_kind loss; /* MSE, L1 or Charbonnier's */
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
