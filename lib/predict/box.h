/* Copying boxes of pixels between images and tiles. */
#ifndef PLEAT_PREDICT_BOX_H
#define PLEAT_PREDICT_BOX_H

#include <pleat/predict.h>

/* The images or tiles [planes][extent...] that a box is copied from or to, and where in each it
 * begins. */
struct pleat__place {
    const struct pleat_tensor *tensor;
    int64_t origin[PLEAT_MAX_AXES];
};

/* Copies to every pixel of tile, which begins at that origin of the image, the image's; those that
 * lie beyond the image's end come from within as extension says. The tile's batch is at most that
 * of the image, of which the first images are read. */
void pleat__copy_in(const struct pleat__place *image, const struct pleat_tensor *tile,
                    enum pleat_extension extension);

/* Copies size[rank] pixels of every plane of the tile into the image, or adds them. */
void pleat__copy_out(const struct pleat__place *tile, const struct pleat__place *image,
                     const int64_t *size, bool add);

#endif
