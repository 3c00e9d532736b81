/* Augmentation: windows on small images whose pixels are known. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/look.h"
#include "pictures.h"
#include "suites.h"

#define HEIGHT 5
#define WIDTH 7
#define PI 3.14159265358979323846

/* What a window shows of a picture and of its labels, which are its values, as floats. */
struct view {
    int64_t height, width;
    float *image, *labels;
};

/* Labels that are the first channel's values. */
static struct pleat_labels labels_of(const struct pleat_image *image) {
    const int64_t extent[2] = {image->height, image->width};
    int32_t *labels = malloc((size_t)(extent[0] * extent[1]) * sizeof *labels);
    for (int64_t i = 0; i < extent[0] * extent[1]; i++)
        labels[i] = image->pixels[i * image->channels];
    return pleat_labels_view(labels, 2, extent);
}

static struct view look(const struct pleat_image *image, const struct pleat__window *window,
                        int64_t factor, enum pleat_resize_method method, const int32_t *outside) {
    const int64_t pixels = window->height * window->width;
    struct view view = {window->height * factor, window->width * factor, NULL, NULL};
    view.image = malloc((size_t)(pixels * factor * factor * image->channels) * sizeof(float));
    view.labels = malloc((size_t)pixels * sizeof(float));
    pleat__look_at_image(view.image, image, window, factor, method);
    if (factor == 1) {
        struct pleat_labels labels = labels_of(image);
        int32_t *seen = malloc((size_t)pixels * sizeof *seen);
        pleat__look_at_labels(seen, &labels, window, outside);
        for (int64_t i = 0; i < pixels; i++)
            view.labels[i] = (float)seen[i];
        free(seen);
        free(labels.data);
    }
    return view;
}

static void free_view(struct view *view) {
    free(view->image);
    free(view->labels);
}

/* The window that an augmentation draws. */
static struct pleat__window draw(const struct pleat_augmentation *augmentation, int64_t height,
                                 int64_t width, uint64_t seed) {
    ck_assert_int_eq(pleat__augmentation_check(augmentation, NULL), PLEAT_OK);
    struct pleat_random random = pleat_random_seed(seed);
    return pleat__window_draw(augmentation, height, width, &random);
}

/* A view as an image again, so that it can be looked at once more. */
static struct pleat_image image_of(const struct view *view) {
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_allocate(&image, view->width, view->height, 1, NULL), PLEAT_OK);
    for (int64_t i = 0; i < view->width * view->height; i++)
        image.pixels[i] = (uint8_t)view->image[i];
    return image;
}

static struct pleat__window identity(int64_t height, int64_t width) {
    const struct pleat_augmentation none = pleat_augmentation_init();
    return draw(&none, height, width, 1);
}

START_TEST(nothing_changes) {
    struct pleat_image image = picture(1, HEIGHT, WIDTH, 3, mixed);
    const struct pleat__window window = identity(HEIGHT, WIDTH);
    struct view view = look(&image, &window, 1, PLEAT_BILINEAR, NULL);
    ck_assert(view.height == HEIGHT && view.width == WIDTH);
    for (int c = 0; c < 3; c++)
        for (int64_t i = 0; i < HEIGHT * WIDTH; i++)
            if (view.image[c * HEIGHT * WIDTH + i] != (float)image.pixels[3 * i + c])
                ck_abort_msg("channel %d, pixel %lld", c, (long long)i);
    free_view(&view);
    pleat_image_free(&image);
}
END_TEST

/* The symmetries that can be drawn of a square, each by its first seed; and where pixel (y, x) of
 * the window comes from. */
struct symmetry {
    bool flip_x, flip_y;
    int quarters;
};

static void undo(const struct symmetry *s, int64_t side, int64_t *y, int64_t *x) {
    if (s->flip_y)
        *y = side - 1 - *y;
    if (s->flip_x)
        *x = side - 1 - *x;
    for (int i = 0; i < s->quarters; i++) {
        const int64_t row = side - 1 - *x;
        *x = *y;
        *y = row;
    }
}

