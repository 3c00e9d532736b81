/* Decoding PNG (ISO/IEC 15948) with libpng. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/decode.h"
#include "io/png_job.h"

struct reader {
    struct pleat__png_job job;
    const unsigned char *data;
    size_t bytes, left;
    struct pleat_image image;
    bool with_alpha;          /* it is wanted and there */
    struct pleat_image alpha; /* pixels NULL where it is not */
    unsigned char *samples;   /* the rows of both, interleaved; NULL without alpha */
};

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    struct reader *reader = png_get_io_ptr(png);
    if (count > reader->left)
        png_error(png, "the file ends too early");
    memcpy(out, reader->data + (reader->bytes - reader->left), count);
    reader->left -= count;
}

/* Asks for 8 bits of grey or RGB, with alpha where that is wanted, whatever the file holds. */
static void choose_transforms(png_structp png, png_infop info, bool with_alpha) {
    const int type = png_get_color_type(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_scale_16(png);
    if (!with_alpha)
        png_set_strip_alpha(png);
    else if (png_get_valid(png, info, PNG_INFO_tRNS) != 0)
        png_set_tRNS_to_alpha(png);
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
    if (!reader->with_alpha)
        return;
    if (pleat_image_allocate(&reader->alpha, width, height, 1, &reader->job.error) != PLEAT_OK)
        png_error(png, "not reached by the user");
    reader->samples = png_malloc(png, (size_t)width * height * ((size_t)channels + 1));
}

/* Takes colours and alpha apart. */
static void split(const struct reader *reader) {
    const struct pleat_image *image = &reader->image;
    const int64_t pixels = image->width * image->height;
    const unsigned char *sample = reader->samples;
    uint8_t *colour = image->pixels;
    for (int64_t i = 0; i < pixels; i++) {
        for (int c = 0; c < image->channels; c++)
            *colour++ = *sample++;
        reader->alpha.pixels[i] = *sample++;
    }
}

static void read_image(png_structp png, png_infop info, struct reader *reader) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return;
    png_set_read_fn(png, reader, read_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    /* Texts, profiles and the like are not unpacked. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    reader->with_alpha =
        reader->with_alpha && ((png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                               png_get_valid(png, info, PNG_INFO_tRNS) != 0);
    allocate_image(png, info, reader);
    choose_transforms(png, info, reader->with_alpha);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const int samples = reader->image.channels + (reader->with_alpha ? 1 : 0);
    const size_t row = (size_t)reader->image.width * (size_t)samples;
    unsigned char *rows = reader->with_alpha ? reader->samples : reader->image.pixels;
    if (png_get_rowbytes(png, info) != row)
        png_error(png, "its rows have an unexpected size");
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < reader->image.height; y++)
            png_read_row(png, rows + (size_t)y * row, NULL);
    png_read_end(png, NULL);
    if (reader->with_alpha)
        split(reader);
}

enum pleat_status pleat__png_decode(struct pleat_image *image, struct pleat_image *alpha,
                                    const unsigned char *data, size_t bytes,
                                    struct pleat_error *error) {
    struct reader reader = {
        .data = data, .bytes = bytes, .left = bytes, .with_alpha = alpha != NULL};
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader.job,
                                               pleat__png_on_error, pleat__png_on_warning,
                                               &reader.job, pleat__png_allocate, pleat__png_free);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info != NULL)
        read_image(png, info, &reader);
    else
        pleat__fail(&reader.job.error, PLEAT_OUT_OF_MEMORY, "no memory for the PNG");
    png_destroy_read_struct(&png, &info, NULL);
    pleat__free(reader.samples);
    if (reader.job.error.status != PLEAT_OK) {
        pleat_image_free(&reader.image);
        pleat_image_free(&reader.alpha);
        return pleat__fail(error, reader.job.error.status, "%s", reader.job.error.message);
    }
    *image = reader.image;
    if (alpha != NULL)
        *alpha = reader.alpha;
    return PLEAT_OK;
}
