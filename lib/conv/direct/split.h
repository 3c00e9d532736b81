/* Fine rows split so that taps are shifts.
 *
 * Coarse pixel (r, c) meets tap (kh, kw) at fine row r SH - PH + kh DH = SH (r + a) + q - PH, where
 * kh DH = SH a + q: in phase q of the rows it is a shift by a. So the split rows
 *
 *     split[f][kw][q][v][c] = fine[f][v SH + q - PH][c SW - PW + kw DW], or 0 outside,
 *
 * hold what tap (kh, kw) meets of coarse rows r.. as one run, and every fine pixel is copied KW / SW
 * times, where unfolding copies it KH KW / (SH SW) times. */
#ifndef PLEAT_CONV_DIRECT_SPLIT_H
#define PLEAT_CONV_DIRECT_SPLIT_H

#include "conv/method.h"
#include "conv/variant.h"

/* How many rows v a tile's split has, of all channels, tap columns and phases. */
int64_t V(pleat__split_rows)(const struct pleat__geometry *geometry,
                             const struct pleat__direct_tiling *tiling, struct pleat__tile tile);

/* Overwrites some of the split rows of fine[F][FH][FW], one group of one image, for one tile: a row
 * takes tiling->columns, of which tile.columns are written. */
void V(pleat__split)(const struct pleat__geometry *geometry,
                     const struct pleat__direct_tiling *tiling, const real *fine,
                     struct pleat__tile tile, struct pleat__range rows, real *split);

/* offset[F KW KH]: where a tap's run begins. Taps are terms in this order: those of one tap column meet
 * the same split rows. */
void V(pleat__split_offsets)(const struct pleat__geometry *geometry,
                             const struct pleat__direct_tiling *tiling, int32_t *offset);

/* Where number i of [f][rows][columns] is in [f][columns][rows]: terms to taps and back. */
static inline int64_t pleat__swap_axes(int64_t i, int64_t rows, int64_t columns) {
    const int64_t column = i % columns, row = i / columns % rows, f = i / columns / rows;
    return (f * columns + column) * rows + row;
}

#endif
