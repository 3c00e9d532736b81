/* Training a classifier. */
#ifndef PLEAT_TOOLS_CLASSIFY_TRAINER_H
#define PLEAT_TOOLS_CLASSIFY_TRAINER_H

#include <pleat/status.h>

#include "training/training_options.h"

struct classify_options {
    const char *data, *labels; /* idx files */
    const char *model;         /* a file of text; NULL: our own network, of that width */
    int64_t width;
    int64_t held_out; /* images that decide which parameters are kept; below 0: as images.h says */
    struct training_options training;
};

/* Trains, prints what it does, and leaves a checkpoint. */
enum pleat_status classify_train(const struct classify_options *options, struct pleat_error *error);

#endif
