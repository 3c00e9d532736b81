/* The picture that shows what the up-samplers make of some images. */
#ifndef PLEAT_TOOLS_SHEET_H
#define PLEAT_TOOLS_SHEET_H

#include <pleat/dataset.h>

#include "superres/upsampler.h"

/* Writes a PNG: a row for each of up to six images, evenly spread over the data set, with the low
 * resolution, what nearest, bilinear, bicubic and the network make of it, and the truth. Of a large
 * image it shows a part around the middle; pixels are enlarged so that they can be seen. */
enum pleat_status sheet_write(const char *path, const struct upsampler *upsampler,
                              const struct pleat_dataset *dataset, struct pleat_error *error);

#endif
