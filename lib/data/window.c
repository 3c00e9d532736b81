/* Drawing windows. */
#include "data/window.h"

#include <math.h>

#include "base/error.h"

struct pleat_augmentation pleat_augmentation_init(void) {
    return (struct pleat_augmentation){.min_scale = 1, .max_scale = 1, .method = PLEAT_BILINEAR};
}

/* Written so that NaN is refused. */
static bool within(double value, double low, double high) {
    return value >= low && value <= high;
}

enum pleat_status pleat__augmentation_check(const struct pleat_augmentation *a,
                                            struct pleat_error *error) {
    if (a->crop != PLEAT_CROP_NONE && a->crop != PLEAT_CROP_CENTRE && a->crop != PLEAT_CROP_RANDOM)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "crop %d is no way of cropping",
                           (int)a->crop);
    if (a->crop != PLEAT_CROP_NONE &&
        (a->height < 1 || a->width < 1 || a->height > INT32_MAX || a->width > INT32_MAX))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a crop's sides must be 1 to 2147483647, got %lldx%lld",
                           (long long)a->width, (long long)a->height);
    if (!within(a->max_angle, 0, 180))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "max_angle must be 0 to 180, got %g",
                           a->max_angle);
    if (!within(a->min_scale, 0.01, 100) || !within(a->max_scale, a->min_scale, 100))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "0.01 <= min_scale <= max_scale <= 100 must hold, got %g and %g",
                           a->min_scale, a->max_scale);
    if (a->method != PLEAT_BILINEAR && a->method != PLEAT_BICUBIC)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "method must be PLEAT_BILINEAR or PLEAT_BICUBIC, got %d",
                           (int)a->method);
    if (!within(a->brightness, 0, 1) || !within(a->contrast, 0, 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "brightness and contrast must be 0 to 1, got %g and %g", a->brightness,
                           a->contrast);
    return PLEAT_OK;
}

/* Where a window begins on an axis of the image, drawn by u in [0, 1): at a whole pixel where pixels
 * are to fall on pixels; in the middle where the window is the larger. */
static double place(double image, double window, bool random, bool whole, double u) {
    const double room = image - window;
    const double begin = !random || room <= 0 ? room / 2 : u * (whole ? room + 1 : room);
    return whole ? floor(begin) : begin;
}

/* Overwrites turn with 1 / scale times a rotation by angle, after `quarters` quarter turns, after
 * flips. (y, x) turned by a quarter is (-x, y). */
static void set_turn(double turn[2][2], double angle, double scale, int quarters, bool flip_y,
                     bool flip_x) {
    const double quarter_cosine[4] = {1, 0, -1, 0}, quarter_sine[4] = {0, 1, 0, -1};
    const double c = quarter_cosine[quarters], s = quarter_sine[quarters];
    const double cosine = cos(angle) / scale, sine = sin(angle) / scale;
    const double y = flip_y ? -1 : 1, x = flip_x ? -1 : 1;
    turn[0][0] = y * (cosine * c - sine * s);
    turn[0][1] = -x * (cosine * s + sine * c);
    turn[1][0] = y * (sine * c + cosine * s);
    turn[1][1] = x * (cosine * c - sine * s);
}

struct pleat__window pleat__window_draw(const struct pleat_augmentation *a, int64_t height,
                                        int64_t width, struct pleat_random *random) {
    enum { LEFT, TOP, FLIP_X, FLIP_Y, QUARTERS, ANGLE, SCALE, BRIGHTNESS, CONTRAST, DRAWS };
    double u[DRAWS];
    for (int i = 0; i < DRAWS; i++)
        u[i] = pleat_random_uniform(random);
    const double pi = 3.14159265358979323846;
    const bool whole = a->crop == PLEAT_CROP_NONE, at_random = a->crop == PLEAT_CROP_RANDOM;
    const double scale = a->min_scale + u[SCALE] * (a->max_scale - a->min_scale);
    int quarters = a->quarter_turns ? (int)(4 * u[QUARTERS]) : 0;
    if (whole && height != width)
        quarters &= 2;
    struct pleat__window window = {.height = whole ? height : a->height,
                                   .width = whole ? width : a->width,
                                   .moves_only =
                                       a->max_angle == 0 && a->min_scale == 1 && a->max_scale == 1,
                                   .contrast = 1 + (2 * u[CONTRAST] - 1) * a->contrast,
                                   .brightness = 255 * (2 * u[BRIGHTNESS] - 1) * a->brightness};
    set_turn(window.turn, (2 * u[ANGLE] - 1) * a->max_angle * pi / 180, scale, quarters,
             a->flip_vertical && u[FLIP_Y] < 0.5, a->flip_horizontal && u[FLIP_X] < 0.5);
    /* What the window covers of the image, but for the free rotation. */
    const double sides[2] = {(double)window.height / scale, (double)window.width / scale};
    const double high = sides[quarters & 1], wide = sides[!(quarters & 1)];
    window.centre[0] = place((double)height, high, at_random, window.moves_only, u[TOP]) + high / 2;
    window.centre[1] = place((double)width, wide, at_random, window.moves_only, u[LEFT]) + wide / 2;
    return window;
}
