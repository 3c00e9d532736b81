/* fold (col2im) of one row in gather form. */
#include "conv/tiled/fold.h"

#include <string.h>

#include "base/checked.h"

static int64_t phase_size(const struct pleat__ring *ring) {
    return pleat__ceil_divide(ring->tile.end - ring->tile.begin, ring->geometry->stride[2]);
}

void V(pleat__fold_taps)(const struct pleat__ring *ring) {
    const struct pleat__geometry *g = ring->geometry;
    const int64_t stride = g->stride[2], count = ring->tile.end - ring->tile.begin;
    for (int64_t kw = ring->kernel_columns.begin; kw < ring->kernel_columns.end; kw++) {
        /* coarse cw reaches tile.begin + phase + j stride through kw, where cw = j + shift */
        const int64_t offset = ring->tile.begin + g->padding[2] - kw * g->dilation[2];
        const int64_t shift = pleat__ceil_divide(offset, stride);
        const int64_t phase = shift * stride - offset;
        const int64_t sums = phase < count ? (count - 1 - phase) / stride + 1 : 0;
        const int64_t begin = pleat__max(0, ring->coarse_columns.begin - shift);
        const int64_t end = pleat__min(sums, ring->coarse_columns.end - shift);
        ring->taps[kw] = (struct pleat__fold_tap){phase, shift - ring->coarse_columns.begin, begin,
                                                  pleat__max(begin, end)};
    }
}

/* Adds one coarse row's columns, [KW][slots][width], into the sums. */
static void add_coarse_row(const struct pleat__ring *ring, const real *columns) {
    const int64_t size = phase_size(ring);
    for (int64_t kw = ring->kernel_columns.begin; kw < ring->kernel_columns.end; kw++) {
        const struct pleat__fold_tap tap = ring->taps[kw];
        const real *restrict from =
            columns + (kw - ring->kernel_columns.begin) * ring->slots * ring->width;
        real *restrict sums = ring->sums + tap.phase * size;
        for (int64_t j = tap.begin; j < tap.end; j++)
            sums[j] += from[j + tap.shift];
    }
}

/* Interleaves the phases, each a row of `size` values, into the row. */
static void store_row(const real *restrict phases, int64_t size, int64_t stride, int64_t count,
                      real bias, real *restrict fine) {
    if (stride == 1) {
        for (int64_t i = 0; i < count; i++)
            fine[i] = phases[i] + bias;
    } else if (stride == 2) {
        const real *restrict odd = phases + size;
        for (int64_t j = 0; j < count / 2; j++) {
            fine[2 * j] = phases[j] + bias;
            fine[2 * j + 1] = odd[j] + bias;
        }
        if (count % 2 == 1)
            fine[count - 1] = phases[count / 2] + bias;
    } else {
        for (int64_t phase = 0; phase < pleat__min(stride, count); phase++)
            for (int64_t i = phase, j = 0; i < count; i += stride, j++)
                fine[i] = phases[phase * size + j] + bias;
    }
}

static void add_row(const real *sums, int64_t size, int64_t stride, int64_t count,
                    real *restrict fine) {
    for (int64_t i = 0; i < count; i++)
        fine[i] += sums[i % stride * size + i / stride];
}

/* The columns of row kh of the channel's filter that lie in the slot of this coarse row. */
static const real *row_columns(const struct pleat__ring *ring, int64_t channel, int64_t kh,
                               int64_t coarse_row) {
    const int64_t rows = ring->kernel_rows.end - ring->kernel_rows.begin;
    const int64_t matrix_row = (channel * rows + kh - ring->kernel_rows.begin) *
                               (ring->kernel_columns.end - ring->kernel_columns.begin);
    const int64_t slot = (coarse_row - ring->coarse_rows.begin) % ring->slots;
    return ring->columns + (matrix_row * ring->slots + slot) * ring->width;
}

/* Whether coarse row *row of the ring meets the fine row through kh. */
static bool is_met(const struct pleat__ring *ring, int64_t fine_row, int64_t kh, int64_t *row) {
    return pleat__meets(ring->geometry, 1, fine_row, kh, row) && *row >= ring->coarse_rows.begin &&
           *row < ring->coarse_rows.end;
}

/* Whether each phase of a row is one tap's columns from end to end: nothing overlaps and nothing is
 * cropped. */
static bool is_placed(const struct pleat__ring *ring) {
    const struct pleat__geometry *g = ring->geometry;
    return g->kernel[1] == g->stride[1] && g->kernel[2] == g->stride[2] && g->dilation[1] == 1 &&
           g->dilation[2] == 1 && g->padding[2] == 0 &&
           ring->kernel_rows.end - ring->kernel_rows.begin == g->kernel[1] &&
           ring->kernel_columns.end - ring->kernel_columns.begin == g->kernel[2] &&
           ring->tile.end - ring->tile.begin ==
               (ring->coarse_columns.end - ring->coarse_columns.begin) * g->stride[2];
}

void V(pleat__fold_row)(const struct pleat__ring *ring, int64_t channel, int64_t fine_row,
                        real bias, bool add, real *fine) {
    const struct pleat__geometry *g = ring->geometry;
    const int64_t count = ring->tile.end - ring->tile.begin, size = phase_size(ring);
    int64_t row;
    if (is_placed(ring)) {
        const int64_t kh = (fine_row + g->padding[1]) % g->stride[1];
        if (kh >= 0 && is_met(ring, fine_row, kh, &row)) {
            store_row(row_columns(ring, channel, kh, row), ring->slots * ring->width, g->stride[2],
                      count, bias, fine);
            return;
        }
    }
    const int64_t phases = pleat__min(g->stride[2], count);
    memset(ring->sums, 0, (size_t)(phases * size) * sizeof *ring->sums);
    for (int64_t kh = ring->kernel_rows.begin; kh < ring->kernel_rows.end; kh++)
        if (is_met(ring, fine_row, kh, &row))
            add_coarse_row(ring, row_columns(ring, channel, kh, row));
    if (add)
        add_row(ring->sums, size, g->stride[2], count, fine);
    else
        store_row(ring->sums, size, g->stride[2], count, bias, fine);
}
