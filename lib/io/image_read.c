/* Reading images from files of either kind. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/decode.h"
#include "io/input.h"
#include "io/path.h"

#define MOST_FILE_BYTES ((size_t)1 << 30)

enum pleat_status pleat__image_decode(struct pleat_image *image, struct pleat_image *alpha,
                                      const unsigned char *data, size_t bytes,
                                      struct pleat_error *error) {
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const unsigned char jpeg[] = {0xff, 0xd8, 0xff};
    if (bytes >= sizeof png && memcmp(data, png, sizeof png) == 0)
        return pleat__png_decode(image, alpha, data, bytes, error);
    if (bytes >= sizeof jpeg && memcmp(data, jpeg, sizeof jpeg) == 0) {
        if (alpha != NULL)
            alpha->pixels = NULL;
        return pleat__jpeg_decode(image, data, bytes, error);
    }
    return pleat__fail(error, PLEAT_BAD_FORMAT, "neither a PNG nor a JPEG image");
}

/* alpha is NULL where it is not wanted. */
static enum pleat_status read_file(struct pleat_image *image, struct pleat_image *alpha,
                                   const char *path, struct pleat_error *error) {
    unsigned char *data = NULL;
    size_t bytes = 0;
    PLEAT__TRY(pleat__input_read_whole(path, MOST_FILE_BYTES, &data, &bytes, error));
    struct pleat_error detail;
    const enum pleat_status status = pleat__image_decode(image, alpha, data, bytes, &detail);
    pleat__free(data);
    return status == PLEAT_OK ? PLEAT_OK : pleat__fail_in(error, path, &detail);
}

enum pleat_status pleat_image_read(struct pleat_image *image, const char *path,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__REQUIRE(path, error);
    return read_file(image, NULL, path, error);
}

enum pleat_status pleat_image_read_alpha(struct pleat_image *image, struct pleat_image *alpha,
                                         const char *path, struct pleat_error *error) {
    PLEAT__REQUIRE(image, error);
    PLEAT__REQUIRE(alpha, error);
    PLEAT__REQUIRE(path, error);
    return read_file(image, alpha, path, error);
}
