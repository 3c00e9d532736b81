/* Where plates are drawn: below each other on one sheet, or on a sheet a layer in a folder. */
#ifndef PLEAT_TOOLS_PAGES_H
#define PLEAT_TOOLS_PAGES_H

#include "inspect/plate.h"

/* The most plates of a layer: filters, taps, gains, feature maps. */
enum { PAGE_PLATES = 4 };

struct page {
    const char *name; /* of the layer */
    int number;       /* its place in the model */
    int count;
    struct plate plate[PAGE_PLATES];
};

/* Draws pages[count] to out: a file whose name ends in .png or .svg, or else a folder, made where it is
 * not there, of files "03-NAME.png"; what has no plates gets none. */
enum pleat_status pages_draw(const char *out, struct page *pages, int count,
                             struct pleat_error *error);

#endif
