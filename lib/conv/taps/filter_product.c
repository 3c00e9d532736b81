/* The filter product, grad_w += coarse . unfold(fine)^T: a block of accumulators is channels x vectors
 * of taps; a pixel loads one window a vector and broadcasts one coarse value a channel. Each item is
 * a block of vectors, which walks all images and pixels in order: nothing is reduced across threads. */
#include <omp.h>

#include "base/checked.h"
#include "conv/registers.h"
#include "conv/taps/products.h"
#include "conv/taps/windows.h"

/* Items of fewer blocks of vectors than these take one block of channels each. */
enum { FEW_ITEMS = 16, MAX_RUNS = 64 };

/* Pixels of one coarse row, and where the windows of each vector of taps lie, `step` apart. */
struct run {
    const real *coarse;
    int64_t count, step;
    const real *fine[MAX_VECTORS];
};

/* lanes[rows][vectors][LANES] becomes the sums over runs; the channels are ld apart. */
INLINE void correlate(const int rows, const int vectors, const struct run *runs, int64_t count,
                      int64_t channel, int64_t ld, real *lanes) {
    vector sum[MAX_ROWS][MAX_VECTORS], window[MAX_VECTORS];
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] =
        (vector){0};
    for (const struct run *run = runs; run < runs + count; run++) {
        const real *coarse = run->coarse + channel * ld, *fine[MAX_VECTORS];
        const int64_t end = run->count * run->step, step = run->step;
        UNROLL for (int j = 0; j < vectors; j++) fine[j] = run->fine[j];
        for (int64_t at = 0; at < end; at += step, coarse++) {
            UNROLL for (int j = 0; j < vectors; j++) window[j] = load(fine[j] + at);
            UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++)
                sum[i][j] += coarse[i * ld] * window[j];
        }
    }
    UNROLL for (int i = 0; i < rows; i++) UNROLL for (int j = 0; j < vectors; j++)
        store(lanes + (i * vectors + j) * LANES, sum[i][j]);
}

#define DEFINE(rows, vectors)                                                                      \
    static void correlate_##rows##x##vectors(const struct run *runs, int64_t count,                \
                                             int64_t channel, int64_t ld, real *lanes) {           \
        correlate(rows, vectors, runs, count, channel, ld, lanes);                                 \
    }
KERNELS(DEFINE)

typedef void kernel(const struct run *, int64_t count, int64_t channel, int64_t ld, real *lanes);
#define ENTRY(rows, vectors) [rows][vectors] = correlate_##rows##x##vectors,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

/* One vector of the taps of a filter. */
struct taps {
    int64_t channel, row, vector;
};

/* An item, and what it collects of the pixels before it sums them. */
struct walk {
    const struct pleat__geometry *geometry;
    const real *coarse, *fine; /* of the present image and group */
    real *grad_weight;         /* of the group */
    struct blocks blocks;      /* of the coarse channels, */
    struct pleat__range own;   /* of which these are the item's */
    int64_t vectors;
    struct taps taps[MAX_VECTORS];
    int64_t runs, pixels;
    struct run run[MAX_RUNS];
    real *windows; /* copied ones: [pixels][MAX_VECTORS] */
};

/* Adds lanes[rows][vectors][LANES], of rows of channels from `channel` on, to grad_weight. */
static void add_block(const struct walk *walk, int64_t channel, int64_t rows, const real *lanes) {
    const struct pleat__geometry *g = walk->geometry;
    const int64_t filter = g->fine_channels * pleat__taps(g);
    for (int64_t c = channel; c < channel + rows; c++)
        for (int64_t j = 0; j < walk->vectors; j++, lanes += LANES) {
            const struct taps *taps = &walk->taps[j];
            const int64_t tap = first_tap(g, taps->vector), over = taps->vector * LANES - tap;
            real *to = walk->grad_weight + c * filter +
                       (taps->channel * g->kernel[1] + taps->row) * g->kernel[2] + tap;
            for (int64_t i = over; i < LANES; i++)
                to[i] += lanes[i];
        }
}

/* Sums what has been collected. */
static void flush(struct walk *walk) {
    real lanes[MAX_ROWS * MAX_VECTORS * LANES];
    for (int64_t i = walk->own.begin; i < walk->own.end; i++) {
        const struct pleat__range channels = block_rows(walk->blocks, i);
        const int64_t rows = channels.end - channels.begin;
        kernels[rows][walk->vectors](walk->run, walk->runs, channels.begin,
                                     pleat__coarse_pixels(walk->geometry), lanes);
        add_block(walk, channels.begin, rows, lanes);
    }
    walk->runs = walk->pixels = 0;
}

/* Where the windows of one vector of taps for the run's pixels lie. They are copied, zero outside
 * the fine plane, unless they are inside it. */
