/* The window through which an augmentation looks at an image. */
#ifndef PLEAT_DATA_WINDOW_H
#define PLEAT_DATA_WINDOW_H

#include <pleat/augment.h>
#include <pleat/random.h>
#include <pleat/status.h>

/* Coordinates are those of areas: pixel i covers i..i+1. A point p of the window, seen from its
 * centre, is the point centre + turn p of the image. Axis 0 is y, 1 is x. */
struct pleat__window {
    int64_t height, width;
    double centre[2];
    double turn[2][2];
    bool moves_only;             /* pixels fall on pixels */
    double contrast, brightness; /* v becomes contrast (v - 127.5) + 127.5 + brightness */
};

/* PLEAT_INVALID_ARGUMENT: an option out of its range. */
enum pleat_status pleat__augmentation_check(const struct pleat_augmentation *augmentation,
                                            struct pleat_error *error);

/* Draws the window for an image. Always takes as many numbers from *random. */
struct pleat__window pleat__window_draw(const struct pleat_augmentation *augmentation,
                                        int64_t height, int64_t width, struct pleat_random *random);

#endif
