/* Choosing the tiles. The numbers are measured ones: sgemm wants tiles of 128 to 512 pixels and at
 * least 48 rows, and columns at or under half of a 1 MiB L2 (docs/design.md). */
#include "conv/method.h"

#include <stdio.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    COLUMN_BYTES = 384 * 1024, /* of columns a thread */
    PIXELS = 256,              /* coarse pixels a sgemm, where the image has them */
    MAX_WIDTH = 512,           /* wider rows are cut */
    MIN_WIDTH = 16,            /* but not below this */
    MIN_ROWS = 64,             /* rows of a matrix that sgemm runs well on */
    GOOD_ROWS = 192,           /* rows of weights that repay the packing of a tile of pixels */
    VECTOR = 16,               /* elements of the longest vector */
    MAX_SLOTS = 16,            /* tiles at once of both products, a thread */
    ITEMS = 8                  /* items an image, so that a single one feeds a few threads */
};

static int64_t round_up(int64_t value, int64_t multiple) {
    return pleat__ceil_divide(value, multiple) * multiple;
}

/* The most coarse indices that one fine index can need through this many taps of an axis. */
static int64_t reach(const struct pleat__geometry *g, int axis, int64_t fine, int64_t taps) {
    const int64_t span = (fine - 1 + (taps - 1) * g->dilation[axis]) / g->stride[axis] + 1;
    return pleat__min(span, g->coarse[axis]);
}

static void set_width(struct pleat__fold_tiling *t, const struct pleat__geometry *g,
                      int64_t coarse_columns) {
    const int64_t tiles = pleat__ceil_divide(g->coarse[2], coarse_columns);
    t->tile =
        tiles == 1
            ? g->fine[2]
            : pleat__min(g->fine[2], round_up(pleat__ceil_divide(g->fine[2], tiles), g->stride[2]));
    t->width = tiles == 1 ? g->coarse[2] : reach(g, 2, t->tile, t->kernel_columns);
}

/* Sets the ring's slots and returns the bytes of one fine channel's columns, saturating. */
static int64_t set_slots(struct pleat__fold_tiling *t, const struct pleat__geometry *g,
                         int64_t element) {
    const int64_t held = t->rows + reach(g, 1, 1, t->kernel_rows) - 1;
    t->slots = round_up(pleat__min(held, g->coarse[1]), t->rows);
    int64_t bytes = element;
    if (!pleat__multiply(bytes, t->kernel_rows * t->kernel_columns, &bytes) ||
        !pleat__multiply(bytes, t->slots, &bytes) || !pleat__multiply(bytes, t->width, &bytes))
        return INT64_MAX;
    return bytes;
}

/* Narrows the tile until one channel's columns fit: fewer rows a sgemm, then narrower rows, then
 * fewer rows of the filter, then fewer of its columns. Returns the bytes of one channel. */
static int64_t fit_one_channel(struct pleat__fold_tiling *t, const struct pleat__geometry *g,
                               int64_t element) {
    int64_t width = pleat__min(g->coarse[2], MAX_WIDTH);
    t->kernel_rows = g->kernel[1];
    t->kernel_columns = g->kernel[2];
    set_width(t, g, width);
    t->rows = 1;
    if (t->width == g->coarse[2])
        t->rows = pleat__min(g->coarse[1], pleat__max(1, PIXELS / t->width));
    int64_t bytes = set_slots(t, g, element);
    while (bytes > COLUMN_BYTES && t->rows > 1) {
        t->rows /= 2;
        bytes = set_slots(t, g, element);
    }
    while (bytes > COLUMN_BYTES && width > 4 * MIN_WIDTH) {
        set_width(t, g, width /= 2);
        bytes = set_slots(t, g, element);
    }
    while (bytes > COLUMN_BYTES && t->kernel_rows > 1) {
        t->kernel_rows = pleat__ceil_divide(t->kernel_rows, 2);
        bytes = set_slots(t, g, element);
    }
    while (bytes > COLUMN_BYTES && width > MIN_WIDTH) {
        set_width(t, g, width /= 2);
        bytes = set_slots(t, g, element);
    }
    while (bytes > COLUMN_BYTES && t->kernel_columns > 1) {
        t->kernel_columns = pleat__ceil_divide(t->kernel_columns, 2);
        set_width(t, g, width);
        bytes = set_slots(t, g, element);
    }
    return bytes;
}

/* How many items make an image. */
static int64_t count_items(const struct pleat__fold_tiling *t, const struct pleat__geometry *g) {
    return g->groups * pleat__ceil_divide(g->fine_channels, t->channels) * g->fine[0] *
           pleat__ceil_divide(g->fine[2], t->tile) * pleat__ceil_divide(g->fine[1], t->strip);
}

