/* How the products are cut into tiles, so that columns stay in the L2 cache. All of it follows from
 * the geometry of one image and the size of an element alone: the same tiles, and so the same
 * bits, for any batch, number of threads and scratch. */
#ifndef PLEAT_CONV_TILING_H
#define PLEAT_CONV_TILING_H

#include <stddef.h>
#include <stdint.h>

#include "conv/geometry.h"

/* The fold product. An item of work is one block of fine channels of one fine plane, a strip of its
 * rows, a tile of its columns. It moves down the coarse rows; the columns of the last `slots` of
 * them are kept as a ring, of which each fine row gathers its taps. */
struct pleat__fold_tiling {
    int64_t channels;    /* fine channels a block */
    int64_t kernel_rows; /* rows of the filter unfolded at once: all, but for huge filters */
    int64_t rows;        /* coarse rows a sgemm */
    int64_t slots;       /* coarse rows that the ring holds, a multiple of rows */
    int64_t strip;       /* fine rows an item */
    int64_t tile;        /* fine columns an item */
    int64_t width;       /* coarse columns that a slot holds */
    size_t sum_bytes, tap_bytes; /* aligned */
    size_t thread_bytes;
    size_t packed_bytes; /* the weight, packed by planes of taps: three-dimensional filters only */
};

/* The unfold and the filter product: tiles of `pixels` coarse pixels by `rows` rows of the unfolded
 * matrix [F K][coarse pixels]. */
struct pleat__unfold_tiling {
    int64_t rows, pixels;
    size_t thread_bytes;
};

struct pleat__tiling {
    struct pleat__fold_tiling fold;
    struct pleat__unfold_tiling unfold, filter;
};

/* Overwrites *tiling. PLEAT_SIZE_OVERFLOW where one tile's bytes cannot be counted. */
enum pleat_status pleat__tiling_create(struct pleat__tiling *tiling,
                                       const struct pleat__geometry *geometry, size_t element,
                                       struct pleat_error *error);

#endif
