/* Splitting fine rows: a row, padded with zeros, is split once by the stride of its columns; a tap
 * column is then a run of one of the parts. */
#include "conv/direct/split.h"

#include <string.h>

#include "base/checked.h"
#include "conv/vector.h"

/* to[i] = from[i stride], for whole vectors. */
INLINE void take_strided(const real *restrict from, int64_t stride, int64_t count,
                         real *restrict to) {
    for (int64_t i = 0; i < count; i += LANES)
        for (int j = 0; j < LANES; j++)
            to[i + j] = from[(i + j) * stride];
}

static void copy_strided(const real *from, int64_t stride, int64_t count, real *to) {
    if (stride == 1)
        copy_run(from, count, to);
    else if (stride == 2)
        take_strided(from, 2, count, to);
    else if (stride == 3)
        take_strided(from, 3, count, to);
    else
        take_strided(from, stride, count, to);
}

/* One fine row for all tap columns: runs of tile.columns that are `apart` elements apart. line is
 * scratch. */
static void split_line(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                       const real *row, struct pleat__tile tile, real *line, int64_t apart,
                       real *to) {
    const int64_t stride = g->stride[2], dilation = g->dilation[2], kernel = g->kernel[2];
    const int64_t first = tile.column * stride - g->padding[2];
    real *parts = line + t->line;
    copy_padded(row, g->fine[2], first, t->line, line);
    for (int64_t kw = 0; kw < pleat__min(kernel, stride); kw++)
        copy_strided(line + kw * dilation, stride, t->part, parts + kw * t->part);
    int64_t part = 0, shift = 0;
    for (int64_t kw = 0; kw < kernel; kw++, to += apart) {
        copy_run(parts + part * t->part + shift, tile.columns, to);
        if (++part == stride)
            part = 0, shift += dilation;
    }
}

int64_t V(pleat__split_lines)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                              struct pleat__tile tile) {
    return g->fine_channels * t->phases * (tile.rows + t->reach - 1);
}

void V(pleat__split)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                     const real *fine, struct pleat__tile tile, struct pleat__range lines,
                     real *line, real *split) {
    const int64_t rows = tile.rows + t->reach - 1, apart = t->phases * t->plane;
    for (int64_t i = lines.begin; i < lines.end; i++) {
        const int64_t plane = i / rows, v = i % rows;
        const int64_t channel = plane / t->phases, phase = plane % t->phases;
        const int64_t u = (tile.row + v) * g->stride[1] + phase - g->padding[1];
        real *to = split + channel * g->kernel[2] * apart + phase * t->plane + v * t->columns;
        if (u >= 0 && u < g->fine[1])
            split_line(g, t, fine + (channel * g->fine[1] + u) * g->fine[2], tile, line, apart, to);
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
