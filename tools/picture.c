/* Between interleaved bytes and planes. */
#include "picture.h"

#include <math.h>

#include <pleat/image.h>

#include "fault.h"

/* The luma, rounded, or the grey as it is. */
static enum pleat_status fill_grey(const struct pleat_tensor *planes,
                                   const struct pleat_image *image, struct pleat_error *error) {
    struct pleat_tensor luma;
    TRY(pleat_image_to_y(&luma, image, error));
    const float *from = luma.data;
    float *to = planes->data;
    for (int64_t i = 0; i < pleat_tensor_size(&luma); i++)
        to[i] = from[i] * (1.0F / 255.0F);
    pleat_tensor_free(&luma);
    return PLEAT_OK;
}

static void fill_colours(const struct pleat_tensor *planes, const struct pleat_image *image) {
    const int64_t pixels = image->width * image->height;
    float *to = planes->data;
    for (int64_t c = 0; c < 3; c++)
        for (int64_t i = 0; i < pixels; i++) {
            const int64_t from = image->channels == 3 ? 3 * i + c : i;
            to[c * pixels + i] = (float)image->pixels[from] * (1.0F / 255.0F);
        }
}

enum pleat_status picture_read(struct pleat_tensor *planes, const char *path, int64_t channels,
                               struct pleat_error *error) {
    struct pleat_image image;
    if (channels != 1 && channels != 3)
        return fault(error, PLEAT_UNSUPPORTED,
                     "%.150s: an image has 1 or 3 channels, the model's input %lld", path,
                     (long long)channels);
    TRY(pleat_image_read(&image, path, error));
    const int64_t extent[4] = {1, channels, image.height, image.width};
    enum pleat_status status = pleat_tensor_allocate(planes, PLEAT_FLOAT32, 4, extent, error);
    if (status == PLEAT_OK && channels == 1) {
        status = fill_grey(planes, &image, error);
        if (status != PLEAT_OK)
            pleat_tensor_free(planes);
    } else if (status == PLEAT_OK)
        fill_colours(planes, &image);
    pleat_image_free(&image);
    return status;
}

/* NaN gives 0. */
static uint8_t to_byte(float value) {
    const float scaled = value * 255;
    return scaled >= 255 ? 255 : scaled > 0 ? (uint8_t)lrintf(scaled) : 0;
}

enum pleat_status picture_write(const char *path, const struct pleat_tensor *planes,
                                struct pleat_error *error) {
    const int channels = (int)planes->extent[0];
    const int64_t pixels = planes->extent[1] * planes->extent[2];
    const float *from = planes->data;
    struct pleat_image image;
    TRY(pleat_image_allocate(&image, planes->extent[2], planes->extent[1], channels, error));
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < channels; c++)
            image.pixels[i * channels + c] = to_byte(from[c * pixels + i]);
    const enum pleat_status status = pleat_image_write_png(path, &image, error);
    pleat_image_free(&image);
    return status;
}
