/* The picture of an explanation: input, filter and legend above; the placed blocks, their sum and
 * the taps that reach each pixel below. */
#include <inttypes.h>
#include <stdio.h>

#include "drawing.h"
#include "explain/explanation.h"

/* Pixels of the sheet. */
enum {
    MARGIN = 36,
    GAP = 44,
    PANEL = 400,
    TOP_PANEL = 192,
    HEADER = 96,
    CAPTION = 26,
    FOOTER = 40
};
enum {
    WIDTH = 2 * MARGIN + 3 * PANEL + 2 * GAP,
    TICKS = 22,
    LEGEND_LEFT = MARGIN + TICKS + 2 * (PANEL + GAP) - PANEL / 2
};

/* The most pixels an axis may have, to be told apart. */
enum { MOST_CELLS = 100 };

static const struct colour dark = {0.13, 0.13, 0.17}, grey = {0.55, 0.55, 0.6},
                           paper = {0.91, 0.91, 0.93}, shade = {0.72, 0.72, 0.76};

/* What the picture needs of an axis, in cells of the frame: all that the blocks cover and all that
 * the output has. The output begins at `crop`, the blocks at `blocks`. */
struct span {
    int cells, crop, blocks, in, out, kernel, stride, dilation;
};

struct layout {
    struct span span[2]; /* rows, columns */
    double cell;
};

/* Converts a checked axis; false where it has too many cells. */
static bool make_span(const struct explanation *e, int a, struct span *span) {
    const struct pleat_axis *x = &e->params.axis[a];
    const int64_t covered = (e->in[a] - 1) * x->stride + (x->kernel - 1) * x->dilation + 1;
    const int64_t first = x->padding_begin < 0 ? x->padding_begin : 0;
    const int64_t end = x->padding_begin + e->out[a];
    const int64_t last = end > covered ? end : covered;
    if (last - first > MOST_CELLS || x->stride > MOST_CELLS)
        return false;
    *span = (struct span){.cells = (int)(last - first),
                          .crop = (int)(x->padding_begin - first),
                          .blocks = (int)-first,
                          .in = (int)e->in[a],
                          .out = (int)e->out[a],
                          .kernel = (int)x->kernel,
                          .stride = (int)x->stride,
                          .dilation = (int)x->dilation};
    return true;
}

static struct colour pixel_colour(const struct pleat_tensor *image, int row, int column) {
    return (struct colour){image_channel(image, 0, row, column),
                           image_channel(image, 1, row, column),
                           image_channel(image, 2, row, column)};
}

/* Writes the size formula of an axis with the numbers put in. */
static void write_formula(const struct explanation *e, int a, const char *name, char *text,
                          size_t size) {
    const struct pleat_axis *x = &e->params.axis[a];
    snprintf(text, size,
             "%s: %" PRId64 " = (%" PRId64 " \u2212 1) \u00b7 %" PRId64 " \u2212 %" PRId64
             " \u2212 %" PRId64 " + %" PRId64 " \u00b7 (%" PRId64 " \u2212 1) + 1 + %" PRId64,
             name, e->out[a], e->in[a], x->stride, x->padding_begin, x->padding_end, x->dilation,
             x->kernel, x->output_padding);
}

