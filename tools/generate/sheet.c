/* Putting images into one. */
#include "generate/sheet.h"

#include <string.h>

#include <pleat/image.h>

#include "interrupt.h"

#define ZOOM 2
#define GAP 4

/* Returns the grey of a number between 0 and 1. */
static uint8_t grey_of(float number) {
    return number <= 0 ? 0 : number >= 1 ? 255 : (uint8_t)(255 * number + 0.5f);
}

static void put(const struct pleat_image *sheet, const float *image, const int64_t extent[2],
                int64_t top, int64_t left) {
    for (int64_t y = 0; y < ZOOM * extent[0]; y++)
        for (int64_t x = 0; x < ZOOM * extent[1]; x++)
            sheet->pixels[(top + y) * sheet->width + left + x] =
                grey_of(image[y / ZOOM * extent[1] + x / ZOOM]);
}

enum pleat_status images_sheet_write(const char *path, const struct pleat_tensor *images,
                                     int64_t columns, struct pleat_error *error) {
    const int64_t count = images->extent[0], *extent = images->extent + 2;
    const int64_t rows = (count + columns - 1) / columns;
    const int64_t high = ZOOM * extent[0] + GAP, wide = ZOOM * extent[1] + GAP;
    const float *data = images->data;
    struct pleat_image sheet;
    struct interrupt_hold hold;
    enum pleat_status status =
        pleat_image_allocate(&sheet, columns * wide + GAP, rows * high + GAP, 1, error);
    if (status != PLEAT_OK)
        return status;
    memset(sheet.pixels, 255, (size_t)(sheet.width * sheet.height));
    for (int64_t i = 0; i < count; i++)
        put(&sheet, data + i * extent[0] * extent[1], extent, GAP + i / columns * high,
            GAP + i % columns * wide);
    interrupt_hold(&hold);
    status = pleat_image_write_png(path, &sheet, error);
    interrupt_release(&hold);
    pleat_image_free(&sheet);
    return status;
}
