/* Training a network of one's own on data of one's own: what is asked for. */
#ifndef PLEAT_TOOLS_FIT_H
#define PLEAT_TOOLS_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/pleat-io.h>

#include "training/training_options.h"

struct fit_options {
    struct training_options training;
    const char *model;            /* a text or a checkpoint */
    const char *data;             /* a folder of images or an idx file */
    const char *targets, *labels; /* or both NULL: the image itself is the target */
    int loss;                     /* enum pleat_loss_kind; -1: as the data suggests */
    int class_count;              /* numbers in the label files, of class 0, 1 ...; 0: themselves */
    int32_t class_number[256];
    int32_t ignored;  /* the number of pixels that do not count; -1: none */
    int weight_count; /* of the classes; 0: all 1 */
    float weight[256];
    struct pleat_augmentation augmentation; /* its crop too */
    double validate;                        /* the fraction held out */
    int64_t repeats;                        /* of an image in an epoch */
    bool skip_broken;
};

/* Trains, prints what it does, and leaves the checkpoint that did best on what is held out. */
enum pleat_status fit_run(const struct fit_options *options, struct pleat_error *error);

/* Reads a list such as "flip,turn,rotate=15" of ways to augment; false where one is none. */
bool fit_read_augmentation(const char *text, struct pleat_augmentation *augmentation);

#endif