/* Every window of a square must be one of the sixteen (eight different ones), and labels and a
 * second image of twice the size must follow; all must occur. */
START_TEST(symmetries) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.flip_horizontal = a.flip_vertical = a.quarter_turns = true;
    struct pleat_image image = picture(2, HEIGHT, HEIGHT, 1, mixed);
    struct pleat_image large = picture(3, 2 * HEIGHT, 2 * HEIGHT, 1, mixed);
    bool met[16] = {false};
    for (uint64_t seed = 0; seed < 200; seed++) {
        const struct pleat__window window = draw(&a, HEIGHT, HEIGHT, seed);
        struct view view = look(&image, &window, 1, PLEAT_BILINEAR, NULL);
        struct view twice = look(&large, &window, 2, PLEAT_BILINEAR, NULL);
        bool found = false;
        for (int k = 0; k < 16; k++) {
            const struct symmetry s = {k & 1, (k >> 1) & 1, k >> 2};
            bool same = true;
            for (int64_t i = 0; i < HEIGHT * HEIGHT && same; i++) {
                int64_t y = i / HEIGHT, x = i % HEIGHT;
                undo(&s, HEIGHT, &y, &x);
                const float value = image.pixels[y * HEIGHT + x];
                same = view.image[i] == value && view.labels[i] == value;
            }
            for (int64_t i = 0; i < 4 * HEIGHT * HEIGHT && same; i++) {
                int64_t y = i / (2 * HEIGHT), x = i % (2 * HEIGHT);
                undo(&s, 2 * HEIGHT, &y, &x);
                same = twice.image[i] == (float)large.pixels[y * 2 * HEIGHT + x];
            }
            found |= same;
            met[k] |= same;
        }
        ck_assert_msg(found, "seed %d is no symmetry", (int)seed);
        free_view(&view);
        free_view(&twice);
    }
    for (int k = 0; k < 16; k++)
        ck_assert_msg(met[k], "symmetry %d does not occur", k);
    pleat_image_free(&image);
    pleat_image_free(&large);
}
END_TEST

/* Turning `times` times by the same window. */
static void turn_again(const struct pleat_augmentation *a, uint64_t seed, int times) {
    struct pleat_image image = picture(4, HEIGHT, HEIGHT, 1, mixed);
    struct pleat_image turned = picture(4, HEIGHT, HEIGHT, 1, mixed);
    const struct pleat__window window = draw(a, HEIGHT, HEIGHT, seed);
    for (int i = 0; i < times; i++) {
        struct view view = look(&turned, &window, 1, PLEAT_BILINEAR, NULL);
        pleat_image_free(&turned);
        turned = image_of(&view);
        free_view(&view);
    }
    ck_assert_int_eq(memcmp(image.pixels, turned.pixels, HEIGHT * HEIGHT), 0);
    pleat_image_free(&image);
    pleat_image_free(&turned);
}

START_TEST(back_again) {
    struct pleat_augmentation flip = pleat_augmentation_init(), turn = flip;
    flip.flip_horizontal = _i & 1;
    flip.flip_vertical = _i & 2;
    turn.quarter_turns = true;
    turn_again(&flip, (uint64_t)_i, 2);
    turn_again(&turn, (uint64_t)_i, 4);
}
END_TEST

