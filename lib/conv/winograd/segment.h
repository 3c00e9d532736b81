/* Walking a run of tiles by the rows of the images. */
#ifndef PLEAT_CONV_WINOGRAD_SEGMENT_H
#define PLEAT_CONV_WINOGRAD_SEGMENT_H

#include "base/checked.h"
#include "conv/vector.h"
#include "conv/winograd/tiles.h"

/* Tiles column..column + count - 1 of one row of tiles of one image, at `flat` in the run. */
struct pleat__segment {
    int64_t image, row, column, count, flat;
};

static inline struct pleat__segment pleat__segment_first(const struct pleat__tile_run *run) {
    const int64_t line = run->begin / run->columns, column = run->begin % run->columns;
    return (struct pleat__segment){line / run->rows, line % run->rows, column,
                                   pleat__min(run->count, run->columns - column), 0};
}

/* Moves on; the count is 0 after the last. */
static inline void pleat__segment_next(struct pleat__segment *s,
                                       const struct pleat__tile_run *run) {
    s->flat += s->count;
    s->column = 0;
    s->count = pleat__min(run->count - s->flat, run->columns);
    if (++s->row == run->rows) {
        s->row = 0;
        s->image++;
    }
}

/* Asks the caches for row[begin..end), cut to its extent. */
static inline void pleat__prefetch_pixels(const real *row, int64_t begin, int64_t end,
                                          int64_t extent) {
    for (int64_t i = pleat__max(0, begin); i < pleat__min(end, extent); i += LINE)
        __builtin_prefetch(row + i);
}

#endif
