/* Cutting the direct method's products from the geometry of one image. */
#include "conv/direct/tiling.h"

#include <stdio.h>

#include "base/checked.h"
#include "conv/bounds.h"
#include "conv/method.h"

enum {
    BUFFER_BYTES = 384 * 1024,   /* of split rows, well inside the L2 cache */
    LARGEST_BYTES = 1024 * 1024, /* of one table or buffer, so that scratch stays within bounds */
    MAX_COLUMNS = 1024,
    MAX_STRIDE = 64,
    VECTOR = 16,     /* elements of the longest vector */
    MAX_VECTORS = 8, /* that are loaded at once */
    MAX_IMAGES = 64,
    ITEMS = 4, /* of an image, so that threads share it evenly */
};

static int64_t whole_vectors(int64_t count) {
    return pleat__ceil_divide(count, VECTOR) * VECTOR;
}

/* Whether taps are shifts of split rows, on one plane. */
static bool splits(const struct pleat__geometry *g) {
    return pleat__is_moderate_plane(g) && (g->dilation[1] == 1 || g->stride[1] == 1);
}

/* Elements of the split rows of a tile. */
static int64_t split_size(const struct pleat__geometry *g, struct pleat__direct_tiling *t) {
    t->plane = (t->rows + t->reach - 1) * t->columns;
    return g->fine_channels * g->kernel[2] * t->phases * t->plane;
}

/* Sets the tile: as many rows of the whole image as fit, or fewer columns. */
static bool set_tile(const struct pleat__geometry *g, struct pleat__direct_tiling *t,
                     int64_t element, int64_t most_rows) {
    int64_t row_elements;
    t->phases = pleat__min(g->stride[1], g->kernel[1]);
    t->reach = (g->kernel[1] - 1) * g->dilation[1] / g->stride[1] + 1;
    if (!pleat__multiply(g->fine_channels * g->kernel[2], t->phases, &row_elements) ||
        !pleat__multiply(row_elements, t->reach, &row_elements) || row_elements > LARGEST_BYTES)
        return false;
    t->columns = pleat__even_piece(g->coarse[2], MAX_COLUMNS);
    t->rows = 1;
    while (split_size(g, t) * element > BUFFER_BYTES && t->columns > 64)
        t->columns = pleat__ceil_divide(t->columns, 2);
    const int64_t fitting = BUFFER_BYTES / (split_size(g, t) / t->plane * t->columns * element);
    t->rows = pleat__max(1, pleat__min(most_rows, fitting - t->reach + 1));
    t->rows = pleat__even_piece(g->coarse[1], t->rows);
    t->size = split_size(g, t);
    t->buffer_bytes = pleat__aligned_bytes(t->size, element) + PLEAT__ALIGNMENT;
    return t->buffer_bytes <= LARGEST_BYTES;
}

/* Tile i of a plane that is cut into tiles of so many rows and columns. */
static struct pleat__tile tile_of(struct pleat__range down, struct pleat__range across,
                                  int64_t rows, int64_t columns, int64_t i) {
    const int64_t per_row = pleat__ceil_divide(across.end - across.begin, columns);
    const struct pleat__range r = pleat__piece(down, rows, i / per_row);
    const struct pleat__range c = pleat__piece(across, columns, i % per_row);
    return (struct pleat__tile){r.begin, r.end - r.begin, c.begin, c.end - c.begin};
}

int64_t pleat__direct_tiles(const struct pleat__geometry *g, const struct pleat__direct_tiling *t) {
    return pleat__ceil_divide(g->coarse[1], t->rows) * pleat__ceil_divide(g->coarse[2], t->columns);
}

struct pleat__tile pleat__direct_tile(const struct pleat__geometry *g,
                                      const struct pleat__direct_tiling *t, int64_t i) {
    const struct pleat__range down = {0, g->coarse[1]}, across = {0, g->coarse[2]};
    return tile_of(down, across, t->rows, t->columns, i);
}

