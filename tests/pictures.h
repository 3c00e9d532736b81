/* Small images with known pixels, in files of the test's folder. */
#ifndef PICTURES_H
#define PICTURES_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/image.h>

/* A rule for pixels: the value of channel c at row y and column x of picture k. */
typedef uint8_t pixel_rule(int k, int64_t y, int64_t x, int c);

/* A rule whose values differ between neighbours, channels and pictures; and one whose values are
 * classes 0..2. */
uint8_t mixed(int k, int64_t y, int64_t x, int c);
uint8_t classes(int k, int64_t y, int64_t x, int c);

/* Makes a picture in memory, freed by pleat_image_free, or in a PNG file. */
struct pleat_image picture(int k, int64_t height, int64_t width, int channels, pixel_rule *rule);
void store_picture(const char *name, int k, int64_t height, int64_t width, int channels,
                   pixel_rule *rule);

/* Makes folders "images" and "labels" with pictures 00.png, 01.png, ... by the rules mixed, in
 * colour, and classes. */
void store_labelled(int count, int64_t height, int64_t width);

#endif
