/* A block of images between the caller's layout, one image after the other, and the method's, one
 * vector of images after the other. */
#ifndef PLEAT_CONV_BATCHED_IMAGES_H
#define PLEAT_CONV_BATCHED_IMAGES_H

#include <stdint.h>

#include "conv/variant.h"

/* to[i][LANES] = from[image distance + i] for images of size elements; images beyond `images`, which
 * is at most LANES, are 0. */
void V(pleat__gather_images)(const real *from, int64_t distance, int64_t images, int64_t size,
                             real *to);

/* to[image distance + i] = from[i][image] for the images that are there. */
void V(pleat__scatter_images)(const real *from, int64_t distance, int64_t images, int64_t size,
                              real *to);

#endif
