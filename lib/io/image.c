/* Images in memory. */
#include <pleat/image.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/decode.h"

enum pleat_status pleat_image_allocate(struct pleat_image *image, int64_t width, int64_t height,
                                       int channels, struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    if (width < 1 || height < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "width and height must be at least 1, got %lldx%lld", (long long)width,
                           (long long)height);
    if (channels != 1 && channels != 3)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "channels must be 1 (grey) or 3 (RGB), got %d", channels);
    int64_t count = 0;
    if (!pleat__multiply(width, height, &count) || count > PLEAT_IMAGE_MAX_PIXELS)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "an image may have at most %lld pixels, got %lldx%lld",
                           (long long)PLEAT_IMAGE_MAX_PIXELS, (long long)width, (long long)height);
    uint8_t *pixels = pleat__allocate((size_t)count, (size_t)channels);
    if (pixels == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for an image of %lldx%lld pixels",
                           (long long)width, (long long)height);
    *image = (struct pleat_image){width, height, channels, pixels};
    return PLEAT_OK;
}

void pleat_image_free(struct pleat_image *image) {
    if (image == NULL)
        return;
    pleat__free(image->pixels);
    image->pixels = NULL;
}

enum pleat_status pleat__image_check(const struct pleat_image *image, struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__REQUIRE(image->pixels, error);
    if (image->width < 1 || image->height < 1 || image->width > INT32_MAX ||
        image->height > INT32_MAX)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "width and height must be 1 to 2147483647, got %lldx%lld",
                           (long long)image->width, (long long)image->height);
    if (image->channels != 1 && image->channels != 3)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "channels must be 1 (grey) or 3 (RGB), got %d", image->channels);
    return PLEAT_OK;
}