static const real *find_windows(struct walk *walk, const struct taps *taps, int64_t row,
                                int64_t column, int64_t count, bool is_inside, real *copy) {
    const struct pleat__geometry *g = walk->geometry;
    const int64_t u = row * g->stride[1] - g->padding[1] + taps->row * g->dilation[1];
    const int64_t first = column * g->stride[2] - g->padding[2] + first_tap(g, taps->vector);
    const int64_t at = (taps->channel * g->fine[1] + u) * g->fine[2];
    if (is_inside)
        return walk->fine + at + first;
    const int64_t length = g->fine_channels * pleat__fine_pixels(g);
    const bool is_row = u >= 0 && u < g->fine[1];
    for (int64_t i = 0; i < count; i++, copy += LANES)
        if (is_row)
            copy_window(walk->fine, length, at, g->fine[2], first + i * g->stride[2], copy);
        else
            store(copy, (vector){0});
    return copy - count * LANES;
}

/* How many of the vectors of taps meet fine rows. */
static int64_t count_rows(const struct walk *walk, int64_t row) {
    const struct pleat__geometry *g = walk->geometry;
    int64_t count = 0;
    for (int64_t j = 0; j < walk->vectors; j++) {
        const int64_t u = row * g->stride[1] - g->padding[1] + walk->taps[j].row * g->dilation[1];
        count += u >= 0 && u < g->fine[1];
    }
    return count;
}

/* Collects pixels of one coarse row; sums whenever there are enough. */
static void collect(struct walk *walk, int64_t row, struct pleat__range columns, bool is_inside) {
    const struct pleat__geometry *g = walk->geometry;
    for (int64_t column = columns.begin, count; column < columns.end; column += count) {
        count = pleat__min(columns.end - column, PLEAT__TAPS_PIXELS - walk->pixels);
        struct run *run = &walk->run[walk->runs++];
        run->coarse = walk->coarse + row * g->coarse[2] + column;
        run->count = count;
        run->step = is_inside ? g->stride[2] : LANES;
        for (int64_t j = 0; j < walk->vectors; j++)
            run->fine[j] =
                find_windows(walk, &walk->taps[j], row, column, count, is_inside,
                             walk->windows + (walk->pixels * MAX_VECTORS + j * count) * LANES);
        walk->pixels += count;
        if (walk->pixels == PLEAT__TAPS_PIXELS || walk->runs == MAX_RUNS)
            flush(walk);
    }
}

/* All pixels of one group of one image. */
static void walk_image(struct walk *walk) {
    const struct pleat__geometry *g = walk->geometry;
    struct pleat__range parts[3];
    cut_columns(g, (struct pleat__range){0, g->coarse[2]}, parts);
    for (int64_t row = 0; row < g->coarse[1]; row++) {
        const int64_t inside = count_rows(walk, row);
        for (int i = 0; inside > 0 && i < 3; i++)
            collect(walk, row, parts[i], i == 1 && inside == walk->vectors);
    }
}

/* Begins with these vectors of all filters of a group. */
static void set_taps(struct walk *walk, struct pleat__range own) {
    const struct pleat__geometry *g = walk->geometry;
    const int64_t vectors = row_vectors(g);
    walk->vectors = own.end - own.begin;
    for (int64_t j = 0; j < walk->vectors; j++) {
        const int64_t row = (own.begin + j) / vectors;
        walk->taps[j] =
            (struct taps){row / g->kernel[1], row % g->kernel[1], (own.begin + j) % vectors};
    }
}

void V(pleat__taps_filter)(const struct pleat__product *product, const void *coarse,
                           const void *fine, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct blocks blocks = blocks_of(g->coarse_channels, MAX_ROWS);
    const int64_t total = g->fine_channels * g->kernel[1] * row_vectors(g);
    const int64_t across = pleat__ceil_divide(total, block_vectors(blocks));
    const int64_t parts = g->groups * across < FEW_ITEMS ? blocks.count : 1;
    const int64_t coarse_size = g->coarse_channels * pleat__coarse_pixels(g);
    const int64_t fine_size = g->fine_channels * pleat__fine_pixels(g);
#pragma omp parallel for num_threads(product->threads) schedule(dynamic)
    for (int64_t i = 0; i < g->groups * across * parts; i++) {
        const int64_t group = i / (across * parts), column = i / parts % across, part = i % parts;
        struct walk walk = {.geometry = g, .blocks = blocks};
        walk.own = pleat__share(blocks.count, part, parts);
        walk.grad_weight =
            (real *)grad_weight + group * g->coarse_channels * g->fine_channels * pleat__taps(g);
        walk.windows = (real *)(void *)pleat__thread_scratch(product, omp_get_thread_num());
        set_taps(&walk, pleat__share(total, column, across));
        for (int64_t n = 0; n < product->batch; n++) {
            walk.coarse = (const real *)coarse + (n * g->groups + group) * coarse_size;
            walk.fine = (const real *)fine + (n * g->groups + group) * fine_size;
            walk_image(&walk);
        }
        flush(&walk);
    }
}
