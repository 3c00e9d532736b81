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

/* How many lines a tile's split has: a line is one fine row of one channel, in all its tap columns. */
int64_t V(pleat__split_lines)(const struct pleat__geometry *geometry,
                              const struct pleat__direct_tiling *tiling, struct pleat__tile tile);

/* Overwrites some lines of the split rows of fine[F][FH][FW], one group of one image, for one tile:
 * a row takes tiling->columns, of which tile.columns are written. line is scratch of
 * tiling->line_bytes. */
void V(pleat__split)(const struct pleat__geometry *geometry,
                     const struct pleat__direct_tiling *tiling, const real *fine,
                     struct pleat__tile tile, struct pleat__range lines, real *line, real *split);

/* offset[F KH KW]: where a tap's run begins. */
void V(pleat__split_offsets)(const struct pleat__geometry *geometry,
                             const struct pleat__direct_tiling *tiling, int32_t *offset);

#endif
