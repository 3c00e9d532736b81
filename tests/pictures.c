/* Pictures from rules. */
#include <check.h>
#include <stdio.h>

#include "files.h"
#include "pictures.h"

uint8_t mixed(int k, int64_t y, int64_t x, int c) {
    return (uint8_t)((k * 37 + y * 53 + x * 11 + c * 101 + y * x) & 255);
}

uint8_t classes(int k, int64_t y, int64_t x, int c) {
    (void)c;
    return (uint8_t)((k + y + 2 * x) % 3);
}

struct pleat_image picture(int k, int64_t height, int64_t width, int channels, pixel_rule *rule) {
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_allocate(&image, width, height, channels, NULL), PLEAT_OK);
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                image.pixels[(y * width + x) * channels + c] = rule(k, y, x, c);
    return image;
}

void store_picture(const char *name, int k, int64_t height, int64_t width, int channels,
                   pixel_rule *rule) {
    struct pleat_image image = picture(k, height, width, channels, rule);
    ck_assert_int_eq(pleat_image_write_png(file_path(name), &image, NULL), PLEAT_OK);
    pleat_image_free(&image);
}

void store_labelled(int count, int64_t height, int64_t width) {
    char name[64];
    files_folder("images");
    files_folder("labels");
    for (int k = 0; k < count; k++) {
        snprintf(name, sizeof name, "images/%02d.png", k);
        store_picture(name, k, height, width, 3, mixed);
        snprintf(name, sizeof name, "labels/%02d.png", k);
        store_picture(name, k, height, width, 1, classes);
    }
}
