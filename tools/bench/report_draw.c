/* The picture of a run: for each layer one bar a pass, as long as its share of sgemm. */
#include <stdio.h>
#include <string.h>

#include "bench/report.h"
#include "drawing.h"

enum {
    WIDTH = 900,
    LEFT = 130, /* of the bars */
    RIGHT = 50,
    TOP = 86,
    BAR = 11,
    BETWEEN = 8, /* layers */
    BOTTOM = 30,
    DRAWN = 3 /* passes */
};

static const struct colour colours[DRAWN] = {{0.2, 0.4, 0.6}, {1, 0.6, 0.2}, {0.4, 0.6, 0.4}};
static const char *const legends[DRAWN] = {"forward", "gradient of the input",
                                           "gradient of the weight"};
static const struct colour grey = {0.5, 0.5, 0.55}, dark = {0.13, 0.13, 0.17};

/* Which bar of its layer a row is, or DRAWN for none. */
static int bar_of(const struct row *row) {
    for (int bar = 0; bar < DRAWN; bar++)
        if (report_passes[bar] == row->pass)
            return bar;
    return DRAWN;
}

/* How many layers the rows have; those of one layer are together. */
static int count_layers(const struct report *report) {
    int layers = 0;
    for (int i = 0; i < report->rows; i++)
        layers += i == 0 || report->row[i].layer != report->row[i - 1].layer;
    return layers;
}

/* The end of the axis: a multiple of a quarter that no bar is beyond. */
static double longest(const struct report *report) {
    double end = 1;
    for (int i = 0; i < report->rows; i++)
        while (row_share(report, &report->row[i]) > end)
            end += 0.25;
    return end;
}

static void draw_axis(cairo_t *cr, double end, double scale, double bottom) {
    for (int quarter = 0; quarter * 0.25 <= end; quarter++) {
        char text[16];
        const double x = LEFT + quarter * 0.25 * scale;
        snprintf(text, sizeof text, "%.2f", quarter * 0.25);
        draw_fill(cr, x - 0.5, TOP - 6, quarter == 4 ? 2 : 1, bottom - TOP + 6, grey,
                  quarter == 4 ? 1 : 0.4);
        draw_centred(cr, x, TOP - 14, TEXT_SMALL, grey, text);
    }
}

static void draw_header(cairo_t *cr, const struct report *report) {
    char text[128];
    snprintf(text, sizeof text, "Share of plain sgemm (%.0f GFLOP/s), %d thread%s",
             report->yardstick->sgemm_gflops, report->yardstick->threads,
             report->yardstick->threads == 1 ? "" : "s");
    draw_text(cr, LEFT, 24, TEXT_HEADING, true, text);
    for (int bar = 0; bar < DRAWN; bar++) {
        draw_fill(cr, LEFT + bar * 200, 36, 14, 14, colours[bar], 1);
        draw_text(cr, LEFT + 20 + bar * 200, 48, TEXT_BODY, false, legends[bar]);
    }
}

static void draw_bar(cairo_t *cr, const struct report *report, const struct row *row, double scale,
                     double y) {
    char text[16];
    const double share = row_share(report, row);
    draw_fill(cr, LEFT, y, share * scale, BAR - 1, colours[bar_of(row)], 1);
    snprintf(text, sizeof text, "%.2f", share);
    draw_centred(cr, LEFT + share * scale + 16, y + BAR / 2.0, TEXT_SMALL, dark, text);
}

bool report_draw(const struct report *report, const char *file, const char **reason) {
    const int group = DRAWN * BAR + BETWEEN, bottom = TOP + count_layers(report) * group;
    cairo_t *cr = drawing_open(file, WIDTH, bottom + BOTTOM, reason);
    if (cr == NULL)
        return false;
    const double end = longest(report), scale = (WIDTH - LEFT - RIGHT) / end;
    draw_header(cr, report);
    draw_axis(cr, end, scale, bottom);
    double y = TOP - group;
    for (int i = 0; i < report->rows; i++) {
        const struct row *row = &report->row[i];
        if (i == 0 || row->layer != report->row[i - 1].layer) {
            y += group;
            draw_text(cr, 12, y + DRAWN * BAR / 2.0 + 4, TEXT_BODY, false, row->layer->name);
        }
        if (bar_of(row) < DRAWN)
            draw_bar(cr, report, row, scale, y + bar_of(row) * BAR);
    }
    return drawing_finish(cr, file, reason);
}
