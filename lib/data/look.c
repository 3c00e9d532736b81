/* What a window shows: for each of its pixels, the place of its centre in the image and the pixels
 * around. Where pixels fall on pixels all coordinates are multiples of a half, so exact. */
#include "data/look.h"

#include "base/checked.h"
#include "io/interpolation.h"

/* The window in the coordinates of an image that is `factor` times as large. */
struct grid {
    int64_t height, width; /* of the window */
    double origin[2];      /* where the centre of its pixel (0, 0) lies */
    double down[2], right[2];
};

static struct grid grid_of(const struct pleat__window *window, int64_t factor) {
    struct grid grid = {.height = window->height * factor, .width = window->width * factor};
    const double y = 0.5 - (double)grid.height / 2, x = 0.5 - (double)grid.width / 2;
    for (int axis = 0; axis < 2; axis++) {
        const double *turn = window->turn[axis];
        grid.origin[axis] = (double)factor * window->centre[axis] + (turn[0] * y + turn[1] * x);
        grid.down[axis] = turn[0];
        grid.right[axis] = turn[1];
    }
    return grid;
}

static double place(const struct grid *grid, int axis, int64_t y, int64_t x) {
    return grid->origin[axis] + ((double)y * grid->down[axis] + (double)x * grid->right[axis]);
}

/* These two without a call, which floor and fmin are where the compiler may take little for granted. */
static int64_t round_down(double value) {
    const int64_t whole = (int64_t)value;
    return whole - (value < (double)whole);
}

static double clip(double value) {
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static float adjust(const struct pleat__window *window, double value) {
    return (float)clip(window->contrast * (value - 127.5) + 127.5 + window->brightness);
}

static void look_nearest(float *pixels, const struct pleat_image *image,
                         const struct pleat__window *window, const struct grid *grid) {
    float adjusted[256];
    for (int value = 0; value < 256; value++)
        adjusted[value] = adjust(window, value);
    const int channels = image->channels;
    const int64_t plane = grid->height * grid->width;
    for (int64_t y = 0; y < grid->height; y++)
        for (int64_t x = 0; x < grid->width; x++) {
            const int64_t row = pleat__mirror(round_down(place(grid, 0, y, x)), image->height);
            const int64_t column = pleat__mirror(round_down(place(grid, 1, y, x)), image->width);
            const uint8_t *from = image->pixels + (row * image->width + column) * channels;
            for (int c = 0; c < channels; c++)
                pixels[c * plane + y * grid->width + x] = adjusted[from[c]];
        }
}

#define MOST_TAPS 4

/* The pixels of one axis around a place, and their weights. */
struct taps {
    int64_t index[MOST_TAPS];
    double weight[MOST_TAPS];
};

/* Both kernels' weights add up to 1 without being divided by their sum. */
static struct taps taps_at(double centre, int64_t extent, int count, double (*kernel)(double)) {
    struct taps taps;
    const int64_t first = round_down(centre - 0.5) - (count / 2 - 1);
    for (int t = 0; t < count; t++) {
        taps.index[t] = pleat__mirror(first + t, extent);
        taps.weight[t] = kernel(centre - 0.5 - (double)(first + t));
    }
    return taps;
}

static double weigh(const struct pleat_image *image, int channel, const struct taps *rows,
                    const struct taps *columns, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        const uint8_t *row = image->pixels + rows->index[i] * image->width * image->channels;
        double along = 0;
        for (int j = 0; j < count; j++)
            along += columns->weight[j] * row[columns->index[j] * image->channels + channel];
        sum += rows->weight[i] * along;
    }
    return sum;
}

static void look_between(float *pixels, const struct pleat_image *image,
                         const struct pleat__window *window, const struct grid *grid, int count,
                         double (*kernel)(double)) {
    const int64_t plane = grid->height * grid->width;
    for (int64_t y = 0; y < grid->height; y++)
        for (int64_t x = 0; x < grid->width; x++) {
            const struct taps rows = taps_at(place(grid, 0, y, x), image->height, count, kernel);
            const struct taps columns = taps_at(place(grid, 1, y, x), image->width, count, kernel);
            for (int c = 0; c < image->channels; c++)
                pixels[c * plane + y * grid->width + x] =
                    adjust(window, clip(weigh(image, c, &rows, &columns, count)));
        }
}

void pleat__look_at_image(float *pixels, const struct pleat_image *image,
                          const struct pleat__window *window, int64_t factor,
                          enum pleat_resize_method method) {
    const struct grid grid = grid_of(window, factor);
    if (window->moves_only)
        look_nearest(pixels, image, window, &grid);
    else if (method == PLEAT_BICUBIC)
        look_between(pixels, image, window, &grid, 4, pleat__cubic);
    else
        look_between(pixels, image, window, &grid, 2, pleat__triangle);
}

void pleat__look_at_labels(int32_t *seen, const struct pleat_labels *labels,
                           const struct pleat__window *window, const int32_t *outside) {
    const struct grid grid = grid_of(window, 1);
    const int64_t height = labels->extent[0], width = labels->extent[1];
    for (int64_t y = 0; y < grid.height; y++)
        for (int64_t x = 0; x < grid.width; x++) {
            const int64_t row = round_down(place(&grid, 0, y, x));
            const int64_t column = round_down(place(&grid, 1, y, x));
            const bool inside = row >= 0 && row < height && column >= 0 && column < width;
            seen[y * grid.width + x] =
                outside != NULL && !inside
                    ? *outside
                    : labels
                          ->data[pleat__mirror(row, height) * width + pleat__mirror(column, width)];
        }
}
