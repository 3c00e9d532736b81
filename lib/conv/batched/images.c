/* Transposing blocks of images. */
#include "conv/batched/images.h"

#include "conv/batched/transpose.h"

/* Elements after which a row is asked for: sixteen rows are more than the machine foresees. */
enum { AHEAD = 256 / sizeof(real) };

/* Transposes LANES elements of that many images; the others are 0. */
INLINE void gather_block(const real *from, int64_t distance, int64_t images, real *to) {
    vector v[LANES];
    for (int k = 0; k < LANES; k++) {
        v[k] = k < images ? load(from + k * distance) : (vector){0};
        __builtin_prefetch(from + k * distance + AHEAD);
    }
    transpose(v);
    for (int k = 0; k < LANES; k++)
        store(to + k * LANES, v[k]);
}

void V(pleat__gather_images)(const real *from, int64_t distance, int64_t images, int64_t size,
                             real *to) {
    int64_t i = 0;
    if (images == LANES)
        for (; i + LANES <= size; i += LANES)
            gather_block(from + i, distance, LANES, to + i * LANES);
    for (; i + LANES <= size; i += LANES)
        gather_block(from + i, distance, images, to + i * LANES);
    for (; i < size; i++)
        for (int k = 0; k < LANES; k++)
            to[i * LANES + k] = k < images ? from[k * distance + i] : 0;
}

INLINE void scatter_block(const real *from, int64_t distance, int64_t images, real *to) {
    vector v[LANES];
    for (int k = 0; k < LANES; k++)
        v[k] = load(from + k * LANES);
    transpose(v);
    for (int k = 0; k < LANES; k++)
        if (k < images)
            store(to + k * distance, v[k]);
}

void V(pleat__scatter_images)(const real *from, int64_t distance, int64_t images, int64_t size,
                              real *to) {
    int64_t i = 0;
    if (images == LANES)
        for (; i + LANES <= size; i += LANES)
            scatter_block(from + i * LANES, distance, LANES, to + i);
    for (; i + LANES <= size; i += LANES)
        scatter_block(from + i * LANES, distance, images, to + i);
    for (; i < size; i++)
        for (int k = 0; k < images; k++)
            to[k * distance + i] = from[i * LANES + k];
}