static void draw_header(cairo_t *cr, const struct explanation *e) {
    char text[256];
    const bool square = explanation_is_square(e);
    const struct pleat_axis *h = &e->params.axis[0], *w = &e->params.axis[1];
    snprintf(text, sizeof text,
             "Transposed convolution: %" PRId64 "\u00d7%" PRId64 " input, %" PRId64 "\u00d7%" PRId64
             " filter of ones, stride %" PRId64 "\u00d7%" PRId64 " \u2192 %" PRId64
             "\u00d7%" PRId64,
             e->in[0], e->in[1], h->kernel, w->kernel, h->stride, w->stride, e->out[0], e->out[1]);
    draw_text(cr, MARGIN, MARGIN + 10, TEXT_TITLE, true, text);
    write_formula(e, 0, square ? "height and width" : "height", text, sizeof text);
    draw_text(cr, MARGIN, MARGIN + 36, TEXT_BODY, false, text);
    if (!square) {
        write_formula(e, 1, "width", text, sizeof text);
        draw_text(cr, MARGIN, MARGIN + 56, TEXT_BODY, false, text);
    }
    snprintf(text, sizeof text, "checkerboard number %.4g%s", e->checkerboard,
             e->checkerboard > 0 ? "" : " (even)");
    draw_text(cr, LEGEND_LEFT, MARGIN + 36, TEXT_BODY, false, text);
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

static void draw_input(cairo_t *cr, const struct explanation *e, const struct layout *l, double x,
                       double y) {
    const int rows = l->span[0].in, columns = l->span[1].in;
    const double cell = TOP_PANEL / (double)(rows > columns ? rows : columns);
    draw_text(cr, x, y - 10, TEXT_HEADING, true, "1  The input");
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            draw_fill(cr, x + column * cell, y + row * cell, cell, cell,
                      pixel_colour(&e->input, row, column), 1);
    draw_grid(cr, x, y, rows, columns, cell);
    draw_frame(cr, x, y, columns * cell, rows * cell, dark, 1.5);
}

static void draw_filter(cairo_t *cr, const struct layout *l, double x, double y) {
    const int rows = l->span[0].kernel, columns = l->span[1].kernel;
    const double cell = smaller(TOP_PANEL / (double)(rows > columns ? rows : columns), 40);
    draw_text(cr, x, y - 10, TEXT_HEADING, true, "2  The filter");
    draw_fill(cr, x, y, columns * cell, rows * cell, paper, 1);
    for (int row = 0; row < rows && cell >= 12; row++)
        for (int column = 0; column < columns; column++)
            draw_centred(cr, x + (column + 0.5) * cell, y + (row + 0.5) * cell, TEXT_BODY, dark,
                         "1");
    draw_grid(cr, x, y, rows, columns, cell);
    draw_frame(cr, x, y, columns * cell, rows * cell, dark, 1.5);
}

static void draw_swatch(cairo_t *cr, double x, double y, struct colour colour) {
    draw_fill(cr, x, y, 20, 20, colour, 1);
    draw_frame(cr, x, y, 20, 20, grey, 1);
}

/* One line: a + b = sum, and its words. */
static void draw_mixture(cairo_t *cr, double x, double y, struct colour a, struct colour b,
                         const char *words) {
    const struct colour sum = {smaller(a.red + b.red, 1), smaller(a.green + b.green, 1),
                               smaller(a.blue + b.blue, 1)};
    draw_swatch(cr, x, y, a);
    draw_centred(cr, x + 32, y + 10, TEXT_HEADING, dark, "+");
    draw_swatch(cr, x + 44, y, b);
    draw_centred(cr, x + 76, y + 10, TEXT_HEADING, dark, "=");
    draw_swatch(cr, x + 88, y, sum);
    draw_text(cr, x + 120, y + 15, TEXT_BODY, false, words);
}

static void draw_legend(cairo_t *cr, double x, double y) {
    static const struct colour red = {1, 0, 0}, green = {0, 1, 0}, blue = {0, 0, 1},
                               white = {1, 1, 1}, black = {0, 0, 0};
    draw_text(cr, x, y - 10, TEXT_HEADING, true, "Where blocks overlap, their values add");
    draw_mixture(cr, x, y, red, green, "red + green = yellow");
    draw_mixture(cr, x, y + 28, green, blue, "green + blue = cyan");
    draw_mixture(cr, x, y + 56, red, blue, "red + blue = magenta");
    draw_mixture(cr, x, y + 84, red, white, "white + anything: above 255, clipped to 255");
    draw_mixture(cr, x, y + 112, red, black, "black is 0: adding it changes nothing");
    draw_swatch(cr, x, y + 144, black);
    draw_slash(cr, x, y + 144, 20, shade);
    draw_text(cr, x + 32, y + 159, TEXT_BODY, false, "no tap reaches this pixel: only the bias, 0");
    draw_swatch(cr, x, y + 172, shade);
    draw_text(cr, x + 32, y + 187, TEXT_BODY, false, "cropped by the padding");
}

/* Numbers of the rows and columns of an output at x, y, at every step of the stride, left of and
 * above the panel at left, top. */
static void draw_ticks(cairo_t *cr, const struct layout *l, double x, double y, double left,
                       double top) {
    char text[16];
    for (int a = 0; a < 2; a++) {
        const struct span *s = &l->span[a];
        int step = s->stride;
        while (step * l->cell < 16)
            step += s->stride;
        for (int o = 0; o < s->out; o += step) {
            const double at = (o + 0.5) * l->cell;
            snprintf(text, sizeof text, "%d", o);
            if (a == 0)
                draw_centred(cr, left - 10, y + at, TEXT_SMALL, grey, text);
            else
                draw_centred(cr, x + at, top - 8, TEXT_SMALL, grey, text);
        }
    }
}

/* Draws the block of one input pixel: its taps, and a frame around them. */
static void draw_block(cairo_t *cr, const struct layout *l, double x, double y, int i, int j,
                       struct colour colour) {
    const struct span *v = &l->span[0], *h = &l->span[1];
    const double inset = smaller(2, l->cell * 0.12);
    const int row = v->blocks + i * v->stride, column = h->blocks + j * h->stride;
    for (int kh = 0; kh < v->kernel; kh++)
        for (int kw = 0; kw < h->kernel; kw++)
            draw_fill(cr, x + (column + kw * h->dilation) * l->cell + inset,
                      y + (row + kh * v->dilation) * l->cell + inset, l->cell - 2 * inset,
                      l->cell - 2 * inset, colour, 0.6);
    const double width = ((h->kernel - 1) * h->dilation + 1) * l->cell;
    const double height = ((v->kernel - 1) * v->dilation + 1) * l->cell;
    const bool pale = colour.red + colour.green + colour.blue > 2;
    draw_frame(cr, x + column * l->cell + inset, y + row * l->cell + inset, width - 2 * inset,
               height - 2 * inset, pale ? grey : colour, 2);
}

static void draw_blocks(cairo_t *cr, const struct explanation *e, const struct layout *l, double x,
                        double y) {
    const struct span *v = &l->span[0], *h = &l->span[1];
    const double cell = l->cell, left = x + h->crop * cell, top = y + v->crop * cell;
    draw_text(cr, x, y - CAPTION, TEXT_HEADING, true, "3  Each pixel's block, placed");
    draw_fill(cr, x, y, h->cells * cell, v->cells * cell, shade, 1);
    draw_fill(cr, left, top, h->out * cell, v->out * cell, paper, 1);
    for (int i = 0; i < v->in; i++)
        for (int j = 0; j < h->in; j++)
            draw_block(cr, l, x, y, i, j, pixel_colour(&e->input, i, j));
    draw_grid(cr, x, y, v->cells, h->cells, cell);
    draw_ticks(cr, l, left, top, x, y);
    draw_frame(cr, left, top, h->out * cell, v->out * cell, dark, 2);
}

static double taps_at(const struct explanation *e, int row, int column) {
    return ((const double *)e->map.data)[row * e->out[1] + column];
}

static void draw_sum(cairo_t *cr, const struct explanation *e, const struct layout *l, double x,
                     double y) {
    const int rows = l->span[0].out, columns = l->span[1].out;
    draw_text(cr, x, y - CAPTION, TEXT_HEADING, true,
              explanation_largest_sum(e) > 255 ? "4  The sum, clipped at 255" : "4  The sum");
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            const double left = x + column * l->cell, top = y + row * l->cell;
            draw_fill(cr, left, top, l->cell, l->cell, pixel_colour(&e->output, row, column), 1);
            if (taps_at(e, row, column) < 1)
                draw_slash(cr, left, top, l->cell, grey);
        }
    draw_grid(cr, x, y, rows, columns, l->cell);
    draw_ticks(cr, l, x, y, x, y);
    draw_frame(cr, x, y, columns * l->cell, rows * l->cell, dark, 2);
}