static bool prepare_unfold(struct pleat__work *work, const struct pleat__geometry *g,
                           int64_t element) {
    struct pleat__direct_tiling *t = &work->tiling.direct;
    const int64_t terms = g->fine_channels * pleat__taps(g);
    const int64_t weights = g->groups * g->coarse_channels * terms;
    if (!set_tile(g, t, element, pleat__ceil_divide(g->coarse[1], ITEMS)) ||
        weights > LARGEST_BYTES / element)
        return false;
    t->weight_bytes = pleat__aligned_bytes(weights, element);
    work->packed_bytes = t->weight_bytes;
    work->shared_bytes = t->weight_bytes + pleat__aligned_bytes(terms, sizeof(int32_t));
    work->thread_bytes = t->buffer_bytes;
    return true;
}

/* Sets the runs that the filter product copies at once, and returns the most coarse pixels of a
 * channel that they have, each run padded. The last tile may be smaller: its runs are no more. */
static int64_t copied_pixels(const struct pleat__geometry *g, struct pleat__direct_tiling *t) {
    const bool whole = t->columns == g->coarse[2];
    const int64_t length = whole ? t->rows * t->columns : t->columns;
    t->runs = pleat__max(1, pleat__min(PLEAT__DIRECT_PIECE / length, whole ? t->images : t->rows));
    return t->runs * (pleat__min(length, PLEAT__DIRECT_PIECE) + 2 * VECTOR);
}

static bool prepare_filter(struct pleat__work *work, const struct pleat__geometry *g,
                           int64_t element) {
    struct pleat__direct_tiling *t = &work->tiling.direct;
    const int64_t terms = g->fine_channels * pleat__taps(g);
    if (!set_tile(g, t, element, g->coarse[1]))
        return false;
    if (pleat__direct_tiles(g, t) == 1)
        t->images = pleat__max(1, pleat__min(MAX_IMAGES, BUFFER_BYTES / (t->size * element)));
    else
        t->images = 1;
    t->buffer_bytes = pleat__aligned_bytes(t->images * t->size, element) + PLEAT__ALIGNMENT;
    int64_t sums;
    if (!pleat__multiply(g->coarse_channels * terms, VECTOR * element, &sums) ||
        sums > LARGEST_BYTES)
        return false;
    t->lane_bytes = (size_t)sums;
    work->shared_bytes =
        t->buffer_bytes + t->lane_bytes + pleat__aligned_bytes(terms, sizeof(int32_t));
    work->thread_bytes = pleat__aligned_bytes(copied_pixels(g, t) * PLEAT__DIRECT_ROWS, element);
    return true;
}

/* As the filter product, behind the packed weights. */
static bool prepare_both(struct pleat__work *work, const struct pleat__geometry *g,
                         int64_t element) {
    struct pleat__direct_tiling *t = &work->tiling.direct;
    const int64_t weights = g->groups * g->coarse_channels * g->fine_channels * pleat__taps(g);
    if (!prepare_filter(work, g, element) || weights > LARGEST_BYTES / element)
        return false;
    t->weight_bytes = pleat__aligned_bytes(weights, element);
    work->shared_bytes += t->weight_bytes;
    return work->shared_bytes + work->thread_bytes <= 2 * LARGEST_BYTES;
}

int64_t pleat__direct_fold_tiles(const struct pleat__geometry *g,
                                 const struct pleat__direct_fold_tiling *t) {
    const struct pleat__range down = pleat__positions(g, 1), across = pleat__positions(g, 2);
    return pleat__ceil_divide(down.end - down.begin, t->rows) *
           pleat__ceil_divide(across.end - across.begin, t->columns);
}

struct pleat__tile pleat__direct_fold_tile(const struct pleat__geometry *g,
                                           const struct pleat__direct_fold_tiling *t, int64_t i) {
    const struct pleat__range down = pleat__positions(g, 1), across = pleat__positions(g, 2);
    return tile_of(down, across, t->rows, t->columns, i);
}

/* Sets the elements of the copied rows and returns their number. */
static int64_t copy_size(const struct pleat__geometry *g, struct pleat__direct_fold_tiling *t) {
    t->pitch = t->columns + t->shifts - 1;
    t->plane = (t->rows + t->reach - 1) * t->pitch;
    t->sum_ld = whole_vectors(t->rows * t->pitch);
    return g->coarse_channels * t->plane;
}

