/* Drawing curves. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "drawing.h"
#include "fault.h"
#include "training/curve.h"
#include "training/record.h"

#define WIDTH 760
#define PANEL 260 /* the height of a curve with its title and numbers */
#define LEFT 80
#define RIGHT 24
#define TOP 40
#define BOTTOM 34

/* One curve and the rectangle that it fills. */
struct panel {
    const char *title;
    bool logarithmic;
    double y;         /* of the panel's upper edge */
    double low, high; /* of the values, logarithms where they are drawn */
    double last_step;
    struct colour colour;
};

static double value_of(const struct record_line *line, bool loss, bool logarithmic) {
    const double value = loss ? line->loss : line->metric;
    return logarithmic ? log10(value) : value;
}

/* Finds the range of what can be drawn; false where that is nothing. */
static bool measure(struct panel *panel, const struct record_line *lines, size_t count, bool loss) {
    panel->low = INFINITY;
    panel->high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        const double value = value_of(&lines[i], loss, panel->logarithmic);
        panel->last_step = fmax(panel->last_step, lines[i].step);
        if (!isfinite(value))
            continue;
        panel->low = fmin(panel->low, value);
        panel->high = fmax(panel->high, value);
    }
    if (panel->high == panel->low) {
        const double room = panel->high == 0 ? 1 : fabs(panel->high) / 100;
        panel->low -= room;
        panel->high += room;
    }
    return panel->low < panel->high;
}

static double x_of(const struct panel *panel, double step) {
    return LEFT + (WIDTH - LEFT - RIGHT) * step / fmax(panel->last_step, 1);
}

static double y_of(const struct panel *panel, double value) {
    const double height = PANEL - TOP - BOTTOM;
    return panel->y + TOP + height * (panel->high - value) / (panel->high - panel->low);
}

/* The distance of about five round numbers in a range: 1, 2 or 5 times a power of ten. */
static double tick_of(double range) {
    const double rough = range / 5, power = pow(10, floor(log10(rough)));
    const double digit = rough / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static const struct colour grey = {0.35, 0.35, 0.4}, faint = {0.88, 0.88, 0.9};

/* A line across at a value, as it is drawn, with its number. */
static void draw_level(cairo_t *cr, const struct panel *panel, double at, double number) {
    char text[32];
    snprintf(text, sizeof text, "%.4g", number);
    draw_line(cr, LEFT, y_of(panel, at), WIDTH - RIGHT, y_of(panel, at), faint);
    draw_centred(cr, LEFT / 2.0, y_of(panel, at), TEXT_SMALL, grey, text);
}

/* Lines at equal distances; on a logarithmic scale at 1, 2 and 5 times powers of ten or, where these
 * are more than eight, at powers of ten. */
static void draw_levels(cairo_t *cr, const struct panel *panel) {
    static const double digits[] = {1, 2, 5};
    double levels[8];
    int count = 0;
    for (int k = 0, power = (int)floor(panel->low); panel->logarithmic && power <= panel->high;
         power += k == 2, k = (k + 1) % 3) {
        const double at = power + log10(digits[k]);
        if (at >= panel->low && at <= panel->high && count++ < 8)
            levels[count - 1] = at;
    }
    if (panel->logarithmic && count <= 8) {
        for (int i = 0; i < count; i++)
            draw_level(cr, panel, levels[i], pow(10, levels[i]));
        return;
    }
    const double tick = tick_of(panel->high - panel->low);
    const double down = panel->logarithmic ? fmax(tick, 1) : tick;
    for (double at = ceil(panel->low / down) * down; at <= panel->high; at += down) {
        const double number = fabs(at) < down / 2 ? 0 : at;
        draw_level(cr, panel, at, panel->logarithmic ? pow(10, number) : number);
    }
}

static void draw_axes(cairo_t *cr, const struct panel *panel) {
    char text[32];
    const double bottom = y_of(panel, panel->low), right = WIDTH - RIGHT;
    draw_levels(cr, panel);
    const double along = fmax(tick_of(fmax(panel->last_step, 1)), 1);
    for (double at = 0; at <= panel->last_step; at += along) {
        draw_line(cr, x_of(panel, at), bottom, x_of(panel, at), bottom + 4, grey);
        snprintf(text, sizeof text, "%.0f", at);
        draw_centred(cr, x_of(panel, at), bottom + 14, TEXT_SMALL, grey, text);
    }
    draw_line(cr, LEFT, panel->y + TOP, LEFT, bottom, grey);
    draw_line(cr, LEFT, bottom, right, bottom, grey);
    draw_text(cr, LEFT, panel->y + TOP - 12, TEXT_BODY, true, panel->title);
    draw_centred(cr, right - 14, bottom + 26, TEXT_SMALL, grey, "step");
}

/* Joins neighbouring points; a point alone is a dot. */
static void draw_curve(cairo_t *cr, const struct panel *panel, const struct record_line *lines,
                       size_t count, bool loss) {
    bool has_last = false;
    double last_x = 0, last_y = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = value_of(&lines[i], loss, panel->logarithmic);
        if (!isfinite(value))
            continue;
        const double x = x_of(panel, lines[i].step), y = y_of(panel, value);
        if (has_last)
            draw_line(cr, last_x, last_y, x, y, panel->colour);
        draw_fill(cr, x - 1.5, y - 1.5, 3, 3, panel->colour, 1);
        has_last = true;
        last_x = x;
        last_y = y;
    }
}

/* A loss that falls to a tenth, and never to 0, is drawn on a logarithmic scale. */
static bool spans_a_decade(const struct record_line *lines, size_t count) {
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, lines[i].loss); /* of a number and NaN the number */
        high = fmax(high, lines[i].loss);
    }
    return low > 0 && high >= 10 * low;
}

static enum pleat_status draw(const struct record_line *lines, size_t count, const char *picture,
                              const char *metric, struct pleat_error *error) {
    const char *reason = "";
    struct panel panel[2] = {
        {.title = "loss", .logarithmic = spans_a_decade(lines, count), .colour = {0.75, 0.25, 0.2}},
        {.title = metric, .colour = {0.15, 0.35, 0.7}}};
    const bool there[2] = {measure(&panel[0], lines, count, true),
                           measure(&panel[1], lines, count, false)};
    panel[1].y = there[0] ? PANEL : 0;
    const int height = PANEL * (there[0] + there[1] > 0 ? there[0] + there[1] : 1);
    cairo_t *cr = drawing_open(picture, WIDTH, height, &reason);
    if (cr == NULL)
        return fault(error, PLEAT_IO, "%.150s: %s", picture, reason);
    for (int i = 0; i < 2; i++)
        if (there[i]) {
            draw_axes(cr, &panel[i]);
            draw_curve(cr, &panel[i], lines, count, i == 0);
        }
    return drawing_finish(cr, picture, &reason)
               ? PLEAT_OK
               : fault(error, PLEAT_IO, "%.150s: %s", picture, reason);
}

enum pleat_status curve_draw(const char *record, const char *picture, const char *metric,
                             struct pleat_error *error) {
    struct record_line *lines;
    size_t count;
    TRY(record_read(record, &lines, &count, error));
    const enum pleat_status status = draw(lines, count, picture, metric, error);
    free(lines);
    return status;
}
