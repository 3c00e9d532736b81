/* Cutting the taps method's products from the geometry of one image. */
#include "conv/taps/tiling.h"

#include <stdio.h>

#include "base/checked.h"
#include "conv/bounds.h"
#include "conv/method.h"

enum {
    MIN_TAPS = 16, /* of a row: a vector's elements, at the most */
    VECTOR_BYTES = 64,
    MIN_VECTOR_BYTES = 16,
    MAX_VECTORS = 8,             /* that are loaded at once */
    LINES_BYTES = 128 * 1024,    /* of a tile's rows of sums, in the L2 cache */
    WEIGHT_BYTES = 192 * 1024,   /* of packed weights, beside them */
    LARGEST_BYTES = 1024 * 1024, /* of one buffer, so that scratch stays within bounds */
    MOST_CHANNELS = 32,
    TILE_PIXELS = 64, /* so many repay the packing of weights */
    MAX_COLUMNS = 512,
    ITEMS = 4,      /* of an image, so that threads share it evenly */
    MAX_STRIDE = 64 /* of the rows: phases that are looked through for each item of fold */
};

static bool has_wide_rows(const struct pleat__geometry *g) {
    return pleat__is_moderate_plane(g) && g->dilation[2] == 1 && g->kernel[2] >= MIN_TAPS;
}

static bool prepare_unfold(struct pleat__work *work, const struct pleat__geometry *g,
                           int64_t element) {
    struct pleat__taps_unfold_tiling *t = &work->tiling.taps_unfold;
    (void)element;
    t->channels = pleat__even_piece(g->coarse_channels, MOST_CHANNELS);
    t->columns = pleat__even_piece(g->coarse[2], TILE_PIXELS);
    t->rows = pleat__even_piece(g->coarse[1], pleat__max(1, TILE_PIXELS / t->columns));
    t->weight_bytes = pleat__aligned_bytes(t->channels, PLEAT__TAPS_CHUNK_BYTES);
    t->window_bytes = pleat__aligned_bytes(PLEAT__TAPS_CHUNK_BYTES, MAX_VECTORS);
    /* two lists of terms of three numbers each */
    t->term_bytes =
        pleat__aligned_bytes(2 * PLEAT__TAPS_CHUNK_BYTES / MIN_VECTOR_BYTES, 3 * sizeof(int64_t));
    work->thread_bytes = t->weight_bytes + t->window_bytes + t->term_bytes;
    return true;
}

static bool prepare_filter(struct pleat__work *work, const struct pleat__geometry *g,
                           int64_t element) {
    (void)g, (void)element;
    work->thread_bytes = pleat__aligned_bytes(PLEAT__TAPS_PIXELS * MAX_VECTORS, VECTOR_BYTES);
    return true;
}

/* Sets the length of a row of sums and returns the bytes of a tile's. */
static int64_t lines_size(const struct pleat__geometry *g, struct pleat__taps_fold_tiling *t,
                          int64_t element) {
    t->line = (t->columns + t->reach - 2) * g->stride[2] + pleat__max(g->kernel[2], g->stride[2]);
    return t->rows * t->fine_channels * t->line * element;
}

static bool prepare_fold(struct pleat__work *work, const struct pleat__geometry *g,
                         int64_t element) {
    struct pleat__taps_fold_tiling *t = &work->tiling.taps_fold;
    const struct pleat__range down = pleat__positions(g, 1), across = pleat__positions(g, 2);
    const int64_t row_bytes = MAX_VECTORS * VECTOR_BYTES * g->kernel[1];
    if (row_bytes > LARGEST_BYTES || g->stride[2] > LARGEST_BYTES || g->stride[1] > MAX_STRIDE)
        return false;
    t->reach = pleat__ceil_divide(g->kernel[2], g->stride[2]);
    t->fine_channels =
        pleat__even_piece(g->fine_channels, pleat__max(1, 4 * MIN_TAPS / g->kernel[2]));
    t->channels = pleat__even_piece(g->coarse_channels, pleat__max(1, WEIGHT_BYTES / row_bytes));
    t->columns = pleat__even_piece(across.end - across.begin, MAX_COLUMNS);
    t->rows = 1;
    const int64_t parts =
        pleat__min(ITEMS, pleat__ceil_divide(g->fine_channels, t->fine_channels) * g->stride[1]);
    while (t->columns > 1 &&
           (lines_size(g, t, element) > LINES_BYTES ||
            (t->columns > 2 * t->reach && t->columns > TILE_PIXELS &&
             parts * pleat__ceil_divide(across.end - across.begin, t->columns) < ITEMS)))
        t->columns = pleat__ceil_divide(t->columns, 2);
    const int64_t fitting = LINES_BYTES / lines_size(g, t, element);
    t->rows = pleat__even_piece(down.end - down.begin, pleat__max(1, fitting));
    t->weight_bytes = pleat__aligned_bytes(t->channels, row_bytes);
    t->line_bytes = pleat__aligned_bytes(lines_size(g, t, element), 1);
    work->thread_bytes = t->weight_bytes + t->line_bytes;
    return t->line_bytes <= LARGEST_BYTES;
}

static bool prepare_kind(struct pleat__work *work, enum pleat__kind kind,
                         const struct pleat__geometry *g, int64_t element) {
    switch (kind) {
    case PLEAT__FOLD:
        return prepare_fold(work, g, element);
    case PLEAT__UNFOLD:
        return prepare_unfold(work, g, element);
    case PLEAT__FILTER:
        return prepare_filter(work, g, element);
    case PLEAT__BOTH:
    }
    return false;
}

static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *g, size_t element,
                                 struct pleat_error *error) {
    return has_wide_rows(g) && prepare_kind(work, kind, g, (int64_t)element)
               ? PLEAT_OK
               : pleat__refuse_geometry(pleat__taps_method.name, error);
}

static void describe(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]) {
    const struct pleat__taps_unfold_tiling *unfold = &work->tiling.taps_unfold;
    const struct pleat__taps_fold_tiling *fold = &work->tiling.taps_fold;
    if (kind == PLEAT__FOLD)
        snprintf(text, PLEAT_TILES_SIZE, "%lld x %lld positions before the stride of %lld channels",
                 (long long)fold->rows, (long long)fold->columns, (long long)fold->fine_channels);
    else if (kind == PLEAT__UNFOLD)
        snprintf(text, PLEAT_TILES_SIZE, "%lld x %lld coarse pixels of %lld channels",
                 (long long)unfold->rows, (long long)unfold->columns, (long long)unfold->channels);
    else
        snprintf(text, PLEAT_TILES_SIZE, "blocks of taps, %d pixels at once", PLEAT__TAPS_PIXELS);
}

const struct pleat__method pleat__taps_method = {"taps", prepare, describe};
