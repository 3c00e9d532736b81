/* How the products are cut for Winograd's minimal filtering.
 *
 * Along one axis fine pixel u = stride j + p, where u counts from padding pixels before the plane's
 * first: phase p of the fine side meets coarse pixels by its own taps g_a = w[p + a stride],
 * a < R = ceil(kernel / stride) (the later phases may have one tap less). On each phase the products
 * are correlations at stride 1, and two neighbouring results of one cost R + 1 multiplications
 * instead of 2 R: F(2, R). A tile is two coarse pixels an axis (one where R is 1). In two dimensions
 * everything is the tensor product of the two axes.
 *
 *     R   B d (R + 1 samples)                  G h (the taps)                            A y (a pair)
 *     2   d0-d1, d1, d1-d2                     h0, h0+h1, h1                             y0, y0+y1, -y1
 *     3   d0-d2, d1+d2, d2-d1, d1-d3           h0, (h0+h1+h2)/2, (h0-h1+h2)/2, h2        y0, y0+y1, y0-y1, -y1
 *
 * and sum over j, b of y_j d_j+b h_b = sum over the elements e of (A y)_e (B d)_e (G h)_e, of which
 * each product computes one factor's gradient. Where the last tap is missing, so is one element.
 * The last element of a tile is the first one of the tile a pixel later.
 * S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms
 * for Convolutional Neural Networks, 2016. */
#ifndef PLEAT_CONV_WINOGRAD_TILING_H
#define PLEAT_CONV_WINOGRAD_TILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PLEAT__WINOGRAD_ELEMENTS = 4,      /* the most, of an axis */
    PLEAT__WINOGRAD_PARTS = 4,         /* the most, of both axes together */
    PLEAT__WINOGRAD_ROWS = 8,          /* channels that are multiplied at once */
    PLEAT__WINOGRAD_PANEL_BYTES = 128, /* of tiles that are multiplied at once */
    PLEAT__WINOGRAD_MAX_TAPS = 256,    /* of a filter */
    PLEAT__WINOGRAD_DEPTH = 64,        /* tiles at once of the filter product */
    PLEAT__WINOGRAD_PAD = 2 /* channels between arrays, lest they share the caches' sets */
};

/* Phases begin..end - 1, whose tiles begin at coarse pixel `first`. */
struct pleat__winograd_phases {
    int64_t begin, end, first;
};

struct pleat__winograd_axis {
    int taps;       /* R */
    int tile;       /* coarse pixels a tile */
    int elements;   /* tile + taps - 1 */
    int64_t phases; /* the stride */
    int64_t full;   /* phases below this have all R taps */
    /* The fold product may take the phases in two parts, whose tiles begin one pixel apart, where
     * that makes fewer tiles. Element e of part i is that of number i (elements - 1) + e. */
    int parts;
    struct pleat__winograd_phases part[2];
    int held;      /* elements of all parts */
    int64_t tiles; /* of one image */
};

/* How the tiles of one side are read. */
struct pleat__winograd_source {
    bool small; /* planes: their pixels are looked up */
    /* of scratch, aligned */
    size_t sample_bytes, buffer_bytes, table_bytes;
};

struct pleat__winograd {
    struct pleat__winograd_axis axis[2];
    int missing[2];        /* the element that phases without the last tap do without */
    int64_t products;      /* elements times phases */
    int64_t columns;       /* the most tiles at once: whole panels */
    int64_t weight_stride; /* elements from a product's weights to the next's: not a power of 2 */
    bool keeps_weights;    /* all weights are transformed once a call */
    struct pleat__winograd_source fine, coarse; /* those that are read */
    int64_t block;                              /* coarse channels a block of the filter product */
    /* of scratch, aligned */
    size_t weight_bytes, tile_bytes, sum_bytes, result_bytes, line_bytes, pair_bytes;
};

/* Whether there is anything to save, and so to transform: not where the kernel is the stride. */
bool pleat__winograd_transforms(const struct pleat__winograd *tiling);

/* The phases of one part of each axis, and where their products lie behind those of the parts before:
 * those of element (eh, ew) begin at first[eh][ew] and are those of its used[0][eh] x used[1][ew]
 * first phases. */
struct pleat__winograd_part {
    struct pleat__winograd_phases phases[2];
    int64_t used[2][PLEAT__WINOGRAD_ELEMENTS];
    int64_t first[PLEAT__WINOGRAD_ELEMENTS][PLEAT__WINOGRAD_ELEMENTS];
    int64_t end; /* of the products */
};

/* Part `index` of axis[0].parts axis[1].parts. */
struct pleat__winograd_part pleat__winograd_part(const struct pleat__winograd *tiling, int index);

#endif
