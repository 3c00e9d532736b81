/* The split rows of a tile times the weights: the unfold product's pixels. */
#ifndef PLEAT_CONV_DIRECT_WEIGH_H
#define PLEAT_CONV_DIRECT_WEIGH_H

#include "conv/products.h"
#include "conv/variant.h"

struct pleat__weigh {
    const struct pleat__geometry *geometry;
    const struct pleat__direct_tiling *tiling;
    const int32_t *offset;                      /* split.h */
    const real *packed;                         /* pleat__weigh_pack */
    const real *bias;                           /* or NULL */
    const struct pleat__activation *activation; /* or NULL */
    real *coarse;
};

/* Packs w[G C][terms], a group after the other, by the team of a parallel region. */
void V(pleat__weigh_pack)(const struct pleat__geometry *geometry, const real *weight, real *packed);

/* The runs of a tile, and the pixels of each: all of a tile as wide as the image are one run,
 * otherwise its rows are. */
static inline int64_t pleat__weigh_runs(const struct pleat__geometry *geometry,
                                        struct pleat__tile tile) {
    return tile.columns == geometry->coarse[2] ? 1 : tile.rows;
}

/* Overwrites some pixels of a run of coarse, of one group of one image; image counts groups, split is
 * the tile's. Its bits do not depend on how a run is cut. */
void V(pleat__weigh)(const struct pleat__weigh *weigh, int64_t image, struct pleat__tile tile,
                     const real *split, int64_t run, struct pleat__range pixels);

#endif
