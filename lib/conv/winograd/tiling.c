/* The schemes of the axes, and blocks that fit the caches. */
#include "conv/winograd/tiling.h"

#include <stdio.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/method.h"

enum {
    KEPT_BYTES = 1280 * 1024,        /* of weights, transformed once a call */
    TILE_BYTES = 448 * 1024,         /* of tiles a thread, beside such weights */
    SHARED_TILE_BYTES = 2304 * 1024, /* of tiles for all threads */
    THREAD_BYTES = 896 * 1024,       /* of a block of weights and its sums */
    WANTED_BYTES = 2048 * 1024,      /* of all scratch of one thread; one panel may need more */
    FILTER_BYTES = 1792 * 1024,      /* of a block of the filter product */
    MAX_COLUMNS = 512,
    SMALL_ROW = 10, /* tiles of a row, and of a plane, that is small */
    SMALL_PLANE = 64
};

/* The tiles of an axis of the fold product, which must cover the fine pixels, by all phases
 * together. The first pixel is of phase padding mod stride; earlier phases' first pixels belong to
 * the next coarse pixel. */
static void cover_fine(struct pleat__winograd_axis *a, int64_t fine, int64_t stride,
                       int64_t padding) {
    const int64_t first = pleat__floor_divide(padding, stride);
    const int64_t pixels = pleat__floor_divide(padding + fine - 1, stride) - first + 1;
    a->tiles = pleat__ceil_divide(pixels, a->tile);
    a->parts = 1;
    a->part[0] = (struct pleat__winograd_phases){0, stride, first};
}

/* Whether b is less than a by a twentieth. */
static bool saves(int64_t a, int64_t b) {
    return b < a - a / 20;
}

/* Takes the phases of axis i in two parts, where fewer tiles cover the fine pixels then, or the
 * tiles of one image fewer panels. */
static void split_phases(struct pleat__winograd *t, const struct pleat__geometry *g, int i,
                         int64_t panel) {
    struct pleat__winograd_axis *a = &t->axis[i];
    const int64_t stride = a->phases, first = a->part[0].first;
    const int64_t phase = g->padding[i + 1] - first * stride, across = t->axis[1 - i].tiles;
    const int64_t apart = pleat__ceil_divide(pleat__ceil_divide(g->fine[i + 1], stride), a->tile);
    if (phase == 0 || a->tile == 1 ||
        (!saves(a->tiles, apart) && !saves(pleat__ceil_divide(a->tiles * across, panel),
                                           pleat__ceil_divide(apart * across, panel))))
        return;
    a->tiles = apart;
    a->parts = 2;
    a->part[0] = (struct pleat__winograd_phases){phase, stride, first};
    a->part[1] = (struct pleat__winograd_phases){0, phase, first + 1};
    a->held = 2 * (a->elements - 1) + 1;
}

static bool set_axis(struct pleat__winograd_axis *a, int *missing, enum pleat__kind kind,
                     const struct pleat__geometry *g, int i) {
    const int64_t kernel = g->kernel[i], stride = g->stride[i];
    const int64_t taps = pleat__ceil_divide(kernel, stride);
    if (kernel < stride || taps > 3 || (kernel > 1 && g->dilation[i] > 1))
        return false;
    a->taps = (int)taps;
    a->tile = taps == 1 ? 1 : 2;
    a->elements = taps == 1 ? 1 : (int)taps + 1;
    a->full = kernel - (taps - 1) * stride;
    a->phases = stride;
    *missing = kind == PLEAT__FOLD ? 0 : a->elements - 1;
    if (kind == PLEAT__FOLD) {
        cover_fine(a, g->fine[i], stride, g->padding[i]);
    } else {
        a->tiles = pleat__ceil_divide(g->coarse[i], a->tile);
        a->parts = 1;
        a->part[0] = (struct pleat__winograd_phases){0, stride, 0};
    }
    a->held = a->elements;
    return true;
}

