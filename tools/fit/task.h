/* What a model and its data make of a training: which source, which loss, which measure. */
#ifndef PLEAT_TOOLS_FIT_TASK_H
#define PLEAT_TOOLS_FIT_TASK_H

#include "fit/fit.h"

/* What the network puts out, and how it is measured. */
enum fit_kind {
    FIT_IMAGES, /* images: PSNR */
    FIT_PIXELS, /* a class of each pixel: mean intersection over union */
    FIT_CLASSES /* a class of each image: accuracy */
};

struct fit_task {
    const struct fit_options *options;
    struct pleat_model *model;
    struct pleat_source *source, *train, *held_out;
    enum fit_kind kind;
    struct pleat_output_loss loss;
    struct pleat_tensor class_weight;
    int channels;             /* of the images */
    int64_t extent[2], scale; /* of the images of a batch; the targets are so many times as large */
    int64_t out_channels;
    int32_t classes;
};

/* Reads the model, looks at the first image, compiles the model for training and opens the source: all
 * that can be refused is. Overwrites *task, freed by fit_task_free also after an error. */
enum pleat_status fit_task_open(struct fit_task *task, const struct fit_options *options,
                                struct pleat_error *error);
void fit_task_free(struct fit_task *task);

/* Makes the model ready for batches. */
enum pleat_status fit_task_compile(struct fit_task *task, enum pleat_mode mode,
                                   struct pleat_error *error);

/* Of the network's output, for those who apply it: "image", "logits" (of pixels between 0 and 1),
 * "classes". */
const char *fit_task_output(const struct fit_task *task);

#endif
