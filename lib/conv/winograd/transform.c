/* The transforms, each an axis at a time; the numbers of taps are constants once inlined. */
#include "conv/winograd/transform.h"

#include <stddef.h>

/* v = B d */
INLINE void transform_samples(int taps, const vector *d, vector *v) {
    if (taps == 1) {
        v[0] = d[0];
    } else if (taps == 2) {
        v[0] = d[0] - d[1];
        v[1] = d[1];
        v[2] = d[1] - d[2];
    } else {
        v[0] = d[0] - d[2];
        v[1] = d[1] + d[2];
        v[2] = d[2] - d[1];
        v[3] = d[1] - d[3];
    }
}

/* y = A^T m */
INLINE void transform_results(int taps, const vector *m, vector *y) {
    if (taps == 1) {
        y[0] = m[0];
    } else if (taps == 2) {
        y[0] = m[0] + m[1];
        y[1] = m[1] - m[2];
    } else {
        y[0] = m[0] + m[1] + m[2];
        y[1] = m[1] - m[2] - m[3];
    }
}

/* v = A y */
INLINE void transform_pairs(int taps, const vector *y, vector *v) {
    v[0] = y[0];
    if (taps == 2) {
        v[1] = y[0] + y[1];
        v[2] = -y[1];
    } else if (taps == 3) {
        v[1] = y[0] + y[1];
        v[2] = y[0] - y[1];
        v[3] = -y[1];
    }
}

enum transform { SAMPLES, RESULTS, PAIRS };

INLINE void transform_axis(enum transform transform, int taps, const vector *from, vector *to) {
    if (transform == SAMPLES)
        transform_samples(taps, from, to);
    else if (transform == RESULTS)
        transform_results(taps, from, to);
    else
        transform_pairs(taps, from, to);
}

INLINE void transform_panels(enum transform transform, int row_taps, int column_taps, int64_t tiles,
                             const struct pleat__panels_in *in,
                             const struct pleat__panels_out *out) {
    const int rows = transform == PAIRS ? tile_of(row_taps) : elements_of(row_taps);
    const int columns = transform == PAIRS ? tile_of(column_taps) : elements_of(column_taps);
    const int new_rows = transform == RESULTS ? tile_of(row_taps) : elements_of(row_taps);
    const int new_columns = transform == RESULTS ? tile_of(column_taps) : elements_of(column_taps);
    for (int64_t i = 0; i < tiles / LANES; i++) {
        vector half[ELEMENTS][ELEMENTS]; /* [column][new row] */
#pragma GCC unroll 4
        for (int c = 0; c < columns; c++) {
            vector line[ELEMENTS];
#pragma GCC unroll 4
            for (int r = 0; r < rows; r++)
                line[r] = ((const vector *)(const void *)in->at[r][c])[i];
            transform_axis(transform, row_taps, line, half[c]);
        }
#pragma GCC unroll 4
        for (int r = 0; r < new_rows; r++) {
            vector line[ELEMENTS], whole[ELEMENTS];
#pragma GCC unroll 4
            for (int c = 0; c < columns; c++)
                line[c] = half[c][r];
            transform_axis(transform, column_taps, line, whole);
#pragma GCC unroll 4
            for (int c = 0; c < new_columns; c++)
                if (out->at[r][c] != NULL)
                    ((vector *)(void *)out->at[r][c])[i] = whole[c];
        }
    }
}

void V(pleat__winograd_samples)(const struct pleat__winograd *tiling, int64_t tiles,
                                const struct pleat__panels_in *samples,
                                const struct pleat__panels_out *elements) {
#define TRANSFORM(h, w) transform_panels(SAMPLES, h, w, tiles, samples, elements)
    PLEAT__BY_TAPS(tiling, TRANSFORM);
#undef TRANSFORM
}

void V(pleat__winograd_results)(const struct pleat__winograd *tiling,
                                const struct pleat__panels_in *elements,
                                const struct pleat__panels_out *pairs) {
#define TRANSFORM(h, w) transform_panels(RESULTS, h, w, PANEL, elements, pairs)
    PLEAT__BY_TAPS(tiling, TRANSFORM);
#undef TRANSFORM
}

void V(pleat__winograd_pairs)(const struct pleat__winograd *tiling, int64_t tiles,
                              const struct pleat__panels_in *pairs,
                              const struct pleat__panels_out *elements) {
#define TRANSFORM(h, w) transform_panels(PAIRS, h, w, tiles, pairs, elements)
    PLEAT__BY_TAPS(tiling, TRANSFORM);
#undef TRANSFORM
}