static bool set_axes(struct pleat__winograd *t, enum pleat__kind kind,
                     const struct pleat__geometry *g) {
    return g->kernel[0] == 1 && g->coarse[0] == 1 && g->fine[0] == 1 && g->padding[0] == 0 &&
           g->kernel[1] <= PLEAT__WINOGRAD_MAX_TAPS && g->kernel[2] <= PLEAT__WINOGRAD_MAX_TAPS &&
           g->kernel[1] * g->kernel[2] <= PLEAT__WINOGRAD_MAX_TAPS &&
           set_axis(&t->axis[0], &t->missing[0], kind, g, 1) &&
           set_axis(&t->axis[1], &t->missing[1], kind, g, 2);
}

bool pleat__winograd_transforms(const struct pleat__winograd *t) {
    return t->axis[0].taps > 1 || t->axis[1].taps > 1;
}

/* The phases of a part, and how many of them use an element. */
static struct pleat__winograd_part find_phases(const struct pleat__winograd *t, int index) {
    struct pleat__winograd_part part = {.phases = {t->axis[0].part[index / t->axis[1].parts],
                                                   t->axis[1].part[index % t->axis[1].parts]}};
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_phases *p = &part.phases[i];
        for (int e = 0; e < t->axis[i].elements; e++)
            part.used[i][e] = e == t->missing[i] && t->axis[i].taps > 1
                                  ? pleat__max(0, pleat__min(p->end, t->axis[i].full) - p->begin)
                                  : p->end - p->begin;
    }
    return part;
}

struct pleat__winograd_part pleat__winograd_part(const struct pleat__winograd *t, int index) {
    struct pleat__winograd_part part = {.end = 0};
    int64_t end = 0;
    for (int i = 0; i <= index; i++) {
        part = find_phases(t, i);
        for (int h = 0; h < t->axis[0].elements; h++) {
            for (int w = 0; w < t->axis[1].elements; w++) {
                part.first[h][w] = end;
                end += part.used[0][h] * part.used[1][w];
            }
        }
    }
    part.end = end;
    return part;
}

/* Stores count * size bytes, aligned; false where they do not fit. */
static bool set_bytes(size_t *bytes, int64_t count, int64_t size) {
    int64_t product;
    if (!pleat__multiply(count, size, &product) || product > INT64_MAX - PLEAT__ALIGNMENT)
        return false;
    *bytes = pleat__aligned((size_t)product);
    return true;
}

/* Sets how one side is read, on each axis by `samples` samples of tiles `step` pixels apart. Small
 * planes are read by a table: those of few tiles, but not where most pixels meet no tile. */
static bool set_source(struct pleat__winograd_source *source, const struct pleat__winograd *t,
                       const int64_t samples[2], const int64_t step[2], int64_t pixels,
                       int64_t element) {
    const int64_t tiles = t->axis[0].tiles * t->axis[1].tiles;
    source->small = t->axis[1].tiles <= SMALL_ROW && tiles <= SMALL_PLANE &&
                    pixels <= 2 * tiles * step[0] * step[1];
    const int64_t buffer =
        source->small ? (t->columns / tiles + 2) * pixels + 1 : t->columns * step[1];
    return set_bytes(&source->sample_bytes, samples[0] * samples[1] * element, t->columns) &&
           set_bytes(&source->table_bytes,
                     source->small ? samples[0] * samples[1] * (int64_t)sizeof(int32_t) : 0,
                     t->columns) &&
           set_bytes(&source->buffer_bytes, buffer, element);
}

static size_t source_bytes(const struct pleat__winograd_source *source) {
    return source->sample_bytes + source->buffer_bytes + source->table_bytes;
}

/* The fine side, by all phases. */
static bool set_fine(struct pleat__winograd *t, const struct pleat__geometry *g, int64_t element) {
    int64_t samples[2], step[2];
    for (int i = 0; i < 2; i++) {
        samples[i] = t->axis[i].elements * t->axis[i].phases;
        step[i] = t->axis[i].tile * t->axis[i].phases;
    }
    return set_source(&t->fine, t, samples, step, pleat__fine_pixels(g), element);
}

