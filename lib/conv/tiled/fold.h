/* fold (col2im) in gather form: each fine row sums the columns that reach it, then is stored once.
 *
 * The coarse rows' columns lie in a ring: row r in slot (r - coarse_rows.begin) mod slots, as
 * columns[matrix row][slot][width], where a matrix row is (channel, kernel row -
 * kernel_rows.begin, kernel column - kernel_columns.begin). */
#ifndef PLEAT_CONV_TILED_FOLD_H
#define PLEAT_CONV_TILED_FOLD_H

#include <stdbool.h>

#include "conv/variant.h"
#include "conv/tiled/tiling.h"

struct pleat__ring {
    const struct pleat__geometry *geometry;
    struct pleat__range kernel_rows, kernel_columns; /* of the filter, that are in the ring */
    struct pleat__range tile;                        /* fine columns to make */
    struct pleat__range coarse_rows; /* of the image, that reach the fine rows to make */
    int64_t slots;
    struct pleat__range coarse_columns; /* that a slot holds, */
    int64_t width;                      /* in a slot of this width */
    real *columns;
    real *sums;                   /* [phases][phase_size], scratch */
    struct pleat__fold_tap *taps; /* [KW] */
};

/* Fills in ring->taps from the rest. */
void V(pleat__fold_taps)(const struct pleat__ring *ring);

/* fine[tile.end - tile.begin] (+)= bias + what the ring's rows add to row fine_row of that channel.
 * With add the row is added to, otherwise overwritten. The ring holds every row of coarse_rows that
 * reaches this fine row. */
void V(pleat__fold_row)(const struct pleat__ring *ring, int64_t channel, int64_t fine_row,
                        real bias, bool add, real *fine);

#endif
