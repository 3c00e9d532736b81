/* A sheet of paper for cairo, and the few shapes that the pictures are made of. */
#ifndef PLEAT_TOOLS_DRAWING_H
#define PLEAT_TOOLS_DRAWING_H

#include <stdbool.h>
#include <stdint.h>

#include <cairo.h>

struct colour {
    double red, green, blue;
};

enum { TEXT_SMALL = 10, TEXT_BODY = 13, TEXT_HEADING = 15, TEXT_TITLE = 21 };

/* Opens a white sheet that drawing_finish writes to the file: PNG or SVG, by the ending of its
 * name; NULL, and a sentence in *reason, where that cannot be. */
cairo_t *drawing_open(const char *file, int width, int height, const char **reason);

/* Closes the sheet and writes it, whole or not at all. Returns false, and a sentence in *reason,
 * where that failed. */
bool drawing_finish(cairo_t *cr, const char *file, const char **reason);

void draw_fill(cairo_t *cr, double x, double y, double width, double height, struct colour colour,
               double opacity);
void draw_frame(cairo_t *cr, double x, double y, double width, double height, struct colour colour,
                double line_width);

/* Grid lines between rows and columns of cells. */
void draw_grid(cairo_t *cr, double x, double y, int rows, int columns, double cell);

void draw_line(cairo_t *cr, double x0, double y0, double x1, double y1, struct colour colour);

/* A stroke from corner to corner of a cell: nothing is here. */
void draw_slash(cairo_t *cr, double x, double y, double size, struct colour colour);

/* Stretches an image over a rectangle: pixels[rows][columns], 0xRRGGBB each. Where it is enlarged
 * pixels stay squares. Returns false where there is no memory. */
bool draw_pixels(cairo_t *cr, double x, double y, double width, double height,
                 const uint32_t *pixels, int rows, int columns);

/* Text whose baseline begins at x, y; or whose middle is there. */
void draw_text(cairo_t *cr, double x, double y, int size, bool bold, const char *text);
void draw_centred(cairo_t *cr, double x, double y, int size, struct colour colour,
                  const char *text);

#endif