/* The coarse side, by pairs or by what the pairs of all phases need. */
static bool set_coarse(struct pleat__winograd *t, const struct pleat__geometry *g, bool pairs,
                       int64_t element) {
    int64_t samples[2], step[2];
    for (int i = 0; i < 2; i++) {
        step[i] = t->axis[i].tile;
        samples[i] = pairs ? step[i] : t->axis[i].elements + t->axis[i].parts - 1;
    }
    return set_source(&t->coarse, t, samples, step, pleat__coarse_pixels(g), element);
}

/* Sets the bytes of what a block of channels makes of a panel of tiles. */
static bool set_sums(struct pleat__winograd *t, enum pleat__kind kind, int64_t element) {
    const struct pleat__winograd_axis *h = &t->axis[0], *w = &t->axis[1];
    const bool fold = kind == PLEAT__FOLD;
    const int64_t panel = PLEAT__WINOGRAD_PANEL_BYTES / element;
    const int64_t sums = fold ? t->products : h->elements * w->elements;
    const int64_t row = w->tile * (fold ? w->phases : 1);
    const int64_t results = row * h->tile * (fold ? h->phases : 1);
    return set_bytes(&t->sum_bytes, sums * PLEAT__WINOGRAD_ROWS * element, panel) &&
           set_bytes(&t->result_bytes, results * element, panel) &&
           set_bytes(&t->line_bytes, row * element, panel);
}

/* Sets the scratch for so many tiles at once; kept is the bytes of all weights, transformed. */
static bool set_columns(struct pleat__work *work, enum pleat__kind kind,
                        const struct pleat__geometry *g, int64_t element, int64_t columns,
                        int64_t column_bytes, int64_t kept) {
    struct pleat__winograd *t = &work->tiling.winograd;
    const bool fold = kind == PLEAT__FOLD;
    t->columns = columns;
    if (!set_bytes(&t->tile_bytes, column_bytes, t->columns) ||
        !(fold ? set_coarse(t, g, false, element) : set_fine(t, g, element)) ||
        !set_sums(t, kind, element))
        return false;
    work->shared_bytes = t->keeps_weights ? (size_t)kept : t->tile_bytes;
    work->thread_bytes = source_bytes(fold ? &t->coarse : &t->fine) + t->sum_bytes +
                         t->result_bytes + t->line_bytes +
                         (t->keeps_weights ? t->tile_bytes : t->weight_bytes);
    return true;
}

/* Sets all sizes; depth is the channels that are summed over, lanes those that are not. */
static bool set_sizes(struct pleat__work *work, enum pleat__kind kind,
                      const struct pleat__geometry *g, int64_t element) {
    struct pleat__winograd *t = &work->tiling.winograd;
    const bool fold = kind == PLEAT__FOLD;
    const int64_t depth = fold ? g->coarse_channels : g->fine_channels;
    const int64_t lanes = fold ? g->fine_channels : g->coarse_channels;
    const int64_t panel = PLEAT__WINOGRAD_PANEL_BYTES / element;
    const int64_t held = fold ? t->axis[0].held * t->axis[1].held : t->products;
    int64_t column_bytes, kept;
    t->weight_stride = (depth + PLEAT__WINOGRAD_PAD) * PLEAT__WINOGRAD_ROWS;
    if (depth > INT64_MAX / 64 ||
        !pleat__multiply(held * element, depth + PLEAT__WINOGRAD_PAD, &column_bytes) ||
        !set_bytes(&t->weight_bytes, t->products * element, t->weight_stride) ||
        !pleat__multiply((int64_t)t->weight_bytes, pleat__ceil_divide(lanes, PLEAT__WINOGRAD_ROWS),
                         &kept) ||
        !pleat__multiply(kept, g->groups, &kept) || kept > INT64_MAX / 8)
        return false;
    work->packed_bytes = (size_t)kept;
    t->keeps_weights = kept <= KEPT_BYTES;
    const int64_t most = (t->keeps_weights ? TILE_BYTES : SHARED_TILE_BYTES) / column_bytes;
    int64_t panels = pleat__max(1, pleat__min(MAX_COLUMNS, most) / panel);
    do {
        if (!set_columns(work, kind, g, element, panels * panel, column_bytes, kept))
            return false;
    } while (work->shared_bytes + work->thread_bytes > WANTED_BYTES && --panels > 0);
    return work->thread_bytes <= THREAD_BYTES && work->shared_bytes <= SHARED_TILE_BYTES;
}

