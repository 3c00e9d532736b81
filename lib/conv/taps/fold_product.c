/* The fold product, fine = f(bias + fold(w^T . coarse)), one fine row at a time. A block of accumulators
 * is coarse pixels x vectors of taps: what a pixel gives to the fine row, summed over coarse channels
 * and the rows of taps that reach it. Then the pixels' vectors are added into a line, S apart.
 *
 * Fine row v SH + q - PH, of phase q, meets the rows of taps kh DH = q (mod SH), whatever v: an item
 * packs the weights of one phase for all its rows. */
#include <omp.h>
#include <string.h>

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/registers.h"
#include "conv/taps/products.h"
#include "conv/taps/windows.h"

#if VECTOR_BYTES == 64
enum { MOST_VECTORS = 4 };
#elif VECTOR_BYTES == 32
enum { MOST_VECTORS = 3 };
#else
enum { MOST_VECTORS = 2 };
#endif

/* Coarse pixels `apart` from each other, and the terms (row of taps, coarse channel) of all of them;
 * the coarse rows of one row of taps and the next are row_step apart, their channels ld. A pixel's
 * vectors are added to to[vector], line_step apart: neighbouring additions do not overlap, which
 * would have to wait for each other. */
struct block {
    const real *coarse;
    const real *weight; /* [rows][channels][vectors][LANES] */
    int64_t rows, channels;
    int64_t row_step, ld, apart, line_step;
    real *to[MAX_VECTORS];
};

INLINE void multiply(const int pixels, const int vectors, const struct block *block) {
    const struct block p = *block;
    vector sum[MAX_ROWS][MAX_VECTORS], taps[MAX_VECTORS];
    UNROLL for (int i = 0; i < pixels; i++) UNROLL for (int j = 0; j < vectors; j++) sum[i][j] =
        (vector){0};
    const real *weight = p.weight;
    for (int64_t row = 0; row < p.rows; row++) {
        const real *coarse = p.coarse + row * p.row_step;
        for (int64_t c = 0; c < p.channels; c++, coarse += p.ld, weight += vectors * LANES) {
            UNROLL for (int j = 0; j < vectors; j++) taps[j] = load(weight + j * LANES);
            UNROLL for (int i = 0; i < pixels; i++) UNROLL for (int j = 0; j < vectors; j++)
                sum[i][j] += coarse[i * p.apart] * taps[j];
        }
    }
    UNROLL for (int j = 0; j < vectors; j++) UNROLL for (int i = 0; i < pixels; i++)
        store(p.to[j] + i * p.line_step, load(p.to[j] + i * p.line_step) + sum[i][j]);
}

#define DEFINE(pixels, vectors)                                                                    \
    static void multiply_##pixels##x##vectors(const struct block *block) {                         \
        multiply(pixels, vectors, block);                                                          \
    }
KERNELS(DEFINE)

typedef void kernel(const struct block *);
#define ENTRY(pixels, vectors) [pixels][vectors] = multiply_##pixels##x##vectors,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

/* The rows of taps that reach the fine rows of a phase: first, first + step, .., of which row i meets
 * coarse row v - shift - i shift_step. */
struct phase {
    int64_t first, step, count;
    int64_t shift, shift_step;
};

/* A tile of positions of one phase of the rows, in some fine channels of one group of one image;
 * image counts groups. */
struct item {
    int64_t image, q;
    struct phase phase;
    struct pleat__range channels, rows, columns;
    struct pleat__range pixels; /* the coarse columns that reach the tile */
};

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__taps_fold_tiling *tiling;
    const real *coarse, *weight, *bias;
    const struct pleat__activation *activation;
    real *fine;
};

/* A thread's scratch. */
struct scratch {
    real *weight;
    real *lines; /* [row][fine channel][line] */
};

static struct phase phase_of(const struct pleat__geometry *g, int64_t q) {
    const int64_t stride = g->stride[1], dilation = g->dilation[1], taps = g->kernel[1];
    struct phase phase = {.step = 1};
    while (phase.step * dilation % stride != 0)
        phase.step++;
    phase.shift_step = phase.step * dilation / stride;
    const int64_t end = pleat__min(taps, phase.step);
    while (phase.first < end && phase.first * dilation % stride != q)
        phase.first++;
    if (phase.first < end) {
        phase.count = (taps - 1 - phase.first) / phase.step + 1;
        phase.shift = phase.first * dilation / stride;
    }
    return phase;
}

/* The rows of taps, of a phase, that meet coarse rows at position v. */
static struct pleat__range rows_of(const struct pleat__geometry *g, const struct phase *phase,
                                   int64_t v) {
    const int64_t last = v - phase->shift; /* the coarse row of the first */
    const int64_t begin = pleat__ceil_divide(last - g->coarse[1] + 1, phase->shift_step);
    const int64_t end = pleat__floor_divide(last, phase->shift_step) + 1;
    return (struct pleat__range){pleat__max(0, begin), pleat__min(phase->count, end)};
}

