/* Drawing the sheet with cairo. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cairo.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "drawing.h"
#include "fault.h"
#include "superres/pair.h"
#include "superres/sheet.h"

/* Columns; what stands over them. */
enum { INPUT, NEAREST, BILINEAR, BICUBIC, NETWORK, TRUTH, COLUMNS };
static const char *const titles[COLUMNS] = {"input",   "nearest", "bilinear",
                                            "bicubic", "pleat",   "truth"};

#define MOST_ROWS 6
#define CELL 192      /* pixels of a cell's side, about */
#define GAP 12        /* pixels between cells */
#define HEAD 28       /* pixels for the titles */
#define FOOT 18       /* pixels for the figures under a cell */
#define MOST_SHOWN 96 /* pixels of high resolution that a cell shows along a side */

/* What is drawn. */
struct sheet {
    cairo_t *cairo;
    int64_t scale;
    int64_t shown; /* pixels of high resolution along a cell's side, a multiple of the scale */
    int64_t zoom;  /* drawn pixels a pixel of high resolution */
};

/* Draws the part of a plane that begins at pixel (y, x), side pixels wide and zoomed. */
static enum pleat_status draw_plane(const struct sheet *sheet, const struct pleat_tensor *plane,
                                    const int64_t corner[2], int64_t side, int64_t zoom,
                                    double left, double top, struct pleat_error *error) {
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)side, (int)side);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a picture");
    }
    unsigned char *pixels = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    const float *data = plane->data;
    cairo_surface_flush(surface);
    for (int64_t y = 0; y < side && corner[0] + y < plane->extent[0]; y++)
        for (int64_t x = 0; x < side && corner[1] + x < plane->extent[1]; x++) {
            const float value = data[(corner[0] + y) * plane->extent[1] + corner[1] + x];
            const uint32_t grey = (uint32_t)value, rgb = grey << 16 | grey << 8 | grey;
            memcpy(pixels + y * stride + x * (int64_t)sizeof rgb, &rgb, sizeof rgb);
        }
    cairo_surface_mark_dirty(surface);
    cairo_save(sheet->cairo);
    cairo_translate(sheet->cairo, left, top);
    cairo_scale(sheet->cairo, (double)zoom, (double)zoom);
    cairo_set_source_surface(sheet->cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(sheet->cairo), CAIRO_FILTER_NEAREST);
    cairo_rectangle(sheet->cairo, 0, 0, (double)side, (double)side);
    cairo_fill(sheet->cairo);
    cairo_restore(sheet->cairo);
    cairo_surface_destroy(surface);
    return PLEAT_OK;
}

/* Writes text centred at x. */
static void draw_label(const struct sheet *sheet, const char *text, double size, double x,
                       double y) {
    cairo_text_extents_t extents;
    cairo_set_source_rgb(sheet->cairo, 0, 0, 0);
    cairo_set_font_size(sheet->cairo, size);
    cairo_text_extents(sheet->cairo, text, &extents);
    cairo_move_to(sheet->cairo, x - extents.width / 2, y);
    cairo_show_text(sheet->cairo, text);
}

/* What stands in a row: planes rounded to 8 bits. */
struct row {
    struct pair pair;
    struct pleat_tensor plane[COLUMNS];
};

static enum pleat_status copy_plane(struct pleat_tensor *copy, const struct pleat_tensor *plane,
                                    struct pleat_error *error) {
    TRY(pleat_tensor_allocate(copy, PLEAT_FLOAT32, 2, plane->extent, error));
    memcpy(copy->data, plane->data, (size_t)pleat_tensor_size(plane) * sizeof(float));
    return PLEAT_OK;
}

/* Makes the planes of an image. */
static enum pleat_status fill_row(struct row *row, const struct upsampler *upsampler,
                                  const struct pleat_dataset *dataset, size_t index,
                                  struct pleat_error *error) {
    struct pair *pair = &row->pair;
    TRY(pair_make_of(pair, dataset, index, upsampler->scale, error));
    TRY(copy_plane(&row->plane[INPUT], &pair->coarse, error));
    TRY(copy_plane(&row->plane[BICUBIC], &pair->bicubic, error));
    TRY(copy_plane(&row->plane[NETWORK], &pair->bicubic, error));
    TRY(copy_plane(&row->plane[TRUTH], &pair->fine, error));
    TRY(copy_plane(&row->plane[NEAREST], &pair->fine, error));
    TRY(copy_plane(&row->plane[BILINEAR], &pair->fine, error));
    TRY(pleat_resize(&pair->coarse, &row->plane[NEAREST], PLEAT_NEAREST, error));
    TRY(pleat_resize(&pair->coarse, &row->plane[BILINEAR], PLEAT_BILINEAR, error));
    TRY(upsampler_run(upsampler, &pair->coarse, &row->plane[NETWORK], UPSAMPLER_MEMORY, error));
    for (int column = 0; column < COLUMNS; column++)
        TRY(pleat_round_to_8_bits(&row->plane[column], error));
    return PLEAT_OK;
}