/* Each place occurs and none is beyond the image. */
START_TEST(random_crops) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.crop = PLEAT_CROP_RANDOM;
    a.height = 3;
    a.width = 4;
    struct pleat_image image = picture(5, HEIGHT, WIDTH, 1, mixed);
    int met[HEIGHT][WIDTH] = {{0}};
    for (uint64_t seed = 0; seed < 1200; seed++) {
        const struct pleat__window window = draw(&a, HEIGHT, WIDTH, seed);
        const int64_t top = llround(window.centre[0] - 1.5), left = llround(window.centre[1] - 2);
        ck_assert(top >= 0 && top <= HEIGHT - 3 && left >= 0 && left <= WIDTH - 4);
        met[top][left]++;
        struct view view = look(&image, &window, 1, PLEAT_BILINEAR, NULL);
        for (int64_t i = 0; i < 12; i++)
            if (view.image[i] != (float)image.pixels[(top + i / 4) * WIDTH + left + i % 4])
                ck_abort_msg("seed %d, pixel %d", (int)seed, (int)i);
        free_view(&view);
    }
    /* 1200 over 3 x 4 places: 100 each, with a standard deviation below 10. */
    for (int i = 0; i < 12; i++)
        ck_assert_msg(abs(met[i / 4][i % 4] - 100) < 45, "place %d: %d", i, met[i / 4][i % 4]);
    pleat_image_free(&image);
}
END_TEST

/* A centre crop larger than the image pads it; the image's pixel (0, 0) lies at (2, 1). */
START_TEST(padding) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.crop = _i == 0 ? PLEAT_CROP_CENTRE : PLEAT_CROP_RANDOM;
    a.height = HEIGHT + 4;
    a.width = WIDTH + 2;
    struct pleat_image image = picture(6, HEIGHT, WIDTH, 1, mixed);
    const struct pleat__window window = draw(&a, HEIGHT, WIDTH, 3);
    const int32_t ignored = -100;
    struct view mirrored = look(&image, &window, 1, PLEAT_BILINEAR, NULL);
    struct view marked = look(&image, &window, 1, PLEAT_BILINEAR, &ignored);
    for (int64_t y = 0; y < a.height; y++)
        for (int64_t x = 0; x < a.width; x++) {
            const int64_t iy = y - 2, ix = x - 1, at = y * a.width + x;
            const int64_t row = iy < 0 ? -1 - iy : iy >= HEIGHT ? 2 * HEIGHT - 1 - iy : iy;
            const int64_t column = ix < 0 ? -1 - ix : ix >= WIDTH ? 2 * WIDTH - 1 - ix : ix;
            const float value = image.pixels[row * WIDTH + column];
            const bool inside = row == iy && column == ix;
            if (mirrored.image[at] != value || mirrored.labels[at] != value ||
                marked.image[at] != value || marked.labels[at] != (inside ? value : -100.0F))
                ck_abort_msg("row %d, column %d", (int)y, (int)x);
        }
    free_view(&mirrored);
    free_view(&marked);
    pleat_image_free(&image);
}
END_TEST

static uint8_t ramp(int k, int64_t y, int64_t x, int c) {
    (void)c;
    return (uint8_t)(k + 2 * y + 3 * x);
}

/* Both kernels give a linear function exactly: a turned and scaled ramp is the ramp at the place
 * that the formula says. A second image of twice the size shows the same places. */
START_TEST(linear) {
    enum { SIDE = 40, CROP = 16 };
    struct pleat_augmentation a = pleat_augmentation_init();
    a.crop = PLEAT_CROP_CENTRE;
    a.height = a.width = CROP;
    a.max_angle = 30;
    a.min_scale = 0.8;
    a.max_scale = 1.5;
    struct pleat_image image = picture(20, SIDE, SIDE, 1, ramp);
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct pleat_random random = pleat_random_seed(seed);
        double u[7];
        for (int i = 0; i < 7; i++)
            u[i] = pleat_random_uniform(&random);
        const double angle = (2 * u[5] - 1) * 30 * PI / 180, scale = 0.8 + u[6] * (1.5 - 0.8);
        const struct pleat__window window = draw(&a, SIDE, SIDE, seed);
        struct view view = look(&image, &window, 1, _i == 0 ? PLEAT_BILINEAR : PLEAT_BICUBIC, NULL);
        for (int64_t i = 0; i < CROP * CROP; i++) {
            const double p = (double)(i / CROP) + 0.5 - CROP / 2;
            const double q = (double)(i % CROP) + 0.5 - CROP / 2;
            const double y = SIDE / 2 - 0.5 + (cos(angle) * p - sin(angle) * q) / scale;
            const double x = SIDE / 2 - 0.5 + (sin(angle) * p + cos(angle) * q) / scale;
            const double near = 20 + 2 * floor(y + 0.5) + 3 * floor(x + 0.5);
            if (fabs((double)view.image[i] - (20 + 2 * y + 3 * x)) > 1e-4)
                ck_abort_msg("seed %d, pixel %d: %g", (int)seed, (int)i, (double)view.image[i]);
            if ((double)view.labels[i] != near)
                ck_abort_msg("seed %d, label %d", (int)seed, (int)i);
        }
        free_view(&view);
    }
    pleat_image_free(&image);
}
END_TEST

