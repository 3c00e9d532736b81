/* Looking through a window: the pixels of a sample. */
#ifndef PLEAT_DATA_LOOK_H
#define PLEAT_DATA_LOOK_H

#include <pleat/image.h>
#include <pleat/labels.h>

#include "data/window.h"

/* Overwrites pixels[channels][height s][width s], 0..255, with what the window shows of an image
 * whose sides are s = factor times those of the image that the window is for. The method is not
 * looked at where pixels fall on pixels. */
void pleat__look_at_image(float *pixels, const struct pleat_image *image,
                          const struct pleat__window *window, int64_t factor,
                          enum pleat_resize_method method);

/* Overwrites seen[height][width] with the nearest of labels [H][W]. Outside of them is *outside, or
 * NULL: they are mirrored. */
void pleat__look_at_labels(int32_t *seen, const struct pleat_labels *labels,
                           const struct pleat__window *window, const int32_t *outside);

#endif
