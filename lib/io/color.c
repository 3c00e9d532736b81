/* Planes of floats from images and back: ITU-R BT.601 with Y in 16..235, as MATLAB's rgb2ycbcr. */
#include <math.h>

#include "base/error.h"
#include "io/decode.h"
#include "io/tensor_check.h"

/* The negation lets NaN through to 0. */
static double round_and_clip(double value) {
    if (!(value > 0))
        return 0;
    return value < 255 ? floor(value + 0.5) : 255;
}

static double luma(const uint8_t *rgb) {
    return 16 + (65.481 * rgb[0] + 128.553 * rgb[1] + 24.966 * rgb[2]) / 255;
}

enum pleat_status pleat_image_to_y(struct pleat_tensor *y, const struct pleat_image *image,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(y, error);
    PLEAT__TRY(pleat__image_check(image, error));
    struct pleat_tensor made;
    PLEAT__TRY(pleat_tensor_allocate(&made, PLEAT_FLOAT32, 2,
                                     (int64_t[]){image->height, image->width}, error));
    float *out = made.data;
    const int64_t count = image->height * image->width;
    for (int64_t i = 0; i < count; i++)
        out[i] = image->channels == 3 ? (float)floor(luma(image->pixels + 3 * i) + 0.5)
                                      : (float)image->pixels[i];
    *y = made;
    return PLEAT_OK;
}

enum pleat_status pleat_image_to_ycbcr(struct pleat_tensor *ycbcr, const struct pleat_image *image,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(ycbcr, error);
    PLEAT__TRY(pleat__image_check(image, error));
    if (image->channels != 3)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a grey image has no Cb and Cr: pleat_image_to_y takes it");
    struct pleat_tensor made;
    PLEAT__TRY(pleat_tensor_allocate(&made, PLEAT_FLOAT32, 3,
                                     (int64_t[]){3, image->height, image->width}, error));
    const int64_t count = image->height * image->width;
    float *y = made.data, *cb = y + count, *cr = cb + count;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *rgb = image->pixels + 3 * i;
        y[i] = (float)luma(rgb);
        cb[i] = (float)(128 + (-37.797 * rgb[0] - 74.203 * rgb[1] + 112.0 * rgb[2]) / 255);
        cr[i] = (float)(128 + (112.0 * rgb[0] - 93.786 * rgb[1] - 18.214 * rgb[2]) / 255);
    }
    *ycbcr = made;
    return PLEAT_OK;
}

/* Refuses what is no float32 array of that rank with sides of at least 1. */
static enum pleat_status check_planes(const struct pleat_tensor *tensor, int rank,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    if (tensor->dtype != PLEAT_FLOAT32)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "the planes must be float32, got %s",
                           pleat_dtype_name(tensor->dtype));
    if (tensor->rank != rank || (rank == 3 && tensor->extent[0] != 3))
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "the planes must be %s, got rank %d",
                           rank == 3 ? "[3][height][width]" : "[height][width]", tensor->rank);
    if (tensor->extent[rank - 2] < 1 || tensor->extent[rank - 1] < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "height and width must be at least 1");
    PLEAT__REQUIRE(tensor->data, error);
    return PLEAT_OK;
}

/* The coefficients follow from Y' = 0.299 R + 0.587 G + 0.114 B: 255/219, and 255/112 times
 * 1 - 0.299 and 1 - 0.114, and for green the same weighted by 0.299/0.587 and 0.114/0.587. */
static void store_rgb(uint8_t *rgb, double y, double cb, double cr) {
    const double grey = 255.0 / 219 * (y - 16);
    const double red = 255.0 / 112 * 0.701 * (cr - 128), blue = 255.0 / 112 * 0.886 * (cb - 128);
    rgb[0] = (uint8_t)round_and_clip(grey + red);
    rgb[1] = (uint8_t)round_and_clip(grey - 0.299 / 0.587 * red - 0.114 / 0.587 * blue);
    rgb[2] = (uint8_t)round_and_clip(grey + blue);
}

enum pleat_status pleat_image_from_ycbcr(struct pleat_image *image,
                                         const struct pleat_tensor *ycbcr,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__TRY(check_planes(ycbcr, 3, error));
    PLEAT__TRY(pleat_image_allocate(image, ycbcr->extent[2], ycbcr->extent[1], 3, error));
    const int64_t count = image->height * image->width;
    const float *y = ycbcr->data, *cb = y + count, *cr = cb + count;
    for (int64_t i = 0; i < count; i++)
        store_rgb(image->pixels + 3 * i, y[i], cb[i], cr[i]);
    return PLEAT_OK;
}

enum pleat_status pleat_image_from_plane(struct pleat_image *image,
                                         const struct pleat_tensor *plane,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__TRY(check_planes(plane, 2, error));
    PLEAT__TRY(pleat_image_allocate(image, plane->extent[1], plane->extent[0], 1, error));
    const float *in = plane->data;
    for (int64_t i = 0; i < image->height * image->width; i++)
        image->pixels[i] = (uint8_t)round_and_clip((double)in[i]);
    return PLEAT_OK;
}

enum pleat_status pleat_round_to_8_bits(const struct pleat_tensor *tensor,
                                        struct pleat_error *error) {
    size_t bytes = 0;
    PLEAT__TRY(pleat__tensor_check(tensor, &bytes, error));
    if (tensor->dtype != PLEAT_FLOAT32)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "the tensor must be float32, got %s",
                           pleat_dtype_name(tensor->dtype));
    float *data = tensor->data;
    for (size_t i = 0; i < bytes / sizeof *data; i++)
        data[i] = (float)round_and_clip((double)data[i]);
    return PLEAT_OK;
}
