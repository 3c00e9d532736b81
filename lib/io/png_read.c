/* Decoding PNG (ISO/IEC 15948) with libpng. */
#include <string.h>

#include "base/error.h"
#include "io/decode.h"
#include "io/png_job.h"

struct reader {
    struct pleat__png_job job;
    const unsigned char *data;
    size_t bytes, left;
    struct pleat_image image;
};

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    struct reader *reader = png_get_io_ptr(png);
    if (count > reader->left)
        png_error(png, "the file ends too early");
    memcpy(out, reader->data + (reader->bytes - reader->left), count);
    reader->left -= count;
}

/* Asks for 8 bits of grey or RGB, whatever the file holds. */
static void choose_transforms(png_structp png, png_infop info) {
    const int type = png_get_color_type(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_scale_16(png);
    png_set_strip_alpha(png);
}

static void allocate_image(png_structp png, png_infop info, struct reader *reader) {
    const uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    /* Deflate makes no more than 1032 bytes of one: a short file cannot claim a huge image. */
    const uint64_t packed_row =
        ((uint64_t)width * png_get_bit_depth(png, info) * png_get_channels(png, info) + 7) / 8;
    if (packed_row > 0 && height > 1032 * (uint64_t)reader->bytes / packed_row)
        png_error(png, "the file is too short for its width and height");
    const int channels = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
    if (pleat_image_allocate(&reader->image, width, height, channels, &reader->job.error) !=
        PLEAT_OK)
        png_error(png, "not reached by the user");
}

static void read_image(png_structp png, png_infop info, struct reader *reader) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return;
    png_set_read_fn(png, reader, read_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    /* Texts, profiles and the like are not unpacked. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    allocate_image(png, info, reader);
    choose_transforms(png, info);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const size_t row = (size_t)reader->image.width * (size_t)reader->image.channels;
    if (png_get_rowbytes(png, info) != row)
        png_error(png, "its rows have an unexpected size");
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < reader->image.height; y++)
            png_read_row(png, reader->image.pixels + (size_t)y * row, NULL);
    png_read_end(png, NULL);
}

enum pleat_status pleat__png_decode(struct pleat_image *image, const unsigned char *data,
                                    size_t bytes, struct pleat_error *error) {
    struct reader reader = {.data = data, .bytes = bytes, .left = bytes};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader.job,
                                               pleat__png_on_error, pleat__png_on_warning,
                                               &reader.job, pleat__png_allocate, pleat__png_free);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info != NULL)
        read_image(png, info, &reader);
    else
        pleat__fail(&reader.job.error, PLEAT_OUT_OF_MEMORY, "no memory for the PNG");
    png_destroy_read_struct(&png, &info, NULL);
    if (reader.job.error.status != PLEAT_OK) {
        pleat_image_free(&reader.image);
        return pleat__fail(error, reader.job.error.status, "%s", reader.job.error.message);
    }
    *image = reader.image;
    return PLEAT_OK;
}
