/* Plates: a grid of small planes of numbers in colours, with a title and their scale. */
#ifndef PLEAT_TOOLS_PLATE_H
#define PLEAT_TOOLS_PLATE_H

#include <stdbool.h>

#include <cairo.h>

#include <pleat/tensor.h>

/* What lies in a tensor [first][second][...]: planes whose columns are the last axis and whose rows are
 * all axes between. */
struct plate {
    char title[192];
    const struct pleat_tensor *tensor;
    int leading; /* axes that count planes: 0, 1 or 2 */
    /* What follows is measured by plate_measure. */
    int64_t shown, total;  /* planes */
    int64_t across;        /* planes side by side */
    int64_t second;        /* of the tensor, planes that belong together */
    int64_t rows, columns; /* of a plane */
    double width, height;  /* of a plane on the sheet */
    double most;           /* colours run from -most, or 0, to it */
    bool signs;            /* there are numbers below 0 */
};

enum { PLATE_WIDTH = 1000 }; /* of the sheet; margins of its own */

/* Fills what is measured, and returns the height on the sheet. */
double plate_measure(struct plate *plate);

/* Draws a measured plate below y. */
enum pleat_status plate_draw(cairo_t *cr, double y, const struct plate *plate,
                             struct pleat_error *error);

#endif
