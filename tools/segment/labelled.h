/* Images and their labels: found, held out, counted, compared. */
#ifndef PLEAT_TOOLS_LABELLED_H
#define PLEAT_TOOLS_LABELLED_H

#include <stdbool.h>

#include <pleat/data.h>

#include "segment/classes.h"
#include "segment/segmenter.h"

/* A run of items, first..end-1, counted in the order in which people count files: 9.png before
 * 10.png. */
struct item_range {
    int64_t first, end;
};

/* Reads "20:25"; false where it is none. */
bool item_range_read(const char *text, struct item_range *range);

/* Opens images with labels. Where classes->count is 0, all numbers are allowed. */
enum pleat_status labelled_open(struct pleat_source **source, const char *images,
                                const char *labels, const struct classes *classes, int channels,
                                struct pleat_error *error);

/* Overwrites *inside with the items of the range and *outside, unless NULL, with the others. Both refer
 * to the source. PLEAT_INVALID_ARGUMENT: items that there are not, none outside. */
enum pleat_status labelled_pick(struct pleat_source **inside, struct pleat_source **outside,
                                struct pleat_source *source, const struct item_range *range,
                                struct pleat_error *error);

/* What the labels of a source hold. */
struct label_count {
    int64_t pixels[MAX_CLASSES];  /* of each class */
    int64_t present[MAX_CLASSES]; /* pixels that count of the images that have the class */
};

enum pleat_status labelled_count(struct pleat_source *source, struct label_count *count,
                                 struct pleat_error *error);

/* Overwrites weights[classes] with those of median frequency balancing (Eigen and Fergus, "Predicting
 * depth, surface normals and semantic labels with a common multi-scale convolutional architecture",
 * 2015): the median of all frequencies over that of the class, which is its share of the images that
 * have it. A class that none has gets 0. */
void labelled_weigh(const struct label_count *count, int classes, double *weights);

/* Adds what the network makes of every image to the confusion matrix counts[classes][classes]. */
enum pleat_status labelled_confusion(const struct segmenter *segmenter, struct pleat_source *source,
                                     int64_t *counts, struct pleat_error *error);

#endif
