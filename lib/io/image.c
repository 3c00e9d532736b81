/* Images in memory, and reading them from files of either kind. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/decode.h"
#include "io/input.h"
#include "io/path.h"

#define MOST_FILE_BYTES ((size_t)1 << 30)

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

enum pleat_status pleat__image_decode(struct pleat_image *image, const unsigned char *data,
                                      size_t bytes, struct pleat_error *error) {
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff};
    if (bytes >= sizeof png && memcmp(data, png, sizeof png) == 0)
        return pleat__png_decode(image, data, bytes, error);
    if (bytes >= sizeof jpeg && memcmp(data, jpeg, sizeof jpeg) == 0)
        return pleat__jpeg_decode(image, data, bytes, error);
    return pleat__fail(error, PLEAT_BAD_FORMAT, "neither a PNG nor a JPEG image");
}

enum pleat_status pleat_image_read(struct pleat_image *image, const char *path,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__REQUIRE(path, error);
    unsigned char *data = NULL;
    size_t bytes = 0;
    PLEAT__TRY(pleat__input_read_whole(path, MOST_FILE_BYTES, &data, &bytes, error));
    struct pleat_error detail;
    const enum pleat_status status = pleat__image_decode(image, data, bytes, &detail);
    pleat__free(data);
    return status == PLEAT_OK ? PLEAT_OK : pleat__fail_in(error, path, &detail);
}
