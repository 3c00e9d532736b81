/* The images that a training works with, and those held out of it. */
#ifndef PLEAT_TOOLS_TRAINING_SET_H
#define PLEAT_TOOLS_TRAINING_SET_H

#include <stdbool.h>

#include <pleat/dataset.h>
#include <pleat/random.h>

#include "superres/pair.h"

#define TRAINING_SET_MAX_SOURCES 8

struct training_set {
    struct pleat_dataset *dataset[TRAINING_SET_MAX_SOURCES]; /* own planes of the pairs */
    int sources;
    size_t images; /* in all of them */
    struct pair *train, *held_out;
    size_t train_count, held_out_count;
};

/* Reads paths[sources], data sets (idx files or folders), makes their pairs, and overwrites *set; freed
 * by training_set_free. A tenth of all images, at least 1 and at most 500, is drawn by random and held
 * out. Where `copies` is set, each image of the training is joined by copies reduced to 0.9, 0.8,
 * 0.7 and 0.6 of its size, as FSRCNN's authors do. PLEAT_INVALID_SHAPE: an image smaller than the
 * scale (the detail names it), fewer than two images. */
enum pleat_status training_set_read(struct training_set *set, const char *const *paths, int sources,
                                    int64_t scale, bool copies, int threads,
                                    struct pleat_random *random, struct pleat_error *error);

/* Returns the plane of an image, counted through all sources. */
const struct pleat_tensor *training_set_plane(const struct training_set *set, size_t image);

void training_set_free(struct training_set *set);

#endif
