/* Winograd's transforms of one tile, in vectors of tiles. See tiling.h. */
#ifndef PLEAT_CONV_WINOGRAD_TRANSFORM_H
#define PLEAT_CONV_WINOGRAD_TRANSFORM_H

#include "conv/vector.h"
#include "conv/winograd/tiling.h"

enum {
    PANEL = PLEAT__WINOGRAD_PANEL_BYTES / sizeof(real),
    VECTORS = PANEL / LANES, /* of a panel */
    ELEMENTS = PLEAT__WINOGRAD_ELEMENTS,
    ROWS = PLEAT__WINOGRAD_ROWS
};

INLINE int tile_of(int taps) {
    return taps == 1 ? 1 : 2;
}

INLINE int elements_of(int taps) {
    return taps == 1 ? 1 : taps + 1;
}

/* Calls function(taps of the rows, taps of the columns) with constants. */
/* clang-format off */
#define PLEAT__BY_COLUMN_TAPS(rows, columns, function)                                             \
    switch (columns) {                                                                             \
    case 1: function(rows, 1); break;                                                              \
    case 2: function(rows, 2); break;                                                              \
    default: function(rows, 3); break;                                                             \
    }
#define PLEAT__BY_TAPS(tiling, function)                                                           \
    switch ((tiling)->axis[0].taps) {                                                              \
    case 1: PLEAT__BY_COLUMN_TAPS(1, (tiling)->axis[1].taps, function) break;                      \
    case 2: PLEAT__BY_COLUMN_TAPS(2, (tiling)->axis[1].taps, function) break;                      \
    default: PLEAT__BY_COLUMN_TAPS(3, (tiling)->axis[1].taps, function) break;                     \
    }
/* clang-format on */

/* What a transform reads and writes: panels, [row][column]; unused entries are not touched, and
 * NULL is not written. */
struct pleat__panels_in {
    const real *at[ELEMENTS][ELEMENTS];
};
struct pleat__panels_out {
    real *at[ELEMENTS][ELEMENTS];
};

/* elements = B samples B^T, for that many tiles */
void V(pleat__winograd_samples)(const struct pleat__winograd *tiling, int64_t tiles,
                                const struct pleat__panels_in *samples,
                                const struct pleat__panels_out *elements);

/* pairs = A^T elements A */
void V(pleat__winograd_results)(const struct pleat__winograd *tiling,
                                const struct pleat__panels_in *elements,
                                const struct pleat__panels_out *pairs);

/* elements = A pairs A^T */
void V(pleat__winograd_pairs)(const struct pleat__winograd *tiling, int64_t tiles,
                              const struct pleat__panels_in *pairs,
                              const struct pleat__panels_out *elements);

/* sums[ROWS][PANEL] (+)= weights[depth][ROWS]^T tiles[depth][PANEL]. */
void V(pleat__winograd_multiply)(int64_t depth, const real *weights, const real *tiles, bool add,
                                 real *sums);

#endif
