/* The few shapes that the pictures are made of. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cairo-svg.h>

#include "drawing.h"

static bool ends_with(const char *text, const char *ending) {
    const size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

/* The file's name until it is whole. */
static void temporary_name(const char *file, char name[PATH_MAX]) {
    snprintf(name, PATH_MAX, "%s.tmp.%ld", file, (long)getpid());
}

cairo_t *drawing_open(const char *file, int width, int height, const char **reason) {
    char temporary[PATH_MAX];
    cairo_surface_t *surface;
    temporary_name(file, temporary);
    if (ends_with(file, ".svg")) {
        surface = cairo_svg_surface_create(temporary, width, height);
    } else if (ends_with(file, ".png")) {
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    } else {
        *reason = "the name of a picture must end in .png or .svg";
        return NULL;
    }
    cairo_t *cr = cairo_create(surface);
    cairo_surface_destroy(surface);
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
        *reason = cairo_status_to_string(cairo_status(cr));
        cairo_destroy(cr);
        return NULL;
    }
    draw_fill(cr, 0, 0, width, height, (struct colour){1, 1, 1}, 1);
    return cr;
}

bool drawing_finish(cairo_t *cr, const char *file, const char **reason) {
    char temporary[PATH_MAX];
    temporary_name(file, temporary);
    cairo_surface_t *surface = cairo_get_target(cr);
    cairo_status_t status = cairo_status(cr);
    if (status == CAIRO_STATUS_SUCCESS && ends_with(file, ".png"))
        status = cairo_surface_write_to_png(surface, temporary);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS && rename(temporary, file) == 0)
        return true;
    *reason = status == CAIRO_STATUS_SUCCESS ? strerror(errno) : cairo_status_to_string(status);
    remove(temporary);
    return false;
}

static void set_colour(cairo_t *cr, struct colour colour, double opacity) {
    cairo_set_source_rgba(cr, colour.red, colour.green, colour.blue, opacity);
}

void draw_fill(cairo_t *cr, double x, double y, double width, double height, struct colour colour,
               double opacity) {
    set_colour(cr, colour, opacity);
    cairo_rectangle(cr, x, y, width, height);
    cairo_fill(cr);
}

void draw_frame(cairo_t *cr, double x, double y, double width, double height, struct colour colour,
                double line_width) {
    set_colour(cr, colour, 1);
    cairo_set_line_width(cr, line_width);
    cairo_rectangle(cr, x, y, width, height);
    cairo_stroke(cr);
}

void draw_grid(cairo_t *cr, double x, double y, int rows, int columns, double cell) {
    cairo_set_source_rgba(cr, 0.5, 0.5, 0.55, 0.55);
    cairo_set_line_width(cr, 0.6);
    for (int row = 0; row <= rows; row++) {
        cairo_move_to(cr, x, y + row * cell);
        cairo_line_to(cr, x + columns * cell, y + row * cell);
    }
    for (int column = 0; column <= columns; column++) {
        cairo_move_to(cr, x + column * cell, y);
        cairo_line_to(cr, x + column * cell, y + rows * cell);
    }
    cairo_stroke(cr);
}

void draw_line(cairo_t *cr, double x0, double y0, double x1, double y1, struct colour colour) {
    set_colour(cr, colour, 1);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

void draw_slash(cairo_t *cr, double x, double y, double size, struct colour colour) {
    set_colour(cr, colour, 1);
    cairo_set_line_width(cr, 1);
    cairo_move_to(cr, x + size * 0.2, y + size * 0.8);
    cairo_line_to(cr, x + size * 0.8, y + size * 0.2);
    cairo_stroke(cr);
}

bool draw_pixels(cairo_t *cr, double x, double y, double width, double height,
                 const uint32_t *pixels, int rows, int columns) {
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    const bool made = cairo_surface_status(image) == CAIRO_STATUS_SUCCESS;
    if (made) {
        unsigned char *data = cairo_image_surface_get_data(image);
        const int stride = cairo_image_surface_get_stride(image);
        for (int row = 0; row < rows; row++)
            memcpy(data + (size_t)row * (size_t)stride, pixels + (size_t)row * (size_t)columns,
                   (size_t)columns * sizeof *pixels);
        cairo_surface_mark_dirty(image);
        cairo_save(cr);
        cairo_translate(cr, x, y);
        cairo_scale(cr, width / columns, height / rows);
        cairo_set_source_surface(cr, image, 0, 0);
        cairo_pattern_set_filter(cairo_get_source(cr),
                                 width >= columns ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
        cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
        cairo_rectangle(cr, 0, 0, columns, rows);
        cairo_fill(cr);
        cairo_restore(cr);
    }
    cairo_surface_destroy(image);
    return made;
}

static void select_text(cairo_t *cr, int size, bool bold) {
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

void draw_text(cairo_t *cr, double x, double y, int size, bool bold, const char *text) {
    select_text(cr, size, bold);
    cairo_set_source_rgb(cr, 0.13, 0.13, 0.17);
    cairo_move_to(cr, x, y);
    cairo_show_text(cr, text);
}

void draw_centred(cairo_t *cr, double x, double y, int size, struct colour colour,
                  const char *text) {
    cairo_text_extents_t extents;
    select_text(cr, size, false);
    set_colour(cr, colour, 1);
    cairo_text_extents(cr, text, &extents);
    cairo_move_to(cr, x - extents.x_advance / 2, y - extents.y_bearing - extents.height / 2);
    cairo_show_text(cr, text);
}
