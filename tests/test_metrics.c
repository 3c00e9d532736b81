/* Peak signal-to-noise ratio: known errors, borders, and what is refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <pleat/metrics.h>

#include "suites.h"

#define HEIGHT 4
#define WIDTH 5

static struct pleat_tensor view(const float *data, int64_t planes) {
    return pleat_tensor_view(data, PLEAT_FLOAT32, 3, (int64_t[]){planes, HEIGHT, WIDTH});
}

/* One pixel of 40 off by 3. */
START_TEST(one_pixel) {
    float x[2 * HEIGHT * WIDTH] = {0}, y[2 * HEIGHT * WIDTH] = {0};
    const struct pleat_tensor a = view(x, 2), b = view(y, 2);
    double psnr = 0;
    y[HEIGHT * WIDTH + WIDTH + 1] = 3; /* of the second plane, at (1, 1) */
    ck_assert_int_eq(pleat_psnr(&a, &b, 255, 0, &psnr, NULL), PLEAT_OK);
    ck_assert(fabs(psnr - 10 * log10(255.0 * 255 / (9.0 / 40))) < 1e-12);
    ck_assert_int_eq(pleat_psnr(&b, &a, 1, 1, &psnr, NULL), PLEAT_OK);
    ck_assert(fabs(psnr - 10 * log10(1 / (9.0 / 12))) < 1e-12);
    y[HEIGHT * WIDTH + WIDTH + 1] = 0;
    y[HEIGHT * WIDTH + WIDTH] = 3; /* within the border */
    ck_assert_int_eq(pleat_psnr(&a, &b, 255, 1, &psnr, NULL), PLEAT_OK);
    ck_assert(isinf(psnr) && psnr > 0);
    y[WIDTH + 1] = NAN;
    ck_assert_int_eq(pleat_psnr(&a, &b, 255, 1, &psnr, NULL), PLEAT_OK);
    ck_assert(isnan(psnr));
}
END_TEST

START_TEST(doubles) {
    const double x[4] = {1, 2, 3, 4}, y[4] = {1, 2, 3, 6};
    const struct pleat_tensor a = pleat_tensor_view(x, PLEAT_FLOAT64, 2, (int64_t[]){2, 2});
    const struct pleat_tensor b = pleat_tensor_view(y, PLEAT_FLOAT64, 2, (int64_t[]){2, 2});
    double psnr = 0;
    ck_assert_int_eq(pleat_psnr(&a, &b, 10, 0, &psnr, NULL), PLEAT_OK);
    ck_assert(fabs(psnr - 20) < 1e-12);
}
END_TEST

START_TEST(refused) {
    const float x[HEIGHT * WIDTH] = {0};
    const struct pleat_tensor a = view(x, 1);
    struct pleat_tensor b = a;
    double psnr = 42;
    ck_assert_int_eq(pleat_psnr(NULL, &b, 1, 0, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, NULL, 1, 0, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, 0, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, &b, 0, 0, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, &b, NAN, 0, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, -1, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, 2, &psnr, NULL), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, INT64_MAX, &psnr, NULL), PLEAT_INVALID_SHAPE);
    b.extent[1] = 3;
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, 0, &psnr, NULL), PLEAT_INVALID_SHAPE);
    b = a;
    b.rank = 1;
    ck_assert_int_eq(pleat_psnr(&b, &b, 1, 0, &psnr, NULL), PLEAT_INVALID_SHAPE);
    b = a;
    b.dtype = PLEAT_FLOAT64;
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, 0, &psnr, NULL), PLEAT_TYPE_MISMATCH);
    b = a;
    b.data = NULL;
    ck_assert_int_eq(pleat_psnr(&a, &b, 1, 0, &psnr, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert(psnr == 42);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("metrics");
    TCase *tests = tcase_create("psnr");
    tcase_add_test(tests, one_pixel);
    tcase_add_test(tests, doubles);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
