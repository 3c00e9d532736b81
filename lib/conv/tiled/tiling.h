/* How the products are cut into tiles, so that columns stay in the L2 cache. */
#ifndef PLEAT_CONV_TILING_H
#define PLEAT_CONV_TILING_H

#include <stddef.h>
#include <stdint.h>

/* The fold product. An item of work is one block of fine channels of one fine plane, a strip of its
 * rows, a tile of its columns. It moves down the coarse rows; the columns of the last `slots` of
 * them are kept as a ring, of which each fine row gathers its taps. */
struct pleat__fold_tiling {
    int64_t channels;                    /* fine channels a block */
    int64_t kernel_rows, kernel_columns; /* of the filter, unfolded at once: all, but for huge ones
                                            (kernel_columns below all: kernel_rows is 1) */
    int64_t rows;                        /* coarse rows a sgemm */
    int64_t slots;                       /* coarse rows that the ring holds, a multiple of rows */
    int64_t strip;                       /* fine rows an item */
    int64_t tile;                        /* fine columns an item */
    int64_t width;                       /* coarse columns that a slot holds */
    size_t sum_bytes, tap_bytes;         /* aligned */
};

/* The unfold and the filter product: tiles of `pixels` coarse pixels by `rows` rows of the unfolded
 * matrix [F K][coarse pixels]. */
struct pleat__unfold_tiling {
    int64_t rows, pixels;
};

#endif
