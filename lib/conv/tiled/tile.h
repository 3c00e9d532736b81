/* One tile of the unfolded matrix, and what it is multiplied by. */
#ifndef PLEAT_CONV_TILED_TILE_H
#define PLEAT_CONV_TILED_TILE_H

#include "conv/geometry.h"
#include "conv/variant.h"

/* Rows [F K] and coarse pixels of one group of one image; image counts groups. */
struct pleat__matrix_tile {
    int64_t image;
    struct pleat__range rows, pixels;
};

/* Overwrites columns[rows][pixels], dense, with the tile. */
void V(pleat__tile_unfold)(const struct pleat__geometry *geometry,
                           const struct pleat__matrix_tile *tile, const real *fine, real *columns);

/* coarse[C][part] = w[C][rows] . columns, for a part of the tile's pixels and the first rows; the
 * following ones add. bias[G C], or NULL, is added before. */
void V(pleat__tile_weigh)(const struct pleat__geometry *geometry,
                          const struct pleat__matrix_tile *tile, struct pleat__range part,
                          const real *weight, const real *bias, const real *columns, real *coarse);

/* grad_w[C][rows] += coarse[C][pixels] . columns^T, for those rows of the columns. */
void V(pleat__tile_correlate)(const struct pleat__geometry *geometry,
                              const struct pleat__matrix_tile *tile, const real *coarse,
                              const real *columns, real *grad_weight);

#endif
