/* Max pooling. Forward takes a row of results at a time, tap by tap, so that vectors run over it; of
 * equal values the first tap's stays, and NaN wins. */
#include <math.h>
#include <string.h>

#include "nn/kernels/layer_kernels_real.h"

#include "base/checked.h"

/* Where the results and the indices of one row go; index may be NULL. */
struct row {
    real *y;
    int32_t *index;
};

/* Begins a row: nothing found yet, at the first pixel of each window. */
static void begin_row(const struct pleat__pool *p, int64_t first, struct row row) {
    for (int64_t o = 0; o < p->out[2]; o++)
        row.y[o] = -(real)INFINITY;
    for (int64_t o = 0; row.index != NULL && o < p->out[2]; o++)
        row.index[o] = (int32_t)(first + pleat__max(o * p->stride[2] - p->padding[2], 0));
}

/* Compares the results so far with the values of one tap column; x is the row of the plane that
 * begins at its pixel `first`. */
static void take_tap(const struct pleat__pool *p, int64_t tap, int64_t first, const real *x,
                     struct row row) {
    const int64_t s = p->stride[2], shift = tap - p->padding[2];
    const int64_t begin = shift < 0 ? pleat__ceil_divide(-shift, s) : 0;
    const int64_t end = pleat__min(p->out[2], pleat__floor_divide(p->in[2] - 1 - shift, s) + 1);
    for (int64_t o = begin; o < end; o++) {
        const real value = x[o * s + shift];
        const bool better = value > row.y[o] || isnan(value);
        row.y[o] = better ? value : row.y[o];
        if (row.index != NULL)
            row.index[o] = better ? (int32_t)(first + o * s + shift) : row.index[o];
    }
}

/* The taps of an axis that lie inside for output o are begin..end-1. */
static void tap_range(const struct pleat__pool *p, int axis, int64_t o, int64_t *begin,
                      int64_t *end) {
    const int64_t start = o * p->stride[axis] - p->padding[axis];
    *begin = pleat__max(start, 0);
    *end = pleat__min(start + p->kernel[axis], p->in[axis]);
}

void V(pleat__max_pool)(int64_t planes, const struct pleat__pool *p, const void *x, void *y,
                        int32_t *index, int threads) {
    const int64_t in_pixels = p->in[0] * p->in[1] * p->in[2], rows = p->out[0] * p->out[1];
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * in_pixels >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < planes * rows; i++) {
        const real *plane = (const real *)x + i / rows * in_pixels;
        const struct row row = {(real *)y + i * p->out[2],
                                index != NULL ? index + i * p->out[2] : NULL};
        int64_t d, d_end, h_begin, h_end;
        tap_range(p, 0, i % rows / p->out[1], &d, &d_end);
        tap_range(p, 1, i % p->out[1], &h_begin, &h_end);
        begin_row(p, (d * p->in[1] + h_begin) * p->in[2], row);
        for (; d < d_end; d++)
            for (int64_t h = h_begin; h < h_end; h++)
                for (int64_t tap = 0; tap < p->kernel[2]; tap++) {
                    const int64_t first = (d * p->in[1] + h) * p->in[2];
                    take_tap(p, tap, first, plane + first, row);
                }
    }
}

void V(pleat__max_pool_gradient)(int64_t planes, const struct pleat__pool *p, const void *gy,
                                 const int32_t *index, void *gx, int threads) {
    const int64_t in_pixels = p->in[0] * p->in[1] * p->in[2],
                  out_pixels = p->out[0] * p->out[1] * p->out[2];
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * in_pixels >= PLEAT__PARALLEL_COUNT)
    for (int64_t plane = 0; plane < planes; plane++) {
        const real *from = (const real *)gy + plane * out_pixels;
        const int32_t *at = index + plane * out_pixels;
        real *to = (real *)gx + plane * in_pixels;
        memset(to, 0, (size_t)in_pixels * sizeof *to);
        for (int64_t i = 0; i < out_pixels; i++)
            to[at[i]] += from[i];
    }
}
