/* Enlarging whole images, in colour. */
#ifndef PLEAT_TOOLS_ENLARGE_H
#define PLEAT_TOOLS_ENLARGE_H

#include <pleat/image.h>

#include "superres/upsampler.h"

/* Enlarges an image, and overwrites *output with it; freed by pleat_image_free. The luma goes through
 * the network, in tiles of at most `memory` bytes; the two colour planes are enlarged by bicubic. A grey
 * image is luma alone. Beside the tiles it takes 4 bytes for each number of the input, 4 for each pixel
 * of the output, and the output. *seconds: how long the network took. */
enum pleat_status enlarge_image(struct pleat_image *output, const struct pleat_image *input,
                                const struct upsampler *upsampler, size_t memory, double *seconds,
                                struct pleat_error *error);

/* The same of a grey image by bicubic alone. */
enum pleat_status enlarge_alpha(struct pleat_image *output, const struct pleat_image *input,
                                int64_t scale, int threads, struct pleat_error *error);

#endif
