/* Vectors of taps, and the windows of fine pixels that they meet.
 *
 * Coarse column j meets all taps of a row at fine columns j S - P .. + KW - 1, its window: as many
 * vectors as the row of taps has. */
#ifndef PLEAT_CONV_TAPS_WINDOWS_H
#define PLEAT_CONV_TAPS_WINDOWS_H

#include "conv/geometry.h"
#include "conv/vector.h"

/* A row of taps is cut into vectors, of which the last ends with the row and begins with `over` lanes
 * of the one before: so no vector reaches beyond a window. */
static inline int64_t row_vectors(const struct pleat__geometry *g) {
    return pleat__ceil_divide(g->kernel[2], LANES);
}

/* The tap that a vector of a row begins with. */
static inline int64_t first_tap(const struct pleat__geometry *g, int64_t v) {
    return pleat__min(v * LANES, g->kernel[2] - LANES);
}

/* Copies a vector of a row of taps, without the lanes that the one before has. */
static inline void pack_vector(const struct pleat__geometry *g, const real *row, int64_t v,
                               real *to) {
    const int64_t tap = first_tap(g, v);
    store(to, load(row + tap));
    for (int64_t i = 0; i < v * LANES - tap; i++)
        to[i] = 0;
}

/* Copies a vector of the window of which row[first + i] or, outside row[0..size), 0 is lane i, from a
 * row of array[length]. */
static inline void copy_window(const real *array, int64_t length, int64_t row, int64_t size,
                               int64_t first, real *to) {
    if (row + first < 0 || row + first + LANES > length) {
        copy_padded(array + row, size, first, LANES, to);
        return;
    }
    /* beyond the row there are others, which may be read */
    const int64_t begin = pleat__max(0, pleat__min(LANES, -first));
    const int64_t end = pleat__max(begin, pleat__min(LANES, size - first));
    store(to, (vector)((lane_mask)load(array + row + first) & mask_lanes(begin, end)));
}

/* The coarse columns of a range in three parts: those whose windows lie in the fine rows are the
 * middle one. */
static inline void cut_columns(const struct pleat__geometry *g, struct pleat__range columns,
                               struct pleat__range parts[3]) {
    const int64_t first = pleat__ceil_divide(g->padding[2], g->stride[2]);
    const int64_t last =
        pleat__floor_divide(g->fine[2] - g->kernel[2] + g->padding[2], g->stride[2]);
    const int64_t begin = pleat__min(columns.end, pleat__max(columns.begin, first));
    const int64_t end = pleat__min(columns.end, pleat__max(begin, last + 1));
    parts[0] = (struct pleat__range){columns.begin, begin};
    parts[1] = (struct pleat__range){begin, end};
    parts[2] = (struct pleat__range){end, columns.end};
}

#endif
