/* unfold (im2col): the matrix of which each column is the patch under one coarse pixel. */
#ifndef PLEAT_CONV_TILED_UNFOLD_H
#define PLEAT_CONV_TILED_UNFOLD_H

#include "conv/variant.h"
#include "conv/geometry.h"

/* columns[row - rows.begin][pixel - pixels.begin] = fine[f][fd][fh][fw], or 0 outside the image,
 * for rows (f, kd, kh, kw) of [F][KD][KH][KW] and coarse pixels (cd, ch, cw), where on each axis
 * fine = coarse stride - padding + tap dilation. fine[F][FD][FH][FW] is one group of one image;
 * columns is overwritten, dense. */
void V(pleat__unfold)(const struct pleat__geometry *geometry, const real *fine,
                      struct pleat__range rows, struct pleat__range pixels, real *columns);

#endif
