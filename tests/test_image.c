/* Images: every kind of PNG and JPEG that is read, what is written, and damage. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <pleat/image.h>

#include "failing_memory.h"
#include "files.h"
#include "suites.h"

#define WIDTH 11
#define HEIGHT 7

static enum pleat_status read_image(const char *path, struct pleat_error *error) {
    struct pleat_image image;
    const enum pleat_status status = pleat_image_read(&image, path, error);
    if (status == PLEAT_OK)
        pleat_image_free(&image);
    return status;
}

/* A kind of PNG. Every sample of an image has the value of sample(), in the kind's depth. */
static const struct kind {
    const char *name;
    int type, depth, interlace, channels; /* channels: of the image read */
} kinds[] = {
    {"grey", PNG_COLOR_TYPE_GRAY, 8, PNG_INTERLACE_NONE, 1},
    {"RGB", PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_NONE, 3},
    {"interlaced RGB", PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7, 3},
    {"1 bit", PNG_COLOR_TYPE_GRAY, 1, PNG_INTERLACE_NONE, 1},
    {"2 bit interlaced", PNG_COLOR_TYPE_GRAY, 2, PNG_INTERLACE_ADAM7, 1},
    {"4 bit", PNG_COLOR_TYPE_GRAY, 4, PNG_INTERLACE_NONE, 1},
    {"16 bit grey", PNG_COLOR_TYPE_GRAY, 16, PNG_INTERLACE_NONE, 1},
    {"16 bit RGBA", PNG_COLOR_TYPE_RGBA, 16, PNG_INTERLACE_NONE, 3},
    {"grey and alpha", PNG_COLOR_TYPE_GRAY_ALPHA, 8, PNG_INTERLACE_NONE, 1},
    {"RGBA", PNG_COLOR_TYPE_RGBA, 8, PNG_INTERLACE_ADAM7, 3},
    {"palette", PNG_COLOR_TYPE_PALETTE, 8, PNG_INTERLACE_NONE, 3},
    {"2 bit palette", PNG_COLOR_TYPE_PALETTE, 2, PNG_INTERLACE_NONE, 3},
};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

static int samples_of(int type) {
    return type == PNG_COLOR_TYPE_RGBA  ? 4
           : type == PNG_COLOR_TYPE_RGB ? 3
                                        : 1 + (type == PNG_COLOR_TYPE_GRAY_ALPHA);
}

/* What the file holds at a place, in 0..2^depth - 1. */
static unsigned sample(const struct kind *kind, int y, int x, int channel) {
    const unsigned value = (unsigned)(y * 5003 + x * 733 + channel * 15013);
    return value & ((1u << kind->depth) - 1);
}

static png_color palette_entry(unsigned index) {
    const png_color entry = {(png_byte)(index * 3 & 255), (png_byte)(255 - index),
                             (png_byte)(index * 7 & 255)};
    return entry;
}

/* What pleat must make of it. */
static int expected(const struct kind *kind, int y, int x, int channel) {
    if (kind->type == PNG_COLOR_TYPE_PALETTE) {
        const png_color entry = palette_entry(sample(kind, y, x, 0));
        return channel == 0 ? entry.red : channel == 1 ? entry.green : entry.blue;
    }
    const double most = (1 << kind->depth) - 1;
    return (int)(sample(kind, y, x, channel) * 255 / most + 0.5);
}

static void pack_row(unsigned char *row, const struct kind *kind, int y) {
    const int samples = samples_of(kind->type);
    memset(row, 0, WIDTH * 8);
    for (int i = 0; i < WIDTH * samples; i++) {
        const unsigned value = sample(kind, y, i / samples, i % samples);
        if (kind->depth == 16) {
            row[2 * i] = (unsigned char)(value >> 8);
            row[2 * i + 1] = (unsigned char)(value & 255);
        } else {
            const int bit = i * kind->depth;
            row[bit / 8] = (unsigned char)(row[bit / 8] | value << (8 - kind->depth - bit % 8));
        }
    }
}

static const char *store_png(const struct kind *kind) {
    const char *path = file_path("x.png");
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    ck_assert_ptr_nonnull(info);
    png_init_io(png, stream);
    png_set_IHDR(png, info, WIDTH, HEIGHT, kind->depth, kind->type, kind->interlace,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (kind->type == PNG_COLOR_TYPE_PALETTE) {
        png_color palette[256];
        png_byte alpha[2] = {0, 128}; /* transparency, to be dropped */
        for (unsigned i = 0; i < 256; i++)
            palette[i] = palette_entry(i);
        png_set_PLTE(png, info, palette, 1 << kind->depth);
        png_set_tRNS(png, info, alpha, 2, NULL);
    }
    png_write_info(png, info);
    const int passes = png_set_interlace_handling(png);
    unsigned char row[WIDTH * 8];
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < HEIGHT; y++) {
            pack_row(row, kind, y);
            png_write_row(png, row);
        }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(stream);
    return path;
}