/* Sets the sizes of the filter product: a block is a panel of fine channels by as many coarse ones as
 * leave a few blocks and fit. */
static bool set_filter(struct pleat__work *work, const struct pleat__geometry *g, int64_t element) {
    struct pleat__winograd *t = &work->tiling.winograd;
    const int64_t panel = PLEAT__WINOGRAD_PANEL_BYTES / element, rows = PLEAT__WINOGRAD_ROWS;
    const int64_t elements = t->axis[0].elements * t->axis[1].elements;
    const int64_t line = (panel + rows) * element;
    const int64_t blocks = g->groups * pleat__ceil_divide(g->fine_channels, panel);
    const int64_t wanted = pleat__ceil_divide(g->coarse_channels, pleat__ceil_divide(2, blocks));
    const int64_t room = FILTER_BYTES - t->products * PLEAT__WINOGRAD_DEPTH * line;
    const int64_t each = (t->products * panel + elements * PLEAT__WINOGRAD_DEPTH) * element;
    if (room < each * rows)
        return false;
    const int64_t most = pleat__max(rows, pleat__min(wanted, room / each));
    t->block = pleat__ceil_divide(g->coarse_channels, pleat__ceil_divide(g->coarse_channels, most));
    t->block = pleat__ceil_divide(t->block, rows) * rows;
    t->columns = PLEAT__WINOGRAD_DEPTH;
    /* a block's sums; panels of fine channels; coarse channels; eight channels, not yet transposed */
    if (!set_bytes(&t->sum_bytes, t->products * panel * element, t->block) ||
        !set_bytes(&t->tile_bytes, t->products * PLEAT__WINOGRAD_DEPTH, panel * element) ||
        !set_bytes(&t->pair_bytes, elements * PLEAT__WINOGRAD_DEPTH, t->block * element) ||
        !set_bytes(&t->line_bytes, t->products * PLEAT__WINOGRAD_DEPTH, rows * element) ||
        !set_fine(t, g, element) || !set_coarse(t, g, true, element))
        return false;
    work->thread_bytes = source_bytes(&t->fine) + source_bytes(&t->coarse) + t->sum_bytes +
                         t->tile_bytes + t->pair_bytes + t->line_bytes;
    return work->thread_bytes <= WANTED_BYTES;
}

static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *g, size_t element,
                                 struct pleat_error *error) {
    struct pleat__winograd *t = &work->tiling.winograd;
    if (!set_axes(t, kind, g))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "method \"winograd\" needs a flat kernel of one to three strides and no "
                           "dilation");
    for (int i = 0; i < 2 && kind == PLEAT__FOLD; i++)
        split_phases(t, g, i, PLEAT__WINOGRAD_PANEL_BYTES / (int64_t)element);
    t->products = pleat__winograd_part(t, t->axis[0].parts * t->axis[1].parts - 1).end;
    if (!(kind == PLEAT__FILTER ? set_filter(work, g, (int64_t)element)
                                : set_sizes(work, kind, g, (int64_t)element)))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "method \"winograd\" has no room for a tile of that many channels");
    work->flops = 2.0 * (double)(g->groups * g->coarse_channels * g->fine_channels) *
                  (double)t->products * (double)(t->axis[0].tiles * t->axis[1].tiles);
    return PLEAT_OK;
}

static void describe(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]) {
    const struct pleat__winograd *t = &work->tiling.winograd;
    (void)kind;
    snprintf(text, PLEAT_TILES_SIZE, "F(%dx%d, %dx%d), %lld products, %lld tiles at once%s",
             t->axis[0].tile, t->axis[1].tile, t->axis[0].taps, t->axis[1].taps,
             (long long)t->products, (long long)t->columns,
             t->keeps_weights ? "" : ", weights by blocks");
}

const struct pleat__method pleat__winograd_method = {"winograd", prepare, describe};
