/* How the direct method cuts a product. */
#ifndef PLEAT_CONV_DIRECT_TILING_H
#define PLEAT_CONV_DIRECT_TILING_H

#include <stddef.h>
#include <stdint.h>

#include "conv/geometry.h"

/* Pixels that the filter product correlates with all blocks while the coarse ones are in the L1 cache,
 * and their channels. */
enum { PLEAT__DIRECT_PIECE = 1024, PLEAT__DIRECT_ROWS = 4 };

/* A tile of coarse pixels, rows x columns, and the split fine rows that it meets (split.h). */
struct pleat__direct_tiling {
    int64_t rows, columns;
    int64_t phases; /* of fine rows: those that a tap meets */
    int64_t reach;  /* split rows that one coarse row meets, of one phase */
    int64_t plane;  /* elements of one phase of one tap column: (rows + reach - 1) columns */
    int64_t size;   /* and of all of a tile's split rows */
    int64_t images; /* filter product: tiles at once, */
    int64_t runs;   /* and runs of pixels that are copied at once */
    size_t buffer_bytes, weight_bytes; /* aligned */
    size_t lane_bytes;                 /* of the filter product's sums; aligned */
};

/* The fold product. A tile of fine pixels' positions before the stride, v in v S + q - P; it meets
 * reach - 1 coarse rows before its own and shifts - 1 columns. */
struct pleat__direct_fold_tiling {
    int64_t rows, columns;
    int64_t reach, shifts;
    int64_t pitch;                            /* elements of a copied coarse row, */
    int64_t plane;                            /* and of a copied channel */
    int64_t sum_ld;                           /* and of a row of sums */
    size_t weight_bytes, offset_bytes;        /* shared, aligned */
    size_t copy_bytes, sum_bytes, line_bytes; /* of a thread, aligned */
};

/* One tile: its first coarse row and column, and how many it has. */
struct pleat__tile {
    int64_t row, rows, column, columns;
};

/* The tiles of an image, and tile i of them, along the rows first. */
int64_t pleat__direct_tiles(const struct pleat__geometry *geometry,
                            const struct pleat__direct_tiling *tiling);
struct pleat__tile pleat__direct_tile(const struct pleat__geometry *geometry,
                                      const struct pleat__direct_tiling *tiling, int64_t i);

int64_t pleat__direct_fold_tiles(const struct pleat__geometry *geometry,
                                 const struct pleat__direct_fold_tiling *tiling);
struct pleat__tile pleat__direct_fold_tile(const struct pleat__geometry *geometry,
                                           const struct pleat__direct_fold_tiling *tiling,
                                           int64_t i);

#endif
