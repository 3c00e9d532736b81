/* Bicubic resizing against MATLAB's on Set5, which PLEAT_TEST_DATA holds. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/image.h>
#include <pleat/metrics.h>
#include <pleat/resize.h>

#include "suites.h"

static const char *const names[] = {"baby", "bird", "butterfly", "head", "woman"};

static struct pleat_tensor plane_of(int64_t height, int64_t width) {
    struct pleat_tensor plane;
    ck_assert_int_eq(
        pleat_tensor_allocate(&plane, PLEAT_FLOAT32, 2, (int64_t[]){height, width}, NULL),
        PLEAT_OK);
    return plane;
}

static struct pleat_image read_image(const char *format, int scale, int index) {
    char path[1024];
    struct pleat_image image;
    struct pleat_error error;
    if (scale == 0)
        snprintf(path, sizeof path, format, getenv("PLEAT_TEST_DATA"), names[index]);
    else
        snprintf(path, sizeof path, format, getenv("PLEAT_TEST_DATA"), scale, index + 1, scale);
    const enum pleat_status status = pleat_image_read(&image, path, &error);
    ck_assert_msg(status == PLEAT_OK, "%s", error.message);
    return image;
}

/* Returns channel c, cropped at bottom and right to a multiple of the scale. */
static struct pleat_tensor channel(const struct pleat_image *image, int c, int scale) {
    const int64_t height = image->height / scale * scale, width = image->width / scale * scale;
    struct pleat_tensor plane = plane_of(height, width);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            ((float *)plane.data)[y * width + x] =
                image->pixels[(y * image->width + x) * image->channels + c];
    return plane;
}

/* Counts the pixels that differ from the 8-bit plane, and those that differ by more than one. The
 * outermost ring is left out: these files come from an old MATLAB, which repeated the last pixel
 * beyond the border where today's reflects. */
static void compare(const struct pleat_tensor *plane, const struct pleat_image *matlab, int c,
                    int64_t *different, int64_t *far) {
    ck_assert_int_eq(plane->extent[0], matlab->height);
    ck_assert_int_eq(plane->extent[1], matlab->width);
    for (int64_t y = 1; y < matlab->height - 1; y++)
        for (int64_t x = 1; x < matlab->width - 1; x++) {
            const int64_t i = y * matlab->width + x;
            const double difference =
                fabs((double)((const float *)plane->data)[i] - matlab->pixels[3 * i + c]);
            *different += difference > 0;
            *far += difference > 1;
        }
}

/* Shrinks as MATLAB does an image of 8 bits: columns first, rounded and clipped in between. */
static struct pleat_tensor shrink(const struct pleat_tensor *high, int scale) {
    const int64_t height = high->extent[0] / scale, width = high->extent[1] / scale;
    struct pleat_tensor middle = plane_of(height, high->extent[1]), low = plane_of(height, width);
    ck_assert_int_eq(pleat_resize(high, &middle, PLEAT_BICUBIC, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_round_to_8_bits(&middle, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_resize(&middle, &low, PLEAT_BICUBIC, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_round_to_8_bits(&low, NULL), PLEAT_OK);
    pleat_tensor_free(&middle);
    return low;
}

/* MATLAB's low-resolution files. */
START_TEST(low_resolution) {
    const int scale = 2 + _i / 5, index = _i % 5;
    struct pleat_image image = read_image("%s/data/sr/Set5/%s_GT.png", 0, index);
    struct pleat_image matlab =
        read_image("%s/data/sr/Set5_LR/x%d/img_%03d_SRF_%d_LR.png", scale, index);
    int64_t different = 0, far = 0;
    for (int c = 0; c < 3; c++) {
        struct pleat_tensor high = channel(&image, c, scale);
        struct pleat_tensor low = shrink(&high, scale);
        compare(&low, &matlab, c, &different, &far);
        pleat_tensor_free(&high);
        pleat_tensor_free(&low);
    }
    const int64_t pixels = 3 * matlab.width * matlab.height;
    ck_assert_msg(far == 0 && different * 1000 <= pixels,
                  "%s x%d: of %lld samples %lld differ, %lld by more than one", names[index], scale,
                  (long long)pixels, (long long)different, (long long)far);
    pleat_image_free(&image);
    pleat_image_free(&matlab);
}
END_TEST

/* Returns the luma, cropped at bottom and right to a multiple of the scale. */
static struct pleat_tensor luma(const struct pleat_image *image, int scale) {
    struct pleat_tensor whole;
    ck_assert_int_eq(pleat_image_to_y(&whole, image, NULL), PLEAT_OK);
    struct pleat_tensor plane =
        plane_of(image->height / scale * scale, image->width / scale * scale);
    const int64_t width = plane.extent[1];
    for (int64_t y = 0; y < plane.extent[0]; y++)
        memcpy((float *)plane.data + y * width, (const float *)whole.data + y * image->width,
               (size_t)width * sizeof(float));
    pleat_tensor_free(&whole);
    return plane;
}

/* The protocol of the papers on super-resolution, for one image. */
static double bicubic_psnr(int scale, int index) {
    struct pleat_image image = read_image("%s/data/sr/Set5/%s_GT.png", 0, index);
    struct pleat_tensor high = luma(&image, scale);
    struct pleat_tensor low = plane_of(high.extent[0] / scale, high.extent[1] / scale);
    struct pleat_tensor again = plane_of(high.extent[0], high.extent[1]);
    double psnr = 0;
    ck_assert_int_eq(pleat_resize(&high, &low, PLEAT_BICUBIC, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_resize(&low, &again, PLEAT_BICUBIC, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_round_to_8_bits(&again, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_psnr(&high, &again, 255, scale, &psnr, NULL), PLEAT_OK);
    pleat_tensor_free(&high);
    pleat_tensor_free(&low);
    pleat_tensor_free(&again);
    pleat_image_free(&image);
    return psnr;
}

/* The figures that the papers give for bicubic. */
START_TEST(published_psnr) {
    const double published[] = {33.661, 30.392, 28.421};
    double mean = 0;
    for (int index = 0; index < 5; index++)
        mean += bicubic_psnr(2 + _i, index) / 5;
    ck_assert_msg(fabs(mean - published[_i]) < 0.001, "x%d: %.4f dB", 2 + _i, mean);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("Set5");
    TCase *tests = tcase_create("bicubic");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, low_resolution, 0, 15);
    tcase_add_loop_test(tests, published_psnr, 0, 3);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    if (getenv("PLEAT_TEST_DATA") == NULL) {
        puts("skipped: PLEAT_TEST_DATA does not name the folder with data/sr/Set5");
        return EXIT_SKIP;
    }
    return run_suite(suite());
}
