/* Splitting fine rows: what each tap column meets of a row is every stride-th element of it. */
#include "conv/direct/split.h"

#include <string.h>

#include "base/checked.h"
#include "conv/direct/strided.h"

/* The columns of a run that a tap finds in a row of `width`: c with 0 <= first + c stride < width. */
INLINE struct pleat__range find_columns(int64_t first, const int stride, int64_t width) {
    return (struct pleat__range){pleat__ceil_divide(-first, stride),
                                 pleat__ceil_divide(width - first, stride)};
}

/* The runs of all tap columns of a row of `width`, whose column `first` the first tap meets first. */
INLINE void take_runs(const struct pleat__geometry *g, const real *row, const int stride,
                      int64_t first, int64_t width, int64_t columns, int64_t apart, real *to) {
    for (int64_t kw = 0; kw < g->kernel[2]; kw++, first += g->dilation[2], to += apart)
        take_strided(row + first, stride, find_columns(first, stride, width), columns, to);
}

static void take_row(const struct pleat__geometry *g, const real *row, int64_t first, int64_t width,
                     int64_t columns, int64_t apart, real *to) {
    const int64_t stride = g->stride[2];
    if (columns < LANES || stride > MOST_STRIDED)
        for (int64_t kw = 0; kw < g->kernel[2]; kw++, first += g->dilation[2], to += apart)
            for (int64_t c = 0; c < columns; c++)
                to[c] = row[first + c * stride];
    else if (stride == 1)
        take_runs(g, row, 1, first, width, columns, apart, to);
    else if (stride == 2)
        take_runs(g, row, 2, first, width, columns, apart, to);
    else if (stride == 3)
        take_runs(g, row, 3, first, width, columns, apart, to);
    else
        take_runs(g, row, 4, first, width, columns, apart, to);
}

/* One fine row, place elements into fine[size], for all tap columns: runs of tile.columns that are
 * `apart` elements apart. Vectors read beyond the row, what they do not use; where that would be
 * beyond fine, or vectors are not whole, they are taken from a padded copy: line is scratch. */
static void split_line(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                       const real *fine, int64_t size, int64_t place, struct pleat__tile tile,
                       real *line, int64_t apart, real *to) {
    const int64_t first = tile.column * g->stride[2] - g->padding[2], width = g->fine[2];
    const bool vectors = tile.columns >= LANES && g->stride[2] <= MOST_STRIDED;
    if (vectors && place + first >= 0 && place + first + t->line <= size) {
        take_row(g, fine + place, first, width, tile.columns, apart, to);
        return;
    }
    copy_padded(fine + place, width, first, t->line, line);
    take_row(g, line, 0, t->line, tile.columns, apart, to);
}

int64_t V(pleat__split_lines)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                              struct pleat__tile tile) {
    return g->fine_channels * t->phases * (tile.rows + t->reach - 1);
}

void V(pleat__split)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                     const real *fine, struct pleat__tile tile, struct pleat__range lines,
                     real *line, real *split) {
    const int64_t rows = tile.rows + t->reach - 1, apart = t->phases * t->plane;
    const int64_t size = g->fine_channels * pleat__fine_pixels(g);
    for (int64_t i = lines.begin; i < lines.end; i++) {
        const int64_t plane = i / rows, v = i % rows;
        const int64_t channel = plane / t->phases, phase = plane % t->phases;
        const int64_t u = (tile.row + v) * g->stride[1] + phase - g->padding[1];
        real *to = split + channel * g->kernel[2] * apart + phase * t->plane + v * t->columns;
        if (u >= 0 && u < g->fine[1])
            split_line(g, t, fine, size, (channel * g->fine[1] + u) * g->fine[2], tile, line, apart,
                       to);
        else
            for (int64_t kw = 0; kw < g->kernel[2]; kw++)
                memset(to + kw * apart, 0, (size_t)tile.columns * sizeof(real));
    }
}

void V(pleat__split_offsets)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                             int32_t *offset) {
    for (int64_t f = 0; f < g->fine_channels; f++)
        for (int64_t kh = 0; kh < g->kernel[1]; kh++)
            for (int64_t kw = 0; kw < g->kernel[2]; kw++) {
                const int64_t steps = kh * g->dilation[1];
                const int64_t plane = (f * g->kernel[2] + kw) * t->phases + steps % g->stride[1];
                *offset++ = (int32_t)(plane * t->plane + steps / g->stride[1] * t->columns);
            }
}
