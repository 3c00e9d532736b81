/* Applying a network to images: a class for each pixel. */
#ifndef PLEAT_TOOLS_SEGMENTER_H
#define PLEAT_TOOLS_SEGMENTER_H

#include <pleat/image.h>
#include <pleat/labels.h>
#include <pleat/predict.h>
#include <pleat/safetensors.h>

#include "segment/classes.h"

/* What images are divided by before they go in, as checkpoints tell it. */
#define SEGMENT_NORMALISATION "v/255"

/* The most bytes that a network works in. */
#define SEGMENTER_MEMORY ((size_t)512 << 20)

struct segmenter {
    struct pleat_model *model;
    struct pleat_predictor *predictor;
    int channels; /* of images */
    struct classes classes;
};

/* Makes the predictor of a segmenter whose model is there; freed by pleat_predictor_free. threads may be
 * 0. */
enum pleat_status segmenter_prepare(struct segmenter *segmenter, int threads, size_t memory,
                                    struct pleat_error *error);

/* Reads a checkpoint, which may be hostile, and overwrites *segmenter; freed by segmenter_free. */
enum pleat_status segmenter_open(struct segmenter *segmenter, const char *path, int threads,
                                 size_t memory, struct pleat_error *error);

void segmenter_free(struct segmenter *segmenter);

/* Allocates labels [height][width] (data freed by free) and fills them with the class of each pixel.
 * The image, of any size, is taken as grey or as colours, whichever the network wants. */
enum pleat_status segmenter_run(const struct segmenter *segmenter, const struct pleat_image *image,
                                struct pleat_labels *labels, struct pleat_error *error);

#endif