/* As many fine channels as fit. */
static void set_channels(struct pleat__fold_tiling *t, const struct pleat__geometry *g,
                         int64_t channel_bytes) {
    t->channels = 1;
    if (t->kernel_rows == g->kernel[1] && t->kernel_columns == g->kernel[2])
        t->channels =
            pleat__even_piece(g->fine_channels, pleat__max(1, COLUMN_BYTES / channel_bytes));
}

/* Cuts the channels further where the image still has few items. */
static void split_channels(struct pleat__fold_tiling *t, const struct pleat__geometry *g) {
    const int64_t items = count_items(t, g);
    if (items >= ITEMS)
        return;
    const int64_t least = pleat__ceil_divide(GOOD_ROWS, g->kernel[1] * g->kernel[2]);
    t->channels = pleat__even_piece(
        g->fine_channels,
        pleat__min(t->channels, pleat__max(least, pleat__ceil_divide(t->channels * items, ITEMS))));
}

/* Cuts the rows only where the image has few items without: each cut computes the ring's overlap
 * twice, at most a tenth of a strip. */
static void set_strip(struct pleat__fold_tiling *t, const struct pleat__geometry *g) {
    t->strip = g->fine[1];
    const int64_t items = count_items(t, g);
    if (items >= ITEMS)
        return;
    const int64_t overlap = reach(g, 1, 1, t->kernel_rows) - 1;
    const int64_t least_rows = pleat__max(1, pleat__min(10 * overlap, g->coarse[1]));
    const int64_t least = round_up(least_rows, t->rows) * g->stride[1];
    const int64_t wanted = pleat__ceil_divide(g->fine[1] * items, ITEMS);
    t->strip = pleat__min(g->fine[1], round_up(pleat__max(least, wanted), t->rows * g->stride[1]));
}

/* How often the formula's operations are done: each cut computes the columns on both its sides. */
static double repetition(const struct pleat__fold_tiling *t, const struct pleat__geometry *g) {
    const int64_t strips = pleat__ceil_divide(g->fine[1], t->strip);
    const int64_t tiles = pleat__ceil_divide(g->fine[2], t->tile);
    const int64_t overlap_rows = reach(g, 1, 1, t->kernel_rows) - 1;
    const int64_t overlap_columns = reach(g, 2, 1, t->kernel_columns) - 1;
    return (1 + (double)(strips - 1) * (double)overlap_rows / (double)g->coarse[1]) *
           (1 + (double)(tiles - 1) * (double)overlap_columns / (double)g->coarse[2]);
}

/* Rounds *bytes up to the alignment and adds them to *total. */
static bool add_aligned(size_t *total, size_t *bytes) {
    if (!pleat__add_size(*bytes, PLEAT__ALIGNMENT - 1, bytes))
        return false;
    *bytes -= *bytes % PLEAT__ALIGNMENT;
    return pleat__add_size(*total, *bytes, total);
}

static enum pleat_status prepare_fold(struct pleat__work *work, const struct pleat__geometry *g,
                                      size_t element, struct pleat_error *error) {
    struct pleat__fold_tiling *t = &work->tiling.fold;
    const int64_t channel_bytes = fit_one_channel(t, g, (int64_t)element);
    set_channels(t, g, channel_bytes);
    set_strip(t, g);
    split_channels(t, g);
    work->flops *= repetition(t, g);
    const int64_t phase = pleat__ceil_divide(t->tile, g->stride[2]);
    const int64_t phases = pleat__min(g->stride[2], t->tile);
    int64_t channels_bytes = 0;
    const bool fits = pleat__multiply(channel_bytes, t->channels, &channels_bytes);
    size_t column_bytes = (size_t)channels_bytes;
    t->sum_bytes = (size_t)(phase * phases) * element;
    if (g->kernel[0] > 1) /* the weight is packed by planes of taps */
        work->packed_bytes =
            (size_t)(g->groups * g->coarse_channels * g->fine_channels * pleat__taps(g)) * element;
    if (!fits ||
        !pleat__multiply_size((size_t)g->kernel[2], sizeof(struct pleat__fold_tap),
                              &t->tap_bytes) ||
        !add_aligned(&work->thread_bytes, &column_bytes) ||
        !add_aligned(&work->thread_bytes, &t->sum_bytes) ||
        !add_aligned(&work->thread_bytes, &t->tap_bytes) ||
        !add_aligned(&work->shared_bytes, &work->packed_bytes) ||
        work->thread_bytes > INT64_MAX / 2)
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "the columns of one tile do not fit in memory");
    return PLEAT_OK;
}

int64_t pleat__unfold_tiles(const struct pleat__geometry *g, const struct pleat__unfold_tiling *t) {
    return pleat__ceil_divide(pleat__coarse_pixels(g), t->pixels);
}

