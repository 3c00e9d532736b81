/* G h G^T of each phase's taps, for eight filters side by side. */
#include "conv/winograd/weights.h"

#include <string.h>

#include "base/checked.h"
#include "conv/winograd/transform.h"
#include "conv/winograd/transpose.h"

/* One pair of phases: where its taps lie among the filter's and its elements among the products. */
struct pair {
    int64_t tap[3][3];                   /* the filter's number of taps, where there is none */
    int64_t product[ELEMENTS][ELEMENTS]; /* -1 where the element is not used */
};

/* u = G h */
INLINE void transform_taps(int taps, const lanes *h, lanes *u) {
    if (taps == 1) {
        u[0] = h[0];
    } else if (taps == 2) {
        u[0] = h[0];
        u[1] = h[0] + h[1];
        u[2] = h[1];
    } else {
        const lanes even = (real)0.5 * (h[0] + h[2]), odd = (real)0.5 * h[1];
        u[0] = h[0];
        u[1] = even + odd;
        u[2] = even - odd;
        u[3] = h[2];
    }
}

INLINE void transform_pair(int row_taps, int column_taps, const struct pair *pair,
                           const lanes *filters, int64_t stride, real *to) {
    lanes half[ELEMENTS][3];
#pragma GCC unroll 4
    for (int b = 0; b < column_taps; b++) {
        lanes line[3], whole[ELEMENTS];
#pragma GCC unroll 4
        for (int a = 0; a < row_taps; a++)
            line[a] = filters[pair->tap[a][b]];
        transform_taps(row_taps, line, whole);
#pragma GCC unroll 4
        for (int i = 0; i < elements_of(row_taps); i++)
            half[i][b] = whole[i];
    }
#pragma GCC unroll 4
    for (int i = 0; i < elements_of(row_taps); i++) {
        lanes whole[ELEMENTS];
        transform_taps(column_taps, half[i], whole);
#pragma GCC unroll 4
        for (int j = 0; j < elements_of(column_taps); j++)
            if (pair->product[i][j] >= 0)
                *(lanes *)(void *)(to + pair->product[i][j] * stride) = whole[j];
    }
}

/* Spreads the filters' taps: to[tap][lane]. Lanes beyond the number repeat the last. */
static void load_filters(const struct pleat__filters *f, int64_t taps, const real *from,
                         lanes *to) {
    const real *filter[ROWS];
    for (int64_t lane = 0; lane < ROWS; lane++)
        filter[lane] = from + pleat__min(lane, f->lanes - 1) * f->lane_stride;
    int64_t tap = 0;
    for (; tap + 8 <= taps; tap += 8) {
        for (int lane = 0; lane < ROWS; lane++)
            memcpy(&to[tap + lane], filter[lane] + tap, sizeof *to);
        pleat__transpose(to + tap);
    }
    for (; tap < taps; tap++)
        for (int lane = 0; lane < ROWS; lane++)
            ((real *)&to[tap])[lane] = filter[lane][tap];
}

/* The taps of phase p of axis i (0 or 1), in the order asked for; -1 where there is none. */
static void find_taps(const struct pleat__geometry *g, const struct pleat__winograd_axis *axis,
                      int i, int64_t phase, bool reversed, int64_t tap[3]) {
    for (int a = 0; a < axis->taps; a++) {
        const int64_t at = phase + (reversed ? axis->taps - 1 - a : a) * g->stride[i + 1];
        tap[a] = at < g->kernel[i + 1] ? at : -1;
    }
}

static struct pair find_pair(const struct pleat__geometry *g, const struct pleat__winograd *tiling,
                             const struct pleat__winograd_part *part, int64_t row, int64_t column,
                             bool reversed) {
    const struct pleat__winograd_axis *h = &tiling->axis[0], *w = &tiling->axis[1];
    struct pair pair;
    int64_t rows[3], columns[3];
    find_taps(g, h, 0, part->phases[0].begin + row, reversed, rows);
    find_taps(g, w, 1, part->phases[1].begin + column, reversed, columns);
    for (int a = 0; a < h->taps; a++)
        for (int b = 0; b < w->taps; b++)
            pair.tap[a][b] = rows[a] < 0 || columns[b] < 0 ? g->kernel[1] * g->kernel[2]
                                                           : rows[a] * g->kernel[2] + columns[b];
    for (int i = 0; i < h->elements; i++)
        for (int j = 0; j < w->elements; j++)
            pair.product[i][j] = row < part->used[0][i] && column < part->used[1][j]
                                     ? part->first[i][j] + row * part->used[1][j] + column
                                     : -1;
    return pair;
}

/* Stores the pairs of all parts and returns their number. */
static int64_t find_pairs(const struct pleat__geometry *g, const struct pleat__winograd *tiling,
                          bool reversed, struct pair *pairs) {
    int64_t count = 0;
    for (int index = 0; index < tiling->axis[0].parts * tiling->axis[1].parts; index++) {
        const struct pleat__winograd_part part = pleat__winograd_part(tiling, index);
        const int64_t rows = part.phases[0].end - part.phases[0].begin;
        const int64_t columns = part.phases[1].end - part.phases[1].begin;
        for (int64_t i = 0; i < rows * columns; i++)
            pairs[count++] = find_pair(g, tiling, &part, i / columns, i % columns, reversed);
    }
    return count;
}

