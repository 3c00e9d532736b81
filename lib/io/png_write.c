/* Writing PNG with libpng. */
#include "base/error.h"
#include "base/memory.h"
#include "io/atomic_file.h"
#include "io/decode.h"
#include "io/png_job.h"

struct writer {
    struct pleat__png_job job;
    struct pleat__atomic_file file;
    unsigned char *samples; /* a row of colours and alpha, interleaved; NULL without alpha */
};

static void write_bytes(png_structp png, png_bytep data, size_t count) {
    struct writer *writer = png_get_io_ptr(png);
    if (pleat__atomic_write(&writer->file, data, count, &writer->job.error) != PLEAT_OK)
        png_error(png, "not reached by the user");
}

/* pleat__atomic_commit brings the file to the disk. */
static void flush_nothing(png_structp png) {
    (void)png;
}

/* Interleaves a row of colours with one of alpha. */
static void join(unsigned char *sample, const struct pleat_image *image,
                 const struct pleat_image *alpha, int64_t y) {
    const uint8_t *colour = image->pixels + y * image->width * image->channels;
    for (int64_t x = 0; x < image->width; x++) {
        for (int c = 0; c < image->channels; c++)
            *sample++ = *colour++;
        *sample++ = alpha->pixels[y * image->width + x];
    }
}

static int colour_type(const struct pleat_image *image, const struct pleat_image *alpha) {
    const int type = image->channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    return alpha != NULL ? type | PNG_COLOR_MASK_ALPHA : type;
}

static void write_image(png_structp png, png_infop info, const struct pleat_image *image,
                        const struct pleat_image *alpha, struct writer *writer) {
    if (setjmp(png_jmpbuf(png)) != 0)
        return;
    png_set_write_fn(png, writer, write_bytes, flush_nothing);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, info, (uint32_t)image->width, (uint32_t)image->height, 8,
                 colour_type(image, alpha), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    const size_t row = (size_t)image->width * (size_t)image->channels;
    if (alpha != NULL)
        writer->samples = png_malloc(png, row + (size_t)image->width);
    for (int64_t y = 0; y < image->height; y++) {
        if (alpha != NULL)
            join(writer->samples, image, alpha, y);
        png_write_row(png, alpha != NULL ? writer->samples : image->pixels + (size_t)y * row);
    }
    png_write_end(png, NULL);
}

static enum pleat_status encode(struct writer *writer, const struct pleat_image *image,
                                const struct pleat_image *alpha) {
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &writer->job,
                                                pleat__png_on_error, pleat__png_on_warning,
                                                &writer->job, pleat__png_allocate, pleat__png_free);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info != NULL)
        write_image(png, info, image, alpha, writer);
    else
        pleat__fail(&writer->job.error, PLEAT_OUT_OF_MEMORY, "no memory for the PNG");
    png_destroy_write_struct(&png, &info);
    pleat__free(writer->samples);
    return writer->job.error.status;
}

enum pleat_status pleat_image_write_png(const char *path, const struct pleat_image *image,
                                        struct pleat_error *error) {
    return pleat_image_write_png_alpha(path, image, NULL, error);
}

enum pleat_status pleat_image_write_png_alpha(const char *path, const struct pleat_image *image,
                                              const struct pleat_image *alpha,
                                              struct pleat_error *error) {
    PLEAT__REQUIRE(path, error);
    PLEAT__TRY(pleat__image_check(image, error));
    if (alpha != NULL) {
        PLEAT__TRY(pleat__image_check(alpha, error));
        if (alpha->channels != 1 || alpha->width != image->width || alpha->height != image->height)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "alpha must be one channel as large as the image");
    }
    struct writer writer = {.job = {.memory_ran_out = false}};
    PLEAT__TRY(pleat__atomic_open(&writer.file, path, error));
    if (encode(&writer, image, alpha) != PLEAT_OK) {
        pleat__atomic_discard(&writer.file, 1);
        return pleat__fail(error, writer.job.error.status, "%s", writer.job.error.message);
    }
    return pleat__atomic_commit(&writer.file, 1, error);
}