struct pleat__range pleat__unfold_pixels(const struct pleat__geometry *g,
                                         const struct pleat__unfold_tiling *t, int64_t i) {
    const int64_t begin = i * t->pixels;
    return (struct pleat__range){begin, pleat__min(pleat__coarse_pixels(g), begin + t->pixels)};
}

static int64_t matrix_rows(const struct pleat__geometry *g) {
    return g->fine_channels * pleat__taps(g);
}

int64_t pleat__unfold_chunks(const struct pleat__geometry *g,
                             const struct pleat__unfold_tiling *t) {
    return pleat__ceil_divide(matrix_rows(g), t->rows);
}

struct pleat__range pleat__unfold_chunk(const struct pleat__geometry *g,
                                        const struct pleat__unfold_tiling *t, int64_t i) {
    const int64_t begin = i * t->rows;
    return (struct pleat__range){begin, pleat__min(matrix_rows(g), begin + t->rows)};
}

int64_t pleat__unfold_blocks(const struct pleat__unfold_tiling *t) {
    return pleat__ceil_divide(t->rows, t->block);
}

struct pleat__range pleat__unfold_block(const struct pleat__geometry *g,
                                        const struct pleat__unfold_tiling *t, int64_t chunk,
                                        int64_t block) {
    const struct pleat__range rows = pleat__unfold_chunk(g, t, chunk);
    const int64_t begin = rows.begin + block * t->block;
    return (struct pleat__range){begin, pleat__min(rows.end, begin + t->block)};
}

/* As even a piece as fits, of whole vectors where there is room for them. */
static int64_t even_vectors(int64_t total, int64_t most) {
    const int64_t piece = pleat__even_piece(total, most), whole = round_up(piece, VECTOR);
    return whole <= pleat__min(total, most) ? whole : piece;
}

/* The same tiles for the unfold and the filter product, and for both at once: the same sgemms. */
static void prepare_unfold(struct pleat__work *work, enum pleat__kind kind,
                           const struct pleat__geometry *g, size_t element) {
    struct pleat__unfold_tiling *t = &work->tiling.unfold;
    const int64_t pixels = pleat__coarse_pixels(g), all = matrix_rows(g);
    t->part = even_vectors(
        pixels, pleat__max(PIXELS / 2, pleat__min(PIXELS, pleat__ceil_divide(pixels, 4))));
    /* small parts are summed together; the others are not worth a longer way between rows */
    t->pixels = t->part;
    if (t->part < PIXELS / 2)
        t->pixels = pleat__min(pixels, PIXELS / t->part * t->part);
    const int64_t fitting = pleat__max(1, COLUMN_BYTES / ((int64_t)element * t->pixels));
    const int64_t wanted = pleat__max(pleat__min(MIN_ROWS, pleat__ceil_divide(all, 2)),
                                      pleat__ceil_divide(all, ITEMS));
    t->block = even_vectors(all, pleat__min(fitting, wanted));
    t->rows = t->block * pleat__even_piece(pleat__ceil_divide(all, t->block), fitting / t->block);
    const int64_t slot = t->rows * t->pixels * (int64_t)element;
    t->slots = pleat__max(1, pleat__min(MAX_SLOTS, 2 * COLUMN_BYTES / slot));
    size_t bytes = (size_t)(kind == PLEAT__UNFOLD   ? t->rows * t->part * (int64_t)element
                            : kind == PLEAT__FILTER ? t->block * t->pixels * (int64_t)element
                                                    : 2 * t->slots * slot);
    add_aligned(&work->thread_bytes, &bytes);
}

static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *g, size_t element,
                                 struct pleat_error *error) {
    if (kind == PLEAT__FOLD)
        return prepare_fold(work, g, element, error);
    prepare_unfold(work, kind, g, element);
    return PLEAT_OK;
}

static void describe(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]) {
    const struct pleat__fold_tiling *fold = &work->tiling.fold;
    const struct pleat__unfold_tiling *unfold = &work->tiling.unfold;
    if (kind == PLEAT__FOLD)
        snprintf(text, PLEAT_TILES_SIZE,
                 "%lld channels x %lld rows x %lld columns, ring of %lld coarse rows",
                 (long long)fold->channels, (long long)fold->strip, (long long)fold->tile,
                 (long long)fold->slots);
    else
        snprintf(text, PLEAT_TILES_SIZE, "%lld matrix rows x %lld coarse pixels",
                 (long long)(kind == PLEAT__FILTER ? unfold->block : unfold->rows),
                 (long long)(kind == PLEAT__FILTER ? unfold->pixels : unfold->part));
}

const struct pleat__method pleat__tiled_method = {"tiled", prepare, describe};
