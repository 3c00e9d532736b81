/* What a classifier says of generated images, beside real ones. */
#ifndef PLEAT_TOOLS_DIVERSITY_H
#define PLEAT_TOOLS_DIVERSITY_H

#include "classify/classifier.h"
#include "training/images.h"

/* How a classifier takes a number of images. */
struct diversity {
    int64_t images, classes, seen; /* of the classes, how many were told at least once */
    double largest;                /* the part of the images that the most frequent one has */
    double confidence;             /* the mean of the probability of the class told */
};

/* Overwrites *diversity with that of images[n][1][extent...]. */
enum pleat_status diversity_of_images(struct classifier *classifier,
                                      const struct pleat_tensor *images,
                                      struct diversity *diversity, struct pleat_error *error);

/* The same of all images of a loader that shows each once. */
enum pleat_status diversity_of_loader(struct classifier *classifier, struct pleat_loader *loader,
                                      struct diversity *diversity, struct pleat_error *error);

#endif