/* Packs [row of taps][coarse channel][vector][LANES] for vectors of the item's channels, counted
 * through their rows of taps. */
static void pack_weights(const struct job *job, const struct item *item,
                         struct pleat__range channels, struct pleat__range vectors, real *packed) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t taps = pleat__taps(g), per_row = row_vectors(g), group = item->image % g->groups;
    for (int64_t i = 0; i < item->phase.count; i++) {
        const int64_t kh = item->phase.first + i * item->phase.step;
        for (int64_t c = channels.begin; c < channels.end; c++) {
            const real *filters =
                job->weight + (group * g->coarse_channels + c) * g->fine_channels * taps;
            for (int64_t j = vectors.begin; j < vectors.end; j++, packed += LANES) {
                const int64_t f = item->channels.begin + j / per_row;
                pack_vector(g, filters + f * taps + kh * g->kernel[2], j % per_row, packed);
            }
        }
    }
}

/* Where the line of a row and fine channel of the item begins: at fine position
 * (columns.begin - reach + 1) S - P. */
static real *line_of(const struct job *job, const struct item *item, struct scratch scratch,
                     int64_t row, int64_t channel) {
    const int64_t channels = item->channels.end - item->channels.begin;
    return scratch.lines + ((row - item->rows.begin) * channels + channel) * job->tiling->line;
}

/* The most pixels of a block of that many vectors. */
static int64_t most_pixels(int64_t vectors) {
    int64_t pixels = MAX_ROWS;
    while (widest[pixels] < vectors)
        pixels--;
    return pixels;
}

/* What the packed weights give to one fine row. */
static void sum_row(const struct job *job, const struct item *item, struct scratch scratch,
                    int64_t row, struct pleat__range channels, struct pleat__range vectors) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t plane = pleat__coarse_pixels(g), count = vectors.end - vectors.begin;
    const struct pleat__range taps = rows_of(g, &item->phase, row);
    if (taps.begin >= taps.end)
        return;
    const int64_t coarse_row = row - item->phase.shift - taps.begin * item->phase.shift_step;
    const real *coarse = job->coarse + (item->image * g->coarse_channels + channels.begin) * plane +
                         coarse_row * g->coarse[2];
    /* windows of pixels so far apart do not overlap within a vector */
    const int64_t apart = pleat__ceil_divide(LANES, g->stride[2]);
    struct block block = {
        .weight = scratch.weight + taps.begin * (channels.end - channels.begin) * count * LANES,
        .rows = taps.end - taps.begin,
        .channels = channels.end - channels.begin,
        .row_step = -item->phase.shift_step * g->coarse[2],
        .ld = plane,
        .apart = apart,
        .line_step = apart * g->stride[2],
    };
    real *line[MAX_VECTORS];
    const int64_t most = most_pixels(count);
    for (int64_t j = 0; j < count; j++) {
        const int64_t i = vectors.begin + j;
        line[j] =
            line_of(job, item, scratch, row, i / row_vectors(g)) + first_tap(g, i % row_vectors(g));
    }
    const int64_t corner = item->columns.begin - job->tiling->reach + 1;
    for (int64_t first = 0; first < apart; first++)
        for (int64_t i = item->pixels.begin + first, pixels; i < item->pixels.end;
             i += pixels * apart) {
            pixels = pleat__min(most, pleat__ceil_divide(item->pixels.end - i, apart));
            block.coarse = coarse + i;
            for (int64_t j = 0; j < count; j++)
                block.to[j] = line[j] + (i - corner) * g->stride[2];
            kernels[pixels][count](&block);
        }
}

/* Where a fine row of the item lies in fine, or NULL outside. */
static real *fine_row(const struct job *job, const struct item *item, int64_t row, int64_t f) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t u = row * g->stride[1] + item->q - g->padding[1];
    if (u < 0 || u >= g->fine[1])
        return NULL;
    return job->fine + ((item->image * g->fine_channels + f) * g->fine[1] + u) * g->fine[2];
}

/* The columns of fine that are the item's. */
static struct pleat__range own_columns(const struct pleat__geometry *g, const struct item *item) {
    return (struct pleat__range){
        pleat__max(0, item->columns.begin * g->stride[2] - g->padding[2]),
        pleat__min(g->fine[2], item->columns.end * g->stride[2] - g->padding[2])};
}

/* Asks for the fine pixels of a row, to write them soon. */
static void prefetch_row(const struct job *job, const struct item *item, int64_t row) {
    const struct pleat__range columns = own_columns(job->geometry, item);
    for (int64_t f = item->channels.begin; f < item->channels.end; f++) {
        const real *to = fine_row(job, item, row, f);
        for (int64_t x = columns.begin; to != NULL && x < columns.end; x += LINE)
            __builtin_prefetch(to + x, 1);
    }
}

