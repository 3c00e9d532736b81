/* Image files as a network sees them: channels first, between 0 and 1. */
#ifndef PLEAT_TOOLS_PICTURE_H
#define PLEAT_TOOLS_PICTURE_H

#include <pleat/tensor.h>

/* Reads a PNG or JPEG file as float32 planes [1][channels][H][W] and overwrites *planes, freed by
 * pleat_tensor_free. As sources of samples have it (data.h): of 1 channel colours become luma, of 3
 * grey is repeated; another number is refused. */
enum pleat_status picture_read(struct pleat_tensor *planes, const char *path, int64_t channels,
                               struct pleat_error *error);

/* Writes planes[C][H][W], C being 1 or 3, as a PNG, clipped and rounded. */
enum pleat_status picture_write(const char *path, const struct pleat_tensor *planes,
                                struct pleat_error *error);

#endif
