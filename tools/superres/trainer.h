/* Training the up-sampler: on what, how, until when, and what is kept of it. */
#ifndef PLEAT_TOOLS_TRAINER_H
#define PLEAT_TOOLS_TRAINER_H

#include <stdint.h>

#include <pleat/trainer.h>

#include "superres/network.h"
#include "superres/training_set.h"
#include "superres/upsampler.h"
#include "training/training_options.h"

struct trainer_options {
    struct training_options training;
    const char *data[TRAINING_SET_MAX_SOURCES]; /* idx files or folders */
    int sources;
    struct network network; /* its scale too */
    const char *model;      /* the text of another network; NULL: none */
    const char *from;       /* a checkpoint whose parameters it begins with; NULL: none */
    enum network_part part; /* what learns */
    double last_rate;       /* factor on the learning rate of the last layer */
    enum residual residual;
    int64_t patch;             /* side of a patch, low resolution; 0: as the images allow */
    enum pleat_loss_kind loss; /* MSE, L1 or Charbonnier's */
    int copies;     /* 1: join reduced copies of the images; 0: not; -1: to a folder's only */
    int symmetries; /* 1: turn and mirror patches; 0: not; -1: as copies */
};

/* The side of a patch where all images are larger. */
#define TRAINER_PATCH 24

/* Trains, prints what it does, and leaves the checkpoint that did best on the images held out.
 * After a Ctrl-C it returns as if the time were over. PLEAT_NOT_FINITE: the loss became NaN or
 * infinite (the detail names the step and the layer; the best checkpoint so far is kept). */
enum pleat_status trainer_run(const struct trainer_options *options, struct pleat_error *error);

#endif