/* Sets the tile: rows that leave a few items, as far as they fit, or fewer columns. */
static void set_fold_tile(const struct pleat__geometry *g, struct pleat__direct_fold_tiling *t,
                          int64_t element, int64_t sum_rows) {
    const struct pleat__range down = pleat__positions(g, 1), across = pleat__positions(g, 2);
    const int64_t height = down.end - down.begin;
    t->columns = pleat__even_piece(across.end - across.begin, MAX_COLUMNS);
    t->rows = 1;
    while (copy_size(g, t) * element > BUFFER_BYTES && t->columns > 64)
        t->columns = pleat__ceil_divide(t->columns, 2);
    t->rows = pleat__even_piece(height, pleat__ceil_divide(height, ITEMS));
    while (t->rows > 1 && (copy_size(g, t) * element > BUFFER_BYTES ||
                           sum_rows * t->sum_ld * element > BUFFER_BYTES))
        t->rows = pleat__ceil_divide(t->rows, 2);
}

static bool prepare_fold(struct pleat__work *work, const struct pleat__geometry *g,
                         int64_t element) {
    struct pleat__direct_fold_tiling *t = &work->tiling.direct_fold;
    const int64_t terms = g->coarse_channels * pleat__taps(g);
    const int64_t weights = g->groups * terms * g->fine_channels;
    const int64_t sum_rows = g->fine_channels * pleat__min(g->kernel[1], g->stride[1]) *
                             pleat__min(g->kernel[2], g->stride[2]);
    t->reach = (g->kernel[1] - 1) * g->dilation[1] / g->stride[1] + 1;
    t->shifts = (g->kernel[2] - 1) * g->dilation[2] / g->stride[2] + 1;
    if (weights > LARGEST_BYTES / element || pleat__max(g->stride[1], g->stride[2]) > MAX_STRIDE ||
        pleat__max(t->reach, t->shifts) > MAX_COLUMNS || (g->dilation[2] > 1 && g->stride[2] > 1))
        return false;
    set_fold_tile(g, t, element, sum_rows);
    const int64_t copied = copy_size(g, t), line = g->stride[2] * (t->columns + 1);
    if (copied > LARGEST_BYTES / element || sum_rows > LARGEST_BYTES / element / t->sum_ld)
        return false;
    t->weight_bytes = pleat__aligned_bytes(weights, element);
    t->offset_bytes = pleat__aligned_bytes(terms, sizeof(int32_t));
    t->copy_bytes = pleat__aligned_bytes(copied + t->shifts + (MAX_VECTORS + 1) * VECTOR, element);
    t->sum_bytes = pleat__aligned_bytes(sum_rows * t->sum_ld, element);
    t->line_bytes = pleat__aligned_bytes(line, element);
    /* a row of sums is as long as a copied row */
    work->flops = 2.0 * (double)weights * (double)(pleat__direct_fold_tiles(g, t) * t->rows) *
                  (double)t->pitch;
    work->packed_bytes = t->weight_bytes;
    work->shared_bytes =
        t->weight_bytes + t->offset_bytes + pleat__aligned_bytes(sum_rows, sizeof(int32_t));
    work->thread_bytes = t->copy_bytes + t->sum_bytes + t->line_bytes +
                         pleat__aligned_bytes(g->stride[2], sizeof(void *));
    return true;
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
        return prepare_both(work, g, element);
    }
    return false;
}

static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *g, size_t element,
                                 struct pleat_error *error) {
    return splits(g) && prepare_kind(work, kind, g, (int64_t)element)
               ? PLEAT_OK
               : pleat__refuse_geometry(pleat__direct_method.name, error);
}

static void describe(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]) {
    const struct pleat__direct_tiling *t = &work->tiling.direct;
    const struct pleat__direct_fold_tiling *fold = &work->tiling.direct_fold;
    if (kind == PLEAT__FOLD)
        snprintf(text, PLEAT_TILES_SIZE, "%lld x %lld positions before the stride",
                 (long long)fold->rows, (long long)fold->columns);
    else
        snprintf(text, PLEAT_TILES_SIZE, "%lld x %lld coarse pixels", (long long)t->rows,
                 (long long)t->columns);
}

const struct pleat__method pleat__direct_method = {"direct", prepare, describe};
