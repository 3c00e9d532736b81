/* The image decoders: each takes a whole file in memory, fills *image (freed by pleat_image_free)
 * and contains its library's longjmp. Where alpha is not NULL it is filled too, its pixels NULL where the
 * image is opaque. Messages do not name the file. */
#ifndef PLEAT_IO_DECODE_H
#define PLEAT_IO_DECODE_H

#include <stddef.h>

#include <pleat/image.h>

enum pleat_status pleat__png_decode(struct pleat_image *image, struct pleat_image *alpha,
                                    const unsigned char *data, size_t bytes,
                                    struct pleat_error *error);

enum pleat_status pleat__jpeg_decode(struct pleat_image *image, const unsigned char *data,
                                     size_t bytes, struct pleat_error *error);

/* Decides by the first bytes. PLEAT_BAD_FORMAT where they are neither's. */
enum pleat_status pleat__image_decode(struct pleat_image *image, struct pleat_image *alpha,
                                      const unsigned char *data, size_t bytes,
                                      struct pleat_error *error);

/* Refuses an image that is not a legal one to read from. */
enum pleat_status pleat__image_check(const struct pleat_image *image, struct pleat_error *error);

#endif