/* From white for none to deep blue for the most. */
static struct colour count_colour(double count, double most) {
    const double share = most > 0 ? count / most : 0;
    return (struct colour){1 - 0.85 * share, 1 - 0.62 * share, 1 - 0.28 * share};
}

static void draw_counts(cairo_t *cr, const struct explanation *e, const struct layout *l, double x,
                        double y) {
    static const struct colour white = {1, 1, 1};
    const int rows = l->span[0].out, columns = l->span[1].out;
    double most = 0;
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            most = taps_at(e, row, column) > most ? taps_at(e, row, column) : most;
    draw_text(cr, x, y - CAPTION, TEXT_HEADING, true, "5  Taps that reach each pixel");
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            const double count = taps_at(e, row, column);
            const double left = x + column * l->cell, top = y + row * l->cell;
            char text[16];
            snprintf(text, sizeof text, "%g", count);
            draw_fill(cr, left, top, l->cell, l->cell, count_colour(count, most), 1);
            if (l->cell >= 14)
                draw_centred(cr, left + l->cell / 2, top + l->cell / 2, TEXT_SMALL,
                             count > 0.6 * most ? white : dark, text);
        }
    draw_grid(cr, x, y, rows, columns, l->cell);
    draw_ticks(cr, l, x, y, x, y);
    draw_frame(cr, x, y, columns * l->cell, rows * l->cell, dark, 2);
}

bool explanation_draw(const struct explanation *explanation, const char *file,
                      const char **reason) {
    const struct explanation *e = explanation;
    struct layout l;
    if (!make_span(e, 0, &l.span[0]) || !make_span(e, 1, &l.span[1])) {
        *reason = "a picture has room for 100 pixels on each axis: choose smaller sizes";
        return false;
    }
    const int rows = l.span[0].cells, columns = l.span[1].cells;
    l.cell = (PANEL - TICKS) / (double)(rows > columns ? rows : columns);
    const double below = MARGIN + HEADER + TOP_PANEL + GAP + 2 * CAPTION;
    const int height = (int)(below + rows * l.cell) + FOOTER;
    cairo_t *cr = drawing_open(file, WIDTH, height, reason);
    if (cr == NULL)
        return false;
    draw_header(cr, e);
    const double above = MARGIN + HEADER, column = PANEL + GAP;
    draw_input(cr, e, &l, MARGIN + TICKS, above);
    draw_filter(cr, &l, MARGIN + TICKS + TOP_PANEL + 3 * GAP, above);
    draw_legend(cr, LEGEND_LEFT, above);
    draw_blocks(cr, e, &l, MARGIN + TICKS, below);
    draw_sum(cr, e, &l, MARGIN + TICKS + column, below);
    draw_counts(cr, e, &l, MARGIN + TICKS + 2 * column, below);
    return drawing_finish(cr, file, reason);
}