/* to[i] = line[i] + bias. */
static void add_bias(const real *restrict line, real bias, int64_t count, real *restrict to) {
    for (int64_t i = 0; i < count; i++)
        to[i] = line[i] + bias;
}

/* Stores the fine pixels of the item, with the bias. */
static void store_lines(const struct job *job, const struct item *item, struct scratch scratch) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t corner =
        (item->columns.begin - job->tiling->reach + 1) * g->stride[2] - g->padding[2];
    const int64_t group = item->image % g->groups;
    const struct pleat__range columns = own_columns(g, item);
    for (int64_t row = item->rows.begin; row < item->rows.end; row++)
        for (int64_t f = item->channels.begin; f < item->channels.end; f++) {
            real *to = fine_row(job, item, row, f);
            const int64_t channel = group * g->fine_channels + f;
            if (to == NULL)
                continue;
            add_bias(line_of(job, item, scratch, row, f - item->channels.begin) + columns.begin -
                         corner,
                     job->bias == NULL ? 0 : job->bias[channel], columns.end - columns.begin,
                     to + columns.begin);
            activate(job->activation, channel, columns.end - columns.begin, to + columns.begin);
        }
}

static void clear_lines(const struct job *job, const struct item *item, struct scratch scratch) {
    const int64_t lines =
        (item->rows.end - item->rows.begin) * (item->channels.end - item->channels.begin);
    memset(scratch.lines, 0, (size_t)(lines * job->tiling->line) * sizeof(real));
}

/* An item whose weights are packed at once finishes each row while it is in the L1 cache. */
static void make_rows(const struct job *job, const struct item *item, struct scratch scratch,
                      struct pleat__range channels, struct pleat__range vectors) {
    struct item one = *item;
    for (int64_t row = item->rows.begin; row < item->rows.end; row++) {
        one.rows = (struct pleat__range){row, row + 1};
        if (row + 1 < item->rows.end)
            prefetch_row(job, item, row + 1);
        clear_lines(job, &one, scratch);
        sum_row(job, &one, scratch, row, channels, vectors);
        store_lines(job, &one, scratch);
    }
}

static void make_item(const struct job *job, const struct item *item, struct scratch scratch) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t most = job->tiling->channels;
    const int64_t total = (item->channels.end - item->channels.begin) * row_vectors(g);
    const int64_t blocks = pleat__ceil_divide(total, MOST_VECTORS);
    const bool is_whole = blocks == 1 && most == g->coarse_channels;
    if (!is_whole)
        clear_lines(job, item, scratch);
    for (int64_t c = 0; c < g->coarse_channels; c += most) {
        const struct pleat__range channels = {c, pleat__min(g->coarse_channels, c + most)};
        for (int64_t i = 0; i < blocks; i++) {
            const struct pleat__range vectors = pleat__share(total, i, blocks);
            pack_weights(job, item, channels, vectors, scratch.weight);
            if (is_whole)
                make_rows(job, item, scratch, channels, vectors);
            for (int64_t row = item->rows.begin; !is_whole && row < item->rows.end; row++)
                sum_row(job, item, scratch, row, channels, vectors);
        }
    }
    if (!is_whole)
        store_lines(job, item, scratch);
}

void V(pleat__taps_fold)(const struct pleat__product *product, const void *coarse,
                         const void *weight, const void *bias, void *fine) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__taps_fold_tiling *t = &product->work->tiling.taps_fold;
    const struct job job = {g, t, coarse, weight, bias, product->activation, fine};
    const struct pleat__range channels = {0, g->fine_channels};
    const struct pleat__range rows = pleat__positions(g, 1), columns = pleat__positions(g, 2);
    const int64_t parts = pleat__ceil_divide(g->fine_channels, t->fine_channels);
    const int64_t down = pleat__ceil_divide(rows.end - rows.begin, t->rows);
    const int64_t across = pleat__ceil_divide(columns.end - columns.begin, t->columns);
    const int64_t image_items = parts * g->stride[1] * down * across;
#pragma omp parallel for num_threads(product->threads) schedule(dynamic)
    for (int64_t i = 0; i < product->batch * g->groups * image_items; i++) {
        char *own = pleat__thread_scratch(product, omp_get_thread_num());
        const struct scratch scratch = {(real *)(void *)own,
                                        (real *)(void *)(own + t->weight_bytes)};
        struct item item = {.image = i / image_items, .q = i / (down * across) % g->stride[1]};
        item.phase = phase_of(g, item.q);
        item.channels =
            pleat__piece(channels, t->fine_channels, i / (down * across * g->stride[1]) % parts);
        item.rows = pleat__piece(rows, t->rows, i / across % down);
        item.columns = pleat__piece(columns, t->columns, i % across);
        item.pixels = (struct pleat__range){pleat__max(0, item.columns.begin - t->reach + 1),
                                            pleat__min(g->coarse[2], item.columns.end)};
        make_item(&job, &item, scratch);
    }
}