START_TEST(every_png) {
    const struct kind *kind = &kinds[_i];
    struct pleat_image image;
    struct pleat_error error;
    const enum pleat_status status = pleat_image_read(&image, store_png(kind), &error);
    ck_assert_msg(status == PLEAT_OK, "%s: %s", kind->name, error.message);
    ck_assert_int_eq(image.width, WIDTH);
    ck_assert_int_eq(image.height, HEIGHT);
    ck_assert_int_eq(image.channels, kind->channels);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < image.channels; c++)
                ck_assert_msg(image.pixels[(y * WIDTH + x) * image.channels + c] ==
                                  expected(kind, y, x, c),
                              "%s: pixel %d, %d, %d", kind->name, y, x, c);
    pleat_image_free(&image);
}
END_TEST

/* The opacity that every_png's files have: their last sample, or that of a palette's entry. */
static int expected_alpha(const struct kind *kind, int y, int x) {
    if (kind->type != PNG_COLOR_TYPE_PALETTE)
        return expected(kind, y, x, samples_of(kind->type) - 1);
    const unsigned index = sample(kind, y, x, 0);
    return index == 0 ? 0 : index == 1 ? 128 : 255;
}

/* Reads a picture with its opacity, writes it, and reads it again: the same numbers. */
START_TEST(alpha_round_trip) {
    const struct kind *kind = &kinds[_i];
    const bool clear =
        kind->type == PNG_COLOR_TYPE_PALETTE || (kind->type & PNG_COLOR_MASK_ALPHA) != 0;
    const char *path = store_png(kind);
    for (int round = 0; round < 2; round++) {
        struct pleat_image image, alpha;
        struct pleat_error error;
        const enum pleat_status status = pleat_image_read_alpha(&image, &alpha, path, &error);
        ck_assert_msg(status == PLEAT_OK, "%s: %s", kind->name, error.message);
        ck_assert_int_eq(alpha.pixels != NULL, clear);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                for (int c = 0; c < image.channels; c++)
                    if (image.pixels[(y * WIDTH + x) * image.channels + c] !=
                        expected(kind, y, x, c))
                        ck_abort_msg("%s: pixel %d, %d, %d", kind->name, y, x, c);
                if (clear && alpha.pixels[y * WIDTH + x] != expected_alpha(kind, y, x))
                    ck_abort_msg("%s: opacity %d, %d", kind->name, y, x);
            }
        ck_assert_int_eq(pleat_image_write_png_alpha(path, &image, clear ? &alpha : NULL, &error),
                         PLEAT_OK);
        if (clear) {
            alpha.width--;
            ck_assert_int_eq(pleat_image_write_png_alpha(path, &image, &alpha, &error),
                             PLEAT_INVALID_ARGUMENT);
        }
        pleat_image_free(&image);
        pleat_image_free(&alpha);
    }
}
END_TEST

START_TEST(truncated_png) {
    refuse_truncations(read_image, store_png(&kinds[_i]));
}
END_TEST

