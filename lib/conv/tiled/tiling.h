/* How the products are cut into tiles, so that columns stay in the L2 cache. */
#ifndef PLEAT_CONV_TILED_TILING_H
#define PLEAT_CONV_TILED_TILING_H

#include <stddef.h>
#include <stdint.h>

#include "conv/geometry.h"

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

/* A fine row split by stride into phases: fine column tile.begin + phase + j stride is sum j of its
 * phase. Tap kw adds its columns begin + shift .. end - 1 + shift to sums begin..end - 1. */
struct pleat__fold_tap {
    int64_t phase, shift, begin, end;
};

/* The unfold and the filter product, alone or both at once: tiles of coarse pixels by chunks of rows
 * of the unfolded matrix [F K][coarse pixels]; the filter product cuts a chunk into blocks. */
struct pleat__unfold_tiling {
    int64_t pixels; /* a tile: as deep as one sgemm of the filter product */
    int64_t part;   /* of them, for one of the unfold product */
    int64_t rows;   /* a chunk */
    int64_t block;  /* rows of the filter product */
    int64_t slots;  /* of both at once: tiles that a thread has room for, twice */
};

/* The tiles of one group of an image, and the pixels of tile i. */
int64_t pleat__unfold_tiles(const struct pleat__geometry *geometry,
                            const struct pleat__unfold_tiling *tiling);
struct pleat__range pleat__unfold_pixels(const struct pleat__geometry *geometry,
                                         const struct pleat__unfold_tiling *tiling, int64_t i);

/* The part of a tile's pixels that begins there. */
static inline struct pleat__range pleat__unfold_part(const struct pleat__unfold_tiling *tiling,
                                                     struct pleat__range pixels, int64_t begin) {
    const int64_t end = begin + tiling->part;
    return (struct pleat__range){begin, end < pixels.end ? end : pixels.end};
}

/* The chunks of the matrix, and the rows of chunk i; the blocks of a chunk, and the rows of one: an
 * empty range where the last chunk has fewer. */
int64_t pleat__unfold_chunks(const struct pleat__geometry *geometry,
                             const struct pleat__unfold_tiling *tiling);
struct pleat__range pleat__unfold_chunk(const struct pleat__geometry *geometry,
                                        const struct pleat__unfold_tiling *tiling, int64_t i);
int64_t pleat__unfold_blocks(const struct pleat__unfold_tiling *tiling);
struct pleat__range pleat__unfold_block(const struct pleat__geometry *geometry,
                                        const struct pleat__unfold_tiling *tiling, int64_t chunk,
                                        int64_t block);

#endif