static void free_row(struct row *row) {
    for (int column = 0; column < COLUMNS; column++)
        pleat_tensor_free(&row->plane[column]);
    pair_free(&row->pair);
}

/* Draws a row whose planes are made, its upper side at top. */
static enum pleat_status draw_row(const struct sheet *sheet, const struct row *row, double top,
                                  struct pleat_error *error) {
    const double side = (double)(sheet->shown * sheet->zoom);
    int64_t coarse_corner[2], corner[2];
    for (int axis = 0; axis < 2; axis++) {
        const int64_t room = row->plane[INPUT].extent[axis] - sheet->shown / sheet->scale;
        coarse_corner[axis] = room > 0 ? room / 2 : 0;
        corner[axis] = coarse_corner[axis] * sheet->scale;
    }
    for (int column = 0; column < COLUMNS; column++) {
        const double left = GAP + column * (side + GAP);
        const bool small = column == INPUT;
        TRY(draw_plane(sheet, &row->plane[column], small ? coarse_corner : corner,
                       small ? sheet->shown / sheet->scale : sheet->shown,
                       small ? sheet->zoom * sheet->scale : sheet->zoom, left, top, error));
        char text[48];
        double psnr;
        if (column == INPUT)
            snprintf(text, sizeof text, "%" PRId64 "x%" PRId64, row->plane[INPUT].extent[1],
                     row->plane[INPUT].extent[0]);
        else if (column == TRUTH)
            snprintf(text, sizeof text, "%" PRId64 "x%" PRId64, row->plane[TRUTH].extent[1],
                     row->plane[TRUTH].extent[0]);
        else {
            TRY(pleat_psnr(&row->plane[column], &row->plane[TRUTH], 255, 0, &psnr, error));
            snprintf(text, sizeof text, "%.2f dB", psnr);
        }
        draw_label(sheet, text, 12, left + side / 2, top + side + FOOT - 4);
    }
    return PLEAT_OK;
}

/* Draws titles and rows. */
static enum pleat_status draw(const struct sheet *sheet, const struct upsampler *upsampler,
                              const struct pleat_dataset *dataset, size_t rows,
                              struct pleat_error *error) {
    const double side = (double)(sheet->shown * sheet->zoom);
    cairo_select_font_face(sheet->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    for (int column = 0; column < COLUMNS; column++)
        draw_label(sheet, titles[column], 16, GAP + column * (side + GAP) + side / 2, HEAD - 8);
    for (size_t i = 0; i < rows; i++) {
        struct row row = {.pair = {.fine.data = NULL}};
        enum pleat_status status =
            fill_row(&row, upsampler, dataset, i * pleat_dataset_count(dataset) / rows, error);
        if (status == PLEAT_OK)
            status = draw_row(sheet, &row, HEAD + (double)i * (side + FOOT + GAP), error);
        free_row(&row);
        TRY(status);
    }
    return PLEAT_OK;
}

/* The side that cells show: the largest of the images drawn, up to MOST_SHOWN. */
static int64_t shown_side(const struct pleat_dataset *dataset, size_t rows, int64_t scale) {
    const int64_t most = MOST_SHOWN / scale * scale;
    int64_t largest = scale;
    for (size_t i = 0; i < rows; i++)
        for (int axis = 0; axis < 2; axis++) {
            const size_t index = i * pleat_dataset_count(dataset) / rows;
            const int64_t extent = pleat_dataset_plane(dataset, index)->extent[axis];
            largest = extent > largest ? extent / scale * scale : largest;
        }
    return largest < most ? largest : most;
}

enum pleat_status sheet_write(const char *path, const struct upsampler *upsampler,
                              const struct pleat_dataset *dataset, struct pleat_error *error) {
    const size_t count = pleat_dataset_count(dataset), rows = count < MOST_ROWS ? count : MOST_ROWS;
    struct sheet sheet = {.scale = upsampler->scale};
    sheet.shown = shown_side(dataset, rows, sheet.scale);
    sheet.zoom = CELL / sheet.shown;
    const int64_t side = sheet.shown * sheet.zoom;
    const char *reason = NULL;
    sheet.cairo = drawing_open(path, (int)(GAP + COLUMNS * (side + GAP)),
                               (int)(HEAD + (int64_t)rows * (side + FOOT + GAP)), &reason);
    if (sheet.cairo == NULL)
        return fault(error, PLEAT_IO, "%s: %s", path, reason);
    const enum pleat_status status = draw(&sheet, upsampler, dataset, rows, error);
    const bool written = drawing_finish(sheet.cairo, path, &reason);
    if (status == PLEAT_OK && !written)
        return fault(error, PLEAT_IO, "%s: %s", path, reason);
    return status;
}
