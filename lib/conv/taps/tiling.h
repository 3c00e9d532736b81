/* How the taps method cuts a product. */
#ifndef PLEAT_CONV_TAPS_TILING_H
#define PLEAT_CONV_TAPS_TILING_H

#include <stddef.h>
#include <stdint.h>

#include "conv/geometry.h"

enum {
    PLEAT__TAPS_CHUNK_BYTES =
        6144,                /* of a channel's weights, that the unfold product packs at once */
    PLEAT__TAPS_PIXELS = 256 /* that the filter product sums at once, in registers */
};

/* The unfold product: tiles of coarse pixels. */
struct pleat__taps_unfold_tiling {
    int64_t rows, columns;
    int64_t channels;                              /* coarse ones, of an item */
    size_t weight_bytes, window_bytes, term_bytes; /* aligned */
};

/* The fold product: tiles of fine positions before the stride, v in v S + q - P, of one phase q of
 * the rows. On the last axis the first pixel that reaches a tile is reach - 1 before its own. */
struct pleat__taps_fold_tiling {
    int64_t rows, columns, reach;
    int64_t fine_channels;           /* of an item, */
    int64_t channels;                /* and coarse ones whose weights are packed at once */
    int64_t line;                    /* elements of a row of sums */
    size_t weight_bytes, line_bytes; /* aligned */
};

#endif