static uint32_t load_big(const unsigned char *data) {
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

/* Makes the checksums of all chunks right, so that damage goes deeper. */
static void mend_png(unsigned char *data, size_t bytes) {
    for (size_t at = 8; bytes - at >= 12;) {
        const uint32_t length = load_big(data + at);
        if (length > bytes - at - 12)
            return;
        const uint32_t sum = (uint32_t)crc32(crc32(0, NULL, 0), data + at + 4, length + 4);
        for (int i = 0; i < 4; i++)
            data[at + 8 + length + (size_t)i] = (unsigned char)(sum >> (24 - 8 * i) & 255);
        at += length + 12;
    }
}

START_TEST(flipped_png) {
    survive_flips(read_image, store_png(&kinds[_i]), 300, NULL);
    survive_flips(read_image, store_png(&kinds[_i]), 700, mend_png);
}
END_TEST

START_TEST(png_without_memory) {
    walk_failing_memory(read_image, store_png(&kinds[_i]));
}
END_TEST

/* A short file whose header claims 2^28 pixels, and one that claims more. */
START_TEST(huge_png) {
    size_t bytes = 0;
    const char *path = store_png(&kinds[0]);
    unsigned char *data = file_load(path, &bytes);
    for (int beyond = 0; beyond < 2; beyond++) {
        memcpy(data + 16, "\0\0\x40\0\0\0\x40\0", 8);
        data[23] = (unsigned char)beyond;
        mend_png(data, bytes);
        file_store(path, data, bytes);
        assert_status(read_image, path, PLEAT_BAD_FORMAT);
    }
    free(data);
}
END_TEST

/* Stores a JPEG of a smooth picture. */
static const char *store_jpeg(J_COLOR_SPACE space, int channels, boolean progressive) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    const char *path = file_path("x.jpg");
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, stream);
    jpeg.image_width = WIDTH;
    jpeg.image_height = HEIGHT;
    jpeg.input_components = channels;
    jpeg.in_color_space = space;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    if (progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < HEIGHT; y++) {
        unsigned char row[WIDTH * 4];
        for (int i = 0; i < WIDTH * channels; i++)
            row[i] = (unsigned char)(10 * (i / channels) + 12 * y + 20 * (i % channels));
        JSAMPROW line = row;
        jpeg_write_scanlines(&jpeg, &line, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(stream);
    return path;
}

static const char *store_some_jpeg(int i) {
    return store_jpeg(i < 2 ? JCS_GRAYSCALE : JCS_RGB, i < 2 ? 1 : 3, i % 2 ? TRUE : FALSE);
}

START_TEST(every_jpeg) {
    struct pleat_image image;
    const int channels = _i < 2 ? 1 : 3;
    ck_assert_int_eq(pleat_image_read(&image, store_some_jpeg(_i), NULL), PLEAT_OK);
    ck_assert_int_eq(image.width, WIDTH);
    ck_assert_int_eq(image.height, HEIGHT);
    ck_assert_int_eq(image.channels, channels);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < channels; c++)
                ck_assert_int_le(
                    abs(image.pixels[(y * WIDTH + x) * channels + c] - (10 * x + 12 * y + 20 * c)),
                    channels == 1 ? 2 : 8);
    pleat_image_free(&image);
}
END_TEST

/* Stores the emptiest of grey JPEGs, a square: a bit a block. */
static const char *store_flat_jpeg(JDIMENSION side) {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    static unsigned char row[1024];
    JSAMPROW line = row;
    const char *path = file_path("flat.jpg");
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, stream);
    jpeg.image_width = jpeg.image_height = side;
    jpeg.input_components = 1;
    jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < side)
        jpeg_write_scanlines(&jpeg, &line, 1);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(stream);
    return path;
}

START_TEST(flat_jpeg) {
    assert_status(read_image, store_flat_jpeg(1024), PLEAT_OK);
}
END_TEST

/* Sides of 16384 in a file of 8 x 8 pixels: refused before anything is allocated for them. */
START_TEST(jpeg_too_short_for_its_size) {
    size_t bytes = 0, at = 0;
    struct pleat_image image;
    struct pleat_error error;
    const char *path = store_flat_jpeg(8);
    unsigned char *data = file_load(path, &bytes);
    while (at + 9 < bytes && !(data[at] == 0xff && data[at + 1] == 0xc2)) /* SOF2 */
        at++;
    ck_assert_uint_lt(at + 9, bytes);
    data[at + 5] = data[at + 7] = 0x40;
    data[at + 6] = data[at + 8] = 0;
    file_store(path, data, bytes);
    free(data);
    ck_assert_int_eq(pleat_image_read(&image, path, &error), PLEAT_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "too short for its width and height"));
}
END_TEST

START_TEST(truncated_jpeg) {
    refuse_truncations(read_image, store_some_jpeg(_i));
}
END_TEST

START_TEST(flipped_jpeg) {
    survive_flips(read_image, store_some_jpeg(_i), 1500, NULL);
}
END_TEST

START_TEST(jpeg_without_memory) {
    walk_failing_memory(read_image, store_some_jpeg(_i));
}
END_TEST

START_TEST(other_files) {
    const char *path = file_path("x.png");
    assert_status(read_image, store_jpeg(JCS_CMYK, 4, FALSE), PLEAT_UNSUPPORTED);
    assert_status(read_image, path, PLEAT_IO);
    assert_status(read_image, file_path("."), PLEAT_IO);
    file_store(path, "", 0);
    assert_status(read_image, path, PLEAT_BAD_FORMAT);
    file_store(path, "GIF89a of some length", 21);
    assert_status(read_image, path, PLEAT_BAD_FORMAT);
}
END_TEST

/* The contents say what a file is, not its name. */
START_TEST(misnamed) {
    size_t bytes = 0;
    unsigned char *data = file_load(store_png(&kinds[0]), &bytes);
    file_store(file_path("x.jpg"), data, bytes);
    assert_status(read_image, file_path("x.jpg"), PLEAT_OK);
    free(data);
}
END_TEST