/* How far a pixel's place in an image lies from the border, in pixels. */
static double depth_of(const struct pleat__window *window, int64_t y, int64_t x, int64_t side) {
    const double p = (double)y + 0.5 - (double)window->height / 2;
    const double q = (double)x + 0.5 - (double)window->width / 2;
    double depth = (double)side;
    for (int axis = 0; axis < 2; axis++) {
        const double place =
            window->centre[axis] + window->turn[axis][0] * p + window->turn[axis][1] * q;
        depth = fmin(depth, fmin(place, (double)side - place));
    }
    return depth;
}

/* A second image of twice the size follows: where both are ramps, place t of the image is place
 * 2 (t + 0.5) - 0.5 of the other, which is the middle of four of its pixels. */
START_TEST(larger_target) {
    enum { SIDE = 24, CROP = 8 };
    struct pleat_augmentation a = pleat_augmentation_init();
    a.crop = PLEAT_CROP_RANDOM;
    a.height = a.width = CROP;
    a.max_angle = 10;
    a.max_scale = 2;
    a.quarter_turns = a.flip_horizontal = true;
    struct pleat_image image = picture(20, SIDE, SIDE, 1, ramp);
    struct pleat_image large = picture(0, 2 * SIDE, 2 * SIDE, 1, ramp);
    int compared = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        const struct pleat__window window = draw(&a, SIDE, SIDE, seed);
        struct view view = look(&image, &window, 1, PLEAT_BICUBIC, NULL);
        struct view twice = look(&large, &window, 2, PLEAT_BICUBIC, NULL);
        for (int64_t y = 0; y < CROP; y++)
            for (int64_t x = 0; x < CROP; x++) {
                if (depth_of(&window, y, x, SIDE) < 3)
                    continue;
                const float *four = twice.image + 2 * y * twice.width + 2 * x;
                const double sum = (double)four[0] + (double)four[1] + (double)four[twice.width] +
                                   (double)four[twice.width + 1];
                const double value = 20 + (sum / 4 - 2.5) / 2;
                compared++;
                if (fabs((double)view.image[y * CROP + x] - value) > 1e-3)
                    ck_abort_msg("seed %d, row %d, column %d: %g and %g", (int)seed, (int)y, (int)x,
                                 (double)view.image[y * CROP + x], value);
            }
        free_view(&view);
        free_view(&twice);
    }
    ck_assert_int_gt(compared, 1000);
    pleat_image_free(&image);
    pleat_image_free(&large);
}
END_TEST

/* v becomes contrast (v - 127.5) + 127.5 + brightness, clipped; labels do not change. */
START_TEST(jitter) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.brightness = 0.4;
    a.contrast = 0.5;
    struct pleat_image image = picture(7, HEIGHT, WIDTH, 1, mixed);
    double low = 2, high = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        const struct pleat__window window = draw(&a, HEIGHT, WIDTH, seed);
        ck_assert(fabs(window.brightness) <= 0.4 * 255);
        low = fmin(low, window.contrast);
        high = fmax(high, window.contrast);
        struct view view = look(&image, &window, 1, PLEAT_BILINEAR, NULL);
        for (int64_t i = 0; i < HEIGHT * WIDTH; i++) {
            const double v =
                window.contrast * (image.pixels[i] - 127.5) + 127.5 + window.brightness;
            if (fabs((double)view.image[i] - fmin(fmax(v, 0), 255)) > 1e-4 ||
                view.labels[i] != (float)image.pixels[i])
                ck_abort_msg("seed %d, pixel %d", (int)seed, (int)i);
        }
        free_view(&view);
    }
    ck_assert(low >= 0.5 && low < 0.6 && high <= 1.5 && high > 1.4);
    pleat_image_free(&image);
}
END_TEST

