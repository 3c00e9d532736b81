/* Training a network for segmentation. */
#ifndef PLEAT_TOOLS_SEGMENT_TRAINING_H
#define PLEAT_TOOLS_SEGMENT_TRAINING_H

#include <pleat/augment.h>

#include "segment/classes.h"
#include "segment/labelled.h"
#include "segment/network.h"
#include "training/training_options.h"

struct segment_training_options {
    struct training_options training;
    const char *images, *labels;
    const char *held_out_images, *held_out_labels; /* NULL: a part of the images is held out */
    struct item_range held_out_range;              /* end 0: a share is drawn */
    double held_out_share;
    struct class_texts classes;
    const char *weights;                    /* NULL: all 1; "auto", or a list */
    int channels;                           /* 0: those of the first image */
    const char *model;                      /* a text or a checkpoint to begin with; NULL: */
    struct segment_network_options network; /* but for channels and classes */
    struct pleat_augmentation augmentation;
    const char *augment; /* as it was typed; "" for none */
    const char *batches; /* where to write all batches, in place of training; NULL: train */
};

/* Trains, prints what it does, and leaves the checkpoint that did best on the images held out. */
enum pleat_status segment_train(const struct segment_training_options *options,
                                struct pleat_error *error);

#endif
