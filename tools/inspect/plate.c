/* Laying out and colouring planes. */
#include "inspect/plate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drawing.h"
#include "fault.h"
#include "inspect/statistics.h"

enum {
    MARGIN = 24,
    TITLE = 30,
    SCALE = 34, /* the bar with its numbers */
    GAP = 4,
    LARGEST_PLANE = 160, /* of a plane's longer side */
    SMALLEST_PLANE = 24,
    MOST_ACROSS = 16,
    MOST_PLANES = 256
};

/* Blue below 0, white at 0, red above (t from -1 to 1), so that signs are told apart. */
static uint32_t colour_of(double t) {
    const double pale = 1 - fmin(fabs(t), 1);
    const long other = lrint(255 * pale * pale), same = lrint(255 * (1 - 0.3 * (1 - pale)));
    const long middle = lrint(255 * pale);
    if (!isfinite(t))
        return 0x00ff00;
    return (uint32_t)(t < 0 ? other << 16 | middle << 8 | same : same << 16 | middle << 8 | other);
}

/* The size of a plane on the sheet: pixels are enlarged by a whole number. */
static void size_plane(struct plate *plate) {
    const double room = (PLATE_WIDTH - 2.0 * MARGIN) / (double)plate->across - GAP;
    const double longer = (double)(plate->rows > plate->columns ? plate->rows : plate->columns);
    const double side = fmin(fmax(room, SMALLEST_PLANE), LARGEST_PLANE);
    const double factor = longer <= side ? fmin(floor(side / longer), 24) : side / longer;
    plate->width = fmax(factor * (double)plate->columns, 1);
    plate->height = fmax(factor * (double)plate->rows, 1);
}

double plate_measure(struct plate *plate) {
    const struct pleat_tensor *tensor = plate->tensor;
    const int64_t first = plate->leading > 0 ? tensor->extent[0] : 1;
    const struct statistics s = statistics_of(tensor);
    plate->second = plate->leading > 1 ? tensor->extent[1] : 1;
    plate->columns = tensor->rank > plate->leading ? tensor->extent[tensor->rank - 1] : 1;
    plate->rows = 1;
    for (int axis = plate->leading; axis < tensor->rank - 1; axis++)
        plate->rows *= tensor->extent[axis];
    plate->total = first * plate->second;
    if (plate->second > 1) {
        plate->across = plate->second < MOST_ACROSS ? plate->second : MOST_ACROSS;
        plate->shown = (first < MOST_ACROSS ? first : MOST_ACROSS) * plate->across;
    } else {
        plate->across = first < MOST_ACROSS ? first : MOST_ACROSS;
        plate->shown = first < MOST_PLANES ? first : MOST_PLANES;
    }
    plate->signs = s.low < 0;
    plate->most = fmax(fmax(fabs(s.low), fabs(s.high)), 1e-300);
    size_plane(plate);
    const int64_t down = (plate->shown + plate->across - 1) / plate->across;
    return TITLE + (double)down * (plate->height + GAP) + SCALE;
}

/* The colour bar, from the lowest to the highest number. */
static bool draw_scale(cairo_t *cr, double y, const struct plate *plate) {
    static const struct colour dark = {0.13, 0.13, 0.17};
    enum { STEPS = 101, BAR = 300, HIGH = 10 };
    uint32_t pixels[STEPS];
    char text[32];
    for (int i = 0; i < STEPS; i++)
        pixels[i] = colour_of(plate->signs ? i / 50.0 - 1 : i / 100.0);
    const bool drawn = draw_pixels(cr, MARGIN + 60, y, BAR, HIGH, pixels, 1, STEPS);
    draw_frame(cr, MARGIN + 60, y, BAR, HIGH, dark, 0.5);
    snprintf(text, sizeof text, "%.3g", plate->signs ? -plate->most : 0);
    draw_centred(cr, MARGIN + 28, y + HIGH / 2.0, TEXT_SMALL, dark, text);
    snprintf(text, sizeof text, "%.3g", plate->most);
    draw_centred(cr, MARGIN + 60 + BAR + 30, y + HIGH / 2.0, TEXT_SMALL, dark, text);
    return drawn;
}

static bool draw_plane(cairo_t *cr, double x, double y, const struct plate *plate, int64_t number,
                       uint32_t *pixels) {
    static const struct colour grey = {0.55, 0.55, 0.6};
    const int64_t count = plate->rows * plate->columns;
    for (int64_t i = 0; i < count; i++)
        pixels[i] = colour_of(tensor_number(plate->tensor, number * count + i) / plate->most);
    const bool drawn = draw_pixels(cr, x, y, plate->width, plate->height, pixels, (int)plate->rows,
                                   (int)plate->columns);
    draw_frame(cr, x, y, plate->width, plate->height, grey, 0.5);
    return drawn;
}

enum pleat_status plate_draw(cairo_t *cr, double y, const struct plate *plate,
                             struct pleat_error *error) {
    char title[256];
    uint32_t *pixels = malloc((size_t)(plate->rows * plate->columns) * sizeof *pixels);
    bool drawn = pixels != NULL;
    if (plate->shown < plate->total)
        snprintf(title, sizeof title, "%s (%lld of %lld shown)", plate->title,
                 (long long)plate->shown, (long long)plate->total);
    else
        snprintf(title, sizeof title, "%s", plate->title);
    draw_text(cr, MARGIN, y + 20, TEXT_BODY, true, title);
    for (int64_t i = 0; drawn && i < plate->shown; i++) {
        const int64_t row = i / plate->across, column = i % plate->across;
        const int64_t number = plate->second > 1 ? row * plate->second + column : i;
        drawn = draw_plane(cr, MARGIN + (double)column * (plate->width + GAP),
                           y + TITLE + (double)row * (plate->height + GAP), plate, number, pixels);
    }
    free(pixels);
    const int64_t down = (plate->shown + plate->across - 1) / plate->across;
    drawn = drawn && draw_scale(cr, y + TITLE + (double)down * (plate->height + GAP) + 4, plate);
    return drawn ? PLEAT_OK : fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a picture");
}
