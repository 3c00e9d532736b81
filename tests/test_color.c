/* Luma and colour planes against known colours, and there and back again. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/image.h>

#include "failing_memory.h"
#include "suites.h"
#include "support.h"

static struct pleat_image image_of(int64_t width, int64_t height, int channels) {
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_allocate(&image, width, height, channels, NULL), PLEAT_OK);
    return image;
}

/* Colours with the Y, Cb and Cr that ITU-R BT.601 gives its colour bars (75 % excepted). */
static const struct {
    uint8_t rgb[3];
    double ycbcr[3];
} colours[] = {
    {{0, 0, 0}, {16, 128, 128}},           {{255, 255, 255}, {235, 128, 128}},
    {{255, 0, 0}, {81.481, 90.203, 240}},  {{0, 255, 0}, {144.553, 53.797, 34.214}},
    {{0, 0, 255}, {40.966, 240, 109.786}}, {{128, 128, 128}, {125.929, 128, 128}},
};
#define COLOURS ((int)(sizeof colours / sizeof *colours))

START_TEST(known_colours) {
    struct pleat_image image = image_of(COLOURS, 1, 3);
    struct pleat_tensor y, ycbcr;
    for (int i = 0; i < COLOURS; i++)
        memcpy(image.pixels + 3 * i, colours[i].rgb, 3);
    ck_assert_int_eq(pleat_image_to_y(&y, &image, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_image_to_ycbcr(&ycbcr, &image, NULL), PLEAT_OK);
    ck_assert_int_eq(y.rank, 2);
    ck_assert_int_eq(y.extent[1], COLOURS);
    ck_assert_int_eq(ycbcr.rank, 3);
    for (int i = 0; i < COLOURS; i++) {
        ck_assert(tensor_get(&y, i) == floor(colours[i].ycbcr[0] + 0.5));
        for (int c = 0; c < 3; c++)
            ck_assert(fabs(tensor_get(&ycbcr, c * COLOURS + i) - colours[i].ycbcr[c]) < 2e-3);
    }
    pleat_tensor_free(&y);
    pleat_tensor_free(&ycbcr);
    pleat_image_free(&image);
}
END_TEST

/* 64^3 colours, every fourth value and 255, come back exactly. */
START_TEST(there_and_back) {
    struct pleat_image image = image_of(64 * 64, 64, 3), back;
    struct pleat_tensor ycbcr;
    for (int i = 0; i < 64 * 64 * 64; i++)
        for (int c = 0; c < 3; c++) {
            const int step = i >> 6 * c & 63;
            image.pixels[3 * i + c] = (uint8_t)(step == 63 ? 255 : 4 * step);
        }
    ck_assert_int_eq(pleat_image_to_ycbcr(&ycbcr, &image, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_image_from_ycbcr(&back, &ycbcr, NULL), PLEAT_OK);
    ck_assert_int_eq(back.width, image.width);
    ck_assert_int_eq(back.height, image.height);
    ck_assert_int_eq(memcmp(back.pixels, image.pixels, 3 * 64 * 64 * 64), 0);
    pleat_tensor_free(&ycbcr);
    pleat_image_free(&image);
    pleat_image_free(&back);
}
END_TEST

START_TEST(grey_as_it_is) {
    struct pleat_image image = image_of(256, 1, 1), back;
    struct pleat_tensor y;
    for (int i = 0; i < 256; i++)
        image.pixels[i] = (uint8_t)i;
    ck_assert_int_eq(pleat_image_to_y(&y, &image, NULL), PLEAT_OK);
    for (int i = 0; i < 256; i++)
        ck_assert(tensor_get(&y, i) == i);
    ck_assert_int_eq(pleat_image_from_plane(&back, &y, NULL), PLEAT_OK);
    ck_assert_int_eq(back.channels, 1);
    ck_assert_int_eq(memcmp(back.pixels, image.pixels, 256), 0);
    ck_assert_int_eq(pleat_image_to_ycbcr(&y, &image, NULL), PLEAT_INVALID_ARGUMENT);
    pleat_tensor_free(&y);
    pleat_image_free(&image);
    pleat_image_free(&back);
}
END_TEST

START_TEST(rounding) {
    float in[] = {-1, 0.49f, 0.5f, 1.49f, 254.5f, 255.4f, 1e30f, -1e30f, NAN, INFINITY, -INFINITY};
    const float out[] = {0, 0, 1, 1, 255, 255, 255, 0, 0, 255, 0};
    const int count = sizeof in / sizeof *in;
    const struct pleat_tensor plane =
        pleat_tensor_view(in, PLEAT_FLOAT32, 2, (int64_t[]){1, count});
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_from_plane(&image, &plane, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_round_to_8_bits(&plane, NULL), PLEAT_OK);
    for (int i = 0; i < count; i++)
        ck_assert(image.pixels[i] == out[i] && in[i] == out[i]);
    pleat_image_free(&image);
}
END_TEST

START_TEST(refused) {
    float data[12] = {0};
    struct pleat_image image = image_of(2, 2, 3), bad = image, made;
    struct pleat_tensor y, plane = pleat_tensor_view(data, PLEAT_FLOAT32, 2, (int64_t[]){2, 2});
    struct pleat_tensor ycbcr = pleat_tensor_view(data, PLEAT_FLOAT32, 3, (int64_t[]){3, 2, 2});
    bad.channels = 2;
    ck_assert_int_eq(pleat_image_to_y(NULL, &image, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_to_y(&y, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_to_y(&y, &bad, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_to_ycbcr(NULL, &image, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_to_ycbcr(&y, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_from_plane(NULL, &plane, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_from_plane(&made, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_from_plane(&made, &ycbcr, NULL), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_image_from_ycbcr(NULL, &ycbcr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_image_from_ycbcr(&made, &plane, NULL), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_round_to_8_bits(NULL, NULL), PLEAT_INVALID_ARGUMENT);
    failing_memory_arm(0);
    ck_assert_int_eq(pleat_image_to_y(&y, &image, NULL), PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(pleat_image_to_ycbcr(&y, &image, NULL), PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(pleat_image_from_plane(&made, &plane, NULL), PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(pleat_image_from_ycbcr(&made, &ycbcr, NULL), PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    ycbcr.extent[0] = 2;
    ck_assert_int_eq(pleat_image_from_ycbcr(&made, &ycbcr, NULL), PLEAT_INVALID_SHAPE);
    plane.extent[1] = 0;
    ck_assert_int_eq(pleat_image_from_plane(&made, &plane, NULL), PLEAT_INVALID_SHAPE);
    plane.extent[1] = 2;
    plane.dtype = PLEAT_FLOAT64;
    ck_assert_int_eq(pleat_image_from_plane(&made, &plane, NULL), PLEAT_TYPE_MISMATCH);
    ck_assert_int_eq(pleat_round_to_8_bits(&plane, NULL), PLEAT_TYPE_MISMATCH);
    plane.dtype = PLEAT_FLOAT32;
    plane.data = NULL;
    ck_assert_int_eq(pleat_image_from_plane(&made, &plane, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_round_to_8_bits(&plane, NULL), PLEAT_INVALID_ARGUMENT);
    pleat_image_free(&image);
}
END_TEST

/* Tensors that are none: each would have been written outside its four numbers. */
START_TEST(no_tensors) {
    float data[4] = {0.25f, 0.25f, 0.25f, 0.25f};
    struct pleat_tensor tensor = pleat_tensor_view(data, PLEAT_FLOAT32, 2, (int64_t[]){-2, -2});
    ck_assert_int_eq(pleat_round_to_8_bits(&tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor.rank = PLEAT_MAX_RANK + 1;
    ck_assert_int_eq(pleat_round_to_8_bits(&tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor.rank = -1;
    ck_assert_int_eq(pleat_round_to_8_bits(&tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor.rank = 2;
    tensor.extent[0] = tensor.extent[1] = INT64_C(1) << 40;
    ck_assert_int_eq(pleat_round_to_8_bits(&tensor, NULL), PLEAT_SIZE_OVERFLOW);
    for (int i = 0; i < 4; i++)
        ck_assert(data[i] == 0.25f);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("color");
    TCase *tests = tcase_create("color");
    tcase_add_test(tests, known_colours);
    tcase_add_test(tests, there_and_back);
    tcase_add_test(tests, grey_as_it_is);
    tcase_add_test(tests, rounding);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, no_tensors);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
