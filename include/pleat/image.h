/* Images of 8 bits a channel: PNG and JPEG files, luma and colour planes. */
#ifndef PLEAT_IMAGE_H
#define PLEAT_IMAGE_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most pixels of an image that is read or allocated. */
#define PLEAT_IMAGE_MAX_PIXELS (INT64_C(1) << 28)

/* An image, pixels[height][width][channels]: grey (channels 1) or RGB (channels 3). */
struct pleat_image {
    int64_t width, height;
    int channels;
    uint8_t *pixels;
};

/* Allocates a black image and overwrites *image with it; freed by pleat_image_free.
 *
 * PLEAT_INVALID_ARGUMENT: image NULL, a side below 1, channels neither 1 nor 3.
 * PLEAT_UNSUPPORTED: more than PLEAT_IMAGE_MAX_PIXELS pixels. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_allocate(struct pleat_image *image,
                                                                 int64_t width, int64_t height,
                                                                 int channels,
                                                                 struct pleat_error *error);

/* Frees the pixels and sets them to NULL; nothing happens where image or its pixels are NULL. */
PLEAT_API void pleat_image_free(struct pleat_image *image);

/* Reads a PNG or JPEG file, whichever its first bytes say it is, and overwrites *image; freed by
 * pleat_image_free. Palettes and 1, 2 and 4 bit greys are expanded to 8 bits, 16 bits are reduced
 * to 8 (rounded), an alpha channel is dropped (the colours under it are kept, nothing is blended).
 * Gamma, colour profiles and the camera's orientation are ignored. A palette or colour file gives
 * RGB, even where all its colours are grey.
 *
 * PLEAT_INVALID_ARGUMENT: image or path NULL. PLEAT_IO: the file cannot be read.
 * PLEAT_BAD_FORMAT: neither PNG nor JPEG, damaged, or cut short. PLEAT_UNSUPPORTED: a JPEG of a
 * colour space other than grey and RGB or YCbCr, more than PLEAT_IMAGE_MAX_PIXELS pixels, a file
 * above 1 GiB. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_image_read(struct pleat_image *image, const char *path, struct pleat_error *error);

/* The same, and overwrites *alpha with the image's opacity, grey, 0 (clear) to 255; freed by
 * pleat_image_free. Its pixels are NULL where the file has none: every JPEG, a PNG without alpha and
 * transparent colours. The colours are not multiplied by it. PLEAT_INVALID_ARGUMENT: also alpha
 * NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_read_alpha(struct pleat_image *image,
                                                                   struct pleat_image *alpha,
                                                                   const char *path,
                                                                   struct pleat_error *error);

/* Writes a PNG file of 8 bits, grey or RGB, which appears whole or not at all: on an error an
 * older file of that name is as it was.
 *
 * PLEAT_INVALID_ARGUMENT: path, image or its pixels NULL, a side below 1 or above 2^31 - 1,
 * channels neither 1 nor 3. PLEAT_IO: the file cannot be written. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_image_write_png(const char *path, const struct pleat_image *image, struct pleat_error *error);

/* The same with an opacity for each pixel, as pleat_image_read_alpha tells it; alpha may be NULL.
 * PLEAT_INVALID_ARGUMENT: also an alpha that is not of one channel and as large as the image. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_image_write_png_alpha(const char *path, const struct pleat_image *image,
                            const struct pleat_image *alpha, struct pleat_error *error);

/* Allocates *y, float32 y[height][width] (freed by pleat_tensor_free), and fills it with the luma
 *
 *     Y = round(16 + (65.481 R + 128.553 G + 24.966 B) / 255)
 *
 * of an RGB image (ITU-R BT.601, 8 bits, 16..235; MATLAB's rgb2ycbcr), or with a grey image's
 * values as they are.
 *
 * PLEAT_INVALID_ARGUMENT: y or image NULL, or an image that pleat_image_write_png would refuse.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_to_y(struct pleat_tensor *y,
                                                             const struct pleat_image *image,
                                                             struct pleat_error *error);

/* Allocates *ycbcr, float32 ycbcr[3][height][width] (freed by pleat_tensor_free), and fills it with
 *
 *     Y  =  16 + ( 65.481 R + 128.553 G +  24.966 B) / 255
 *     Cb = 128 + (-37.797 R -  74.203 G + 112     B) / 255
 *     Cr = 128 + (112     R -  93.786 G -  18.214 B) / 255
 *
 * of an RGB image (as pleat_image_to_y, but not rounded, so that pleat_image_from_ycbcr gives the
 * same image back).
 *
 * PLEAT_INVALID_ARGUMENT: as pleat_image_to_y; a grey image. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_to_ycbcr(struct pleat_tensor *ycbcr,
                                                                 const struct pleat_image *image,
                                                                 struct pleat_error *error);

/* Allocates *image, RGB (freed by pleat_image_free), from float32 ycbcr[3][height][width] by the
 * inverse of pleat_image_to_ycbcr's formula, rounded to the nearest integer and clipped to 0..255;
 * NaN gives 0.
 *
 * PLEAT_INVALID_ARGUMENT: image, ycbcr or its data NULL. PLEAT_TYPE_MISMATCH: not float32.
 * PLEAT_INVALID_SHAPE: not [3][height][width] with sides of at least 1. PLEAT_UNSUPPORTED,
 * PLEAT_OUT_OF_MEMORY: as pleat_image_allocate. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_from_ycbcr(struct pleat_image *image,
                                                                   const struct pleat_tensor *ycbcr,
                                                                   struct pleat_error *error);

/* Allocates *image, grey (freed by pleat_image_free), from float32 plane[height][width], rounded
 * to the nearest integer and clipped to 0..255; NaN gives 0. Statuses as pleat_image_from_ycbcr. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_image_from_plane(struct pleat_image *image,
                                                                   const struct pleat_tensor *plane,
                                                                   struct pleat_error *error);

/* Rounds every number of a float32 tensor of any rank to the nearest integer (halves up) and clips
 * it to 0..255, in place, as storing it in 8 bits would; NaN becomes 0.
 *
 * PLEAT_INVALID_ARGUMENT: tensor NULL, no such dtype, a rank outside 0..PLEAT_MAX_RANK, a negative
 * extent, data NULL in a tensor that is not empty. PLEAT_SIZE_OVERFLOW: more bytes than fit in 63
 * bits. PLEAT_TYPE_MISMATCH: not float32. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_round_to_8_bits(const struct pleat_tensor *tensor,
                                                                  struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