INLINE void transform_weights(int row_taps, int column_taps, const struct pair *pairs,
                              int64_t count, int64_t taps, const struct pleat__filters *f,
                              const real *weight, int64_t stride, real *to) {
    lanes filters[PLEAT__WINOGRAD_MAX_TAPS + 1];
    filters[taps] = (lanes){0};
    for (int64_t k = 0; k < f->depth; k++) {
        load_filters(f, taps, weight + k * f->depth_stride, filters);
        for (int64_t i = 0; i < count; i++)
            transform_pair(row_taps, column_taps, &pairs[i], filters, stride, to + k * ROWS);
    }
}

void V(pleat__winograd_weights)(const struct pleat__geometry *g,
                                const struct pleat__winograd *tiling,
                                const struct pleat__filters *f, bool reversed, const real *weight,
                                real *transformed) {
    struct pair pairs[PLEAT__WINOGRAD_MAX_TAPS];
    const int64_t count = find_pairs(g, tiling, reversed, pairs);
    const int64_t taps = g->kernel[1] * g->kernel[2];
    const int64_t stride = tiling->weight_stride;
#define TRANSFORM(h, w) transform_weights(h, w, pairs, count, taps, f, weight, stride, transformed)
    PLEAT__BY_TAPS(tiling, TRANSFORM);
}

/* h = G^T u */
INLINE void transform_taps_back(int taps, const lanes *u, lanes *h) {
    if (taps == 1) {
        h[0] = u[0];
    } else if (taps == 2) {
        h[0] = u[0] + u[1];
        h[1] = u[1] + u[2];
    } else {
        const lanes even = (real)0.5 * (u[1] + u[2]);
        h[0] = u[0] + even;
        h[1] = (real)0.5 * (u[1] - u[2]);
        h[2] = even + u[3];
    }
}

INLINE void transform_pair_back(int row_taps, int column_taps, const struct pair *pair,
                                const real *sums, int64_t stride, lanes *filters) {
    lanes half[ELEMENTS][3];
#pragma GCC unroll 4
    for (int i = 0; i < elements_of(row_taps); i++) {
        lanes line[ELEMENTS];
#pragma GCC unroll 4
        for (int j = 0; j < elements_of(column_taps); j++)
            line[j] = pair->product[i][j] < 0
                          ? (lanes){0}
                          : *(const lanes *)(const void *)(sums + pair->product[i][j] * stride);
        transform_taps_back(column_taps, line, half[i]);
    }
#pragma GCC unroll 4
    for (int b = 0; b < column_taps; b++) {
        lanes line[ELEMENTS], whole[3];
#pragma GCC unroll 4
        for (int i = 0; i < elements_of(row_taps); i++)
            line[i] = half[i][b];
        transform_taps_back(row_taps, line, whole);
#pragma GCC unroll 4
        for (int a = 0; a < row_taps; a++)
            filters[pair->tap[a][b]] = whole[a];
    }
}

/* Adds from[tap][lane] to the filters' taps. */
static void add_filters(const struct pleat__filters *f, int64_t taps, lanes *from, real *to) {
    int64_t tap = 0;
    for (; tap + 8 <= taps; tap += 8) {
        pleat__transpose(from + tap);
        for (int64_t lane = 0; lane < f->lanes; lane++) {
            lanes sum;
            memcpy(&sum, to + lane * f->lane_stride + tap, sizeof sum);
            sum += from[tap + lane];
            memcpy(to + lane * f->lane_stride + tap, &sum, sizeof sum);
        }
    }
    for (; tap < taps; tap++)
        for (int64_t lane = 0; lane < f->lanes; lane++)
            to[lane * f->lane_stride + tap] += ((const real *)&from[tap])[lane];
}

INLINE void add_weights(int row_taps, int column_taps, const struct pair *pairs, int64_t count,
                        int64_t taps, const struct pleat__filters *f,
                        const struct pleat__filter_sums *sums, real *weight) {
    lanes filters[PLEAT__WINOGRAD_MAX_TAPS + 1]; /* the last for taps that are not there */
    for (int64_t k = 0; k < f->depth; k++) {
        for (int64_t i = 0; i < count; i++)
            transform_pair_back(row_taps, column_taps, &pairs[i],
                                sums->first + k * sums->depth_stride, sums->product_stride,
                                filters);
        add_filters(f, taps, filters, weight + k * f->depth_stride);
    }
}

void V(pleat__winograd_add_weights)(const struct pleat__geometry *g,
                                    const struct pleat__winograd *tiling,
                                    const struct pleat__filters *f,
                                    const struct pleat__filter_sums *sums, real *weight) {
    struct pair pairs[PLEAT__WINOGRAD_MAX_TAPS];
    const int64_t count = find_pairs(g, tiling, false, pairs);
    const int64_t taps = g->kernel[1] * g->kernel[2];
#define ADD(h, w) add_weights(h, w, pairs, count, taps, f, sums, weight)
    PLEAT__BY_TAPS(tiling, ADD);
}