static struct pleat_image picture(int channels) {
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_allocate(&image, WIDTH, HEIGHT, channels, NULL), PLEAT_OK);
    for (int i = 0; i < WIDTH * HEIGHT * channels; i++)
        image.pixels[i] = (uint8_t)(i * 37 & 255);
    return image;
}

START_TEST(write_and_read) {
    const int channels = _i == 0 ? 1 : 3;
    struct pleat_image wrote = picture(channels), read;
    ck_assert_int_eq(pleat_image_write_png(file_path("y.png"), &wrote, NULL), PLEAT_OK);
    ck_assert_int_eq(files_count(), 1);
    ck_assert_int_eq(pleat_image_read(&read, file_path("y.png"), NULL), PLEAT_OK);
    ck_assert_int_eq(read.channels, channels);
    ck_assert_int_eq(memcmp(read.pixels, wrote.pixels, (size_t)(WIDTH * HEIGHT * channels)), 0);
    pleat_image_free(&wrote);
    pleat_image_free(&read);
}
END_TEST

static struct pleat_image to_write;

static enum pleat_status write_image(const char *path, struct pleat_error *error) {
    return pleat_image_write_png(path, &to_write, error);
}

START_TEST(write_without_memory) {
    to_write = picture(3);
    file_store(file_path("y.png"), "old", 3);
    failing_memory_arm(3);
    assert_status(write_image, file_path("y.png"), PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    assert_file(file_path("y.png"), "old", 3);
    walk_failing_memory(write_image, file_path("y.png"));
    assert_status(read_image, file_path("y.png"), PLEAT_OK);
    ck_assert_int_eq(files_count(), 1);
    assert_status(write_image, file_path("none/y.png"), PLEAT_IO);
    pleat_image_free(&to_write);
}
END_TEST

START_TEST(refused) {
    struct pleat_image image = {.width = 42}, bad = picture(3);
    uint8_t *pixels = bad.pixels;
    const char *path = file_path("y.png");
    ck_assert_int_eq(pleat_image_allocate(NULL, 1, 1, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_allocate(&image, 0, 1, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_allocate(&image, 1, -1, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_allocate(&image, 1, 1, 2, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_allocate(&image, 1 << 14, (1 << 14) + 1, 1, NULL),
                     PLEAT_UNSUPPORTED);
    ck_assert_int_eq(pleat_image_allocate(&image, INT64_MAX, INT64_MAX, 1, NULL),
                     PLEAT_UNSUPPORTED);
    failing_memory_arm(0);
    ck_assert_int_eq(pleat_image_allocate(&image, 1, 1, 1, NULL), PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    ck_assert_int_eq(pleat_image_read(NULL, path, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_read(&image, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(image.width, 42);
    ck_assert_int_eq(pleat_image_write_png(NULL, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_write_png(path, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    bad.channels = 4;
    ck_assert_int_eq(pleat_image_write_png(path, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    bad.channels = 3;
    bad.width = 0;
    ck_assert_int_eq(pleat_image_write_png(path, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    bad.width = INT64_C(1) << 31;
    ck_assert_int_eq(pleat_image_write_png(path, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    bad.width = WIDTH;
    bad.pixels = NULL;
    ck_assert_int_eq(pleat_image_write_png(path, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(files_count(), 0);
    bad.pixels = pixels;
    pleat_image_free(&bad);
    pleat_image_free(&bad);
    pleat_image_free(NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_png, 0, KINDS);
    tcase_add_loop_test(tests, alpha_round_trip, 0, KINDS);
    tcase_add_loop_test(tests, truncated_png, 0, KINDS);
    tcase_add_loop_test(tests, flipped_png, 0, KINDS);
    tcase_add_loop_test(tests, png_without_memory, 0, KINDS);
    tcase_add_test(tests, huge_png);
    tcase_add_loop_test(tests, every_jpeg, 0, 4);
    tcase_add_test(tests, flat_jpeg);
    tcase_add_test(tests, jpeg_too_short_for_its_size);
    tcase_add_loop_test(tests, truncated_jpeg, 0, 4);
    tcase_add_loop_test(tests, flipped_jpeg, 0, 4);
    tcase_add_loop_test(tests, jpeg_without_memory, 0, 4);
    tcase_add_test(tests, other_files);
    tcase_add_test(tests, misnamed);
    tcase_add_loop_test(tests, write_and_read, 0, 2);
    tcase_add_test(tests, write_without_memory);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