/* Switching one thing on leaves what is drawn for the others. */
START_TEST(independent_draws) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.crop = PLEAT_CROP_RANDOM;
    a.height = a.width = 2;
    for (uint64_t seed = 0; seed < 20; seed++) {
        const struct pleat__window window = draw(&a, 90, 90, seed);
        struct pleat_augmentation b = a;
        b.flip_horizontal = b.flip_vertical = true;
        b.contrast = 1;
        const struct pleat__window other = draw(&b, 90, 90, seed);
        ck_assert(window.centre[0] == other.centre[0] && window.centre[1] == other.centre[1]);
    }
}
END_TEST

/* Turned by a quarter, an image that is not square would have other sides. */
START_TEST(oblong) {
    struct pleat_augmentation a = pleat_augmentation_init();
    a.quarter_turns = true;
    for (uint64_t seed = 0; seed < 50; seed++) {
        const struct pleat__window window = draw(&a, HEIGHT, WIDTH, seed);
        ck_assert(window.height == HEIGHT && window.width == WIDTH);
        ck_assert(fabs(window.turn[0][0]) == 1 && window.turn[0][1] == 0);
    }
    /* A crop of other sides may be turned: it covers as much of the image, the other way round. */
    a.crop = PLEAT_CROP_RANDOM;
    a.height = 2;
    a.width = 6;
    struct pleat_image image = picture(8, 6, 6, 1, mixed);
    for (uint64_t seed = 0; seed < 50; seed++) {
        const struct pleat__window window = draw(&a, 6, 6, seed);
        const int32_t outside = -1;
        struct view view = look(&image, &window, 1, PLEAT_BILINEAR, &outside);
        for (int i = 0; i < 12; i++)
            ck_assert(view.labels[i] >= 0);
        free_view(&view);
    }
    pleat_image_free(&image);
}
END_TEST

START_TEST(refused) {
    const struct pleat_augmentation good = pleat_augmentation_init();
    struct pleat_augmentation bad[12];
    for (int i = 0; i < 12; i++)
        bad[i] = good;
    bad[0].crop = (enum pleat_crop)7;
    bad[1].crop = PLEAT_CROP_RANDOM;
    bad[2].max_angle = -1;
    bad[3].max_angle = NAN;
    bad[4].min_scale = 0;
    bad[5].max_scale = 0.5;
    bad[6].max_scale = INFINITY;
    bad[7].method = PLEAT_NEAREST;
    bad[8].brightness = -0.1;
    bad[9].contrast = 1.5;
    bad[10].contrast = NAN;
    bad[11].crop = PLEAT_CROP_CENTRE;
    bad[11].height = bad[11].width = INT64_MAX;
    for (int i = 0; i < 12; i++) {
        struct pleat_error error = {.message = ""};
        ck_assert_int_eq(pleat__augmentation_check(&bad[i], &error), PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(error.status, PLEAT_INVALID_ARGUMENT);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("augment");
    TCase *tests = tcase_create("augment");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, nothing_changes);
    tcase_add_test(tests, symmetries);
    tcase_add_loop_test(tests, back_again, 0, 12);
    tcase_add_test(tests, random_crops);
    tcase_add_loop_test(tests, padding, 0, 2);
    tcase_add_loop_test(tests, linear, 0, 2);
    tcase_add_test(tests, larger_target);
    tcase_add_test(tests, jitter);
    tcase_add_test(tests, independent_draws);
    tcase_add_test(tests, oblong);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
