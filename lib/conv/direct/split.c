/* Splitting fine rows: what a tap column meets of a row is every stride-th element of it. */
#include "conv/direct/split.h"

#include <string.h>

#include "base/checked.h"
#include "conv/direct/strided.h"

/* Rows of one phase of the rows, one channel and one tap column: a plane of the split. */
struct plane {
    int64_t stride, columns;
    const real *fine;          /* of all channels, */
    int64_t size;              /* so many elements */
    int64_t first;             /* the column of a fine row that is the first of a split row */
    struct pleat__range valid; /* the columns of a split row that a fine row has */
};

static void take_each(const struct plane *p, const real *row, real *to) {
    if (p->valid.begin > 0)
        memset(to, 0, (size_t)p->valid.begin * sizeof(real));
    for (int64_t c = p->valid.begin; c < p->valid.end; c++)
        to[c] = row[p->first + c * p->stride];
    if (p->valid.end < p->columns)
        memset(to + p->valid.end, 0, (size_t)(p->columns - p->valid.end) * sizeof(real));
}

/* The row of fine that begins at `row`. Vectors read beyond the row what they do not use, but nothing
 * beyond fine. */
static void take_row(const struct plane *p, int64_t row, real *to) {
    const int64_t from = row + p->first;
    if (p->columns < LANES || p->stride > MOST_STRIDED || from < 0 ||
        from + p->columns * p->stride > p->size)
        take_each(p, p->fine + row, to);
    else if (p->stride == 1)
        take_strided(p->fine + from, 1, p->valid, p->columns, to);
    else if (p->stride == 2)
        take_strided(p->fine + from, 2, p->valid, p->columns, to);
    else if (p->stride == 3)
        take_strided(p->fine + from, 3, p->valid, p->columns, to);
    else
        take_strided(p->fine + from, 4, p->valid, p->columns, to);
}

/* The c of [0, columns) with 0 <= first + c stride < width. */
static struct pleat__range find_columns(int64_t first, int64_t stride, int64_t width,
                                        int64_t columns) {
    const int64_t begin = pleat__max(0, pleat__ceil_divide(-first, stride));
    const int64_t end = pleat__min(columns, pleat__ceil_divide(width - first, stride));
    return end <= begin ? (struct pleat__range){0, 0} : (struct pleat__range){begin, end};
}

int64_t V(pleat__split_rows)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                             struct pleat__tile tile) {
    return g->fine_channels * g->kernel[2] * t->phases * (tile.rows + t->reach - 1);
}

/* Some rows v of plane number i. */
static void split_plane(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                        const real *fine, struct pleat__tile tile, int64_t i,
                        struct pleat__range rows, real *split) {
    const int64_t phase = i % t->phases, column = i / t->phases;
    const int64_t channel = column / g->kernel[2], kw = column % g->kernel[2];
    struct plane p = {
        .stride = g->stride[2],
        .columns = tile.columns,
        .fine = fine,
        .size = g->fine_channels * pleat__fine_pixels(g),
        .first = tile.column * g->stride[2] - g->padding[2] + kw * g->dilation[2],
    };
    p.valid = find_columns(p.first, p.stride, g->fine[2], p.columns);
    for (int64_t v = rows.begin; v < rows.end; v++) {
        const int64_t u = (tile.row + v) * g->stride[1] + phase - g->padding[1];
        real *to = split + i * t->plane + v * t->columns;
        if (u >= 0 && u < g->fine[1])
            take_row(&p, (channel * g->fine[1] + u) * g->fine[2], to);
        else
            memset(to, 0, (size_t)tile.columns * sizeof(real));
    }
}

void V(pleat__split)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                     const real *fine, struct pleat__tile tile, struct pleat__range rows,
                     real *split) {
    const int64_t height = tile.rows + t->reach - 1;
    for (int64_t i = rows.begin; i < rows.end;) {
        const int64_t v = i % height, end = pleat__min(height, v + rows.end - i);
        split_plane(g, t, fine, tile, i / height, (struct pleat__range){v, end}, split);
        i += end - v;
    }
}

void V(pleat__split_offsets)(const struct pleat__geometry *g, const struct pleat__direct_tiling *t,
                             int32_t *offset) {
    for (int64_t column = 0; column < g->fine_channels * g->kernel[2]; column++)
        for (int64_t kh = 0; kh < g->kernel[1]; kh++) {
            const int64_t steps = kh * g->dilation[1];
            const int64_t plane = column * t->phases + steps % g->stride[1];
            *offset++ = (int32_t)(plane * t->plane + steps / g->stride[1] * t->columns);
        }
}
