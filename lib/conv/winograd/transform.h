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
#define PLEAT__BY_TAPS(tiling, function)                                                           \
    switch ((tiling)->axis[0].taps * 4 + (tiling)->axis[1].taps) {                                 \
    case 4 * 1 + 1:                                                                                \
        function(1, 1);                                                                            \
        break;                                                                                     \
    case 4 * 1 + 2:                                                                                \
        function(1, 2);                                                                            \
        break;                                                                                     \
    case 4 * 1 + 3:                                                                                \
        function(1, 3);                                                                            \
        break;                                                                                     \
    case 4 * 2 + 1:                                                                                \
        function(2, 1);                                                                            \
        break;                                                                                     \
    case 4 * 2 + 2:                                                                                \
        function(2, 2);                                                                            \
        break;                                                                                     \
    case 4 * 2 + 3:                                                                                \
        function(2, 3);                                                                            \
        break;                                                                                     \
    case 4 * 3 + 1:                                                                                \
        function(3, 1);                                                                            \
        break;                                                                                     \
    case 4 * 3 + 2:                                                                                \
        function(3, 2);                                                                            \
        break;                                                                                     \
    default:                                                                                       \
        function(3, 3);                                                                            \
        break;                                                                                     \
    }

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
