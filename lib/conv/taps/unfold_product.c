/* The unfold product, coarse = f(bias + w . unfold(fine)): lanes are taps, and are added at the end. A
 * block of accumulators is channels x pixels; a term, one vector of the taps of a row, loads one
 * vector of weights a channel and one window a pixel. */
#include <omp.h>

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/registers.h"
#include "conv/taps/lanes.h"
#include "conv/taps/products.h"
#include "conv/taps/windows.h"

/* Rows of a block: few, since their weights come from the L2 cache and the windows from L1. */
enum { ROWS = (int)MAX_ROWS < 4 ? (int)MAX_ROWS : 4, MAX_SUMS = 32 };

/* One vector of taps of one coarse row: weights of which index, and fine[row + column + j step]. */
struct term {
    int64_t weight, row, column;
};

struct block {
    const struct term *terms;
    int64_t count;
    const real *weight; /* [all terms of the chunk][rows][LANES] */
    const real *fine;
    int64_t step;
};

/* sums[rows][pixels] becomes the block's sums; there is room for whole vectors. */
INLINE void multiply(const int rows, const int pixels, const struct block *block, real *sums) {
    const struct block p = *block;
    vector sum[MAX_SUMS], window[MAX_VECTORS];
    UNROLL_ALL for (int i = 0; i < rows * pixels; i++) sum[i] = (vector){0};
    for (const struct term *t = p.terms; t < p.terms + p.count; t++) {
        const real *fine = p.fine + t->row + t->column,
                   *weight = p.weight + t->weight * rows * LANES;
        UNROLL for (int j = 0; j < pixels; j++) window[j] = load(fine + j * p.step);
        UNROLL for (int i = 0; i < rows; i++) {
            vector w = load(weight + i * LANES);
            HOLD(w);
            UNROLL for (int j = 0; j < pixels; j++) sum[i * pixels + j] += w * window[j];
        }
    }
    UNROLL_ALL for (int i = 0; i < rows * pixels; i += LANES)
        add_lanes(sum + i, rows * pixels - i < LANES ? rows * pixels - i : (int)LANES, sums + i);
}

#define DEFINE(rows, pixels)                                                                       \
    static void multiply_##rows##x##pixels(const struct block *block, real *sums) {                \
        multiply(rows, pixels, block, sums);                                                       \
    }
KERNELS(DEFINE)

typedef void kernel(const struct block *, real *sums);
#define ENTRY(rows, pixels) [rows][pixels] = multiply_##rows##x##pixels,
static kernel *const kernels[MAX_ROWS + 1][MAX_VECTORS + 1] = {KERNELS(ENTRY)};

/* A tile of coarse pixels in some channels of one group of one image; image counts groups. */
struct item {
    int64_t image;
    struct pleat__range channels, rows, columns;
    struct blocks blocks; /* of the channels */
};

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__taps_unfold_tiling *tiling;
    const real *fine, *weight, *bias;
    const struct pleat__activation *activation;
    real *coarse;
};

/* A thread's scratch. */
struct scratch {
    real *weight;       /* [block][term][rows][LANES] of a chunk */
    real *windows;      /* of a block of pixels, where they reach beyond the fine rows */
    struct term *terms; /* of a coarse row, and of such a block */
};

/* The terms of a pixel: vectors of taps of all rows. */
static int64_t count_terms(const struct pleat__geometry *g) {
    return g->fine_channels * g->kernel[1] * row_vectors(g);
}

/* Packs terms chunk.begin to chunk.end - 1 of an item's channels. */
static void pack_chunk(const struct job *job, const struct item *item, struct pleat__range chunk,
                       real *packed) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t filter = g->fine_channels * pleat__taps(g), vectors = row_vectors(g);
    const int64_t group = item->image % g->groups;
    const real *first = job->weight + (group * g->coarse_channels + item->channels.begin) * filter;
    for (int64_t i = 0; i < item->blocks.count; i++) {
        const struct pleat__range channels = block_rows(item->blocks, i);
        int64_t line = chunk.begin / vectors, v = chunk.begin % vectors;
        for (int64_t t = chunk.begin; t < chunk.end; t++) {
            for (int64_t c = channels.begin; c < channels.end; c++, packed += LANES)
                pack_vector(g, first + c * filter + line * g->kernel[2], v, packed);
            if (++v == vectors)
                v = 0, line++;
        }
    }
}

/* Writes the terms of a chunk that meet fine rows, for one coarse row, and returns their number. */
static int64_t list_terms(const struct pleat__geometry *g, int64_t row, struct pleat__range chunk,
                          struct term *terms) {
    const int64_t vectors = row_vectors(g), line = chunk.begin / vectors;
    int64_t v = chunk.begin % vectors, kh = line % g->kernel[1], f = line / g->kernel[1];
    int64_t count = 0;
    for (int64_t t = chunk.begin; t < chunk.end;) {
        const int64_t u = row * g->stride[1] - g->padding[1] + kh * g->dilation[1];
        const bool inside = u >= 0 && u < g->fine[1];
        for (; v < vectors && t < chunk.end; v++, t++)
            if (inside)
                terms[count++] = (struct term){t - chunk.begin, (f * g->fine[1] + u) * g->fine[2],
                                               first_tap(g, v) - g->padding[2]};
        v = 0;
        if (++kh == g->kernel[1])
            kh = 0, f++;
    }
    return count;
}

/* Copies the windows of some pixels, zero outside the fine rows, and lists them as terms. */
static void copy_windows(const struct pleat__geometry *g, const real *fine, int64_t column,
                         int64_t pixels, const struct term *terms, int64_t count, real *windows,
                         struct term *copied) {
    const int64_t length = g->fine_channels * pleat__fine_pixels(g);
    for (int64_t t = 0; t < count; t++) {
        copied[t] = (struct term){terms[t].weight, t * pixels * LANES, 0};
        for (int64_t j = 0; j < pixels; j++)
            copy_window(fine, length, terms[t].row, g->fine[2],
                        terms[t].column + (column + j) * g->stride[2],
                        windows + (t * pixels + j) * LANES);
    }
}

/* Adds what a block of accumulators summed to its pixels, or to the bias in the first chunk; after the
 * last one they are whole. */
static void add_sums(const struct job *job, const struct item *item, struct pleat__range channels,
                     int64_t pixel, int64_t pixels, bool is_first, bool is_last, const real *sums) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t plane = pleat__coarse_pixels(g), group = item->image % g->groups;
    for (int64_t i = channels.begin; i < channels.end; i++) {
        const int64_t c = item->channels.begin + i;
        const int64_t channel = group * g->coarse_channels + c;
        const real bias = job->bias == NULL ? 0 : job->bias[channel];
        real *to = job->coarse + (item->image * g->coarse_channels + c) * plane + pixel;
        for (int64_t j = 0; j < pixels; j++, sums++)
            to[j] = (is_first ? bias : to[j]) + *sums;
        if (is_last)
            activate(job->activation, channel, pixels, to);
    }
}

/* One chunk of terms for a run of pixels of one coarse row, whose windows lie in the fine rows or
 * do not. */
static void sum_run(const struct job *job, const struct item *item, struct pleat__range chunk,
                    int64_t row, struct pleat__range run, bool is_inside, int64_t count,
                    struct scratch scratch) {
    const struct pleat__geometry *g = job->geometry;
    const real *fine = job->fine + item->image * g->fine_channels * pleat__fine_pixels(g);
    const int64_t most = block_vectors(item->blocks);
    const int64_t blocks = pleat__ceil_divide(run.end - run.begin, most);
    real sums[MAX_SUMS];
    for (int64_t i = 0, column = run.begin, next; i < blocks; i++, column = next) {
        next = column + (run.end - column) / (blocks - i);
        const int64_t pixels = next - column;
        struct block block = {scratch.terms, count, scratch.weight, fine + column * g->stride[2],
                              g->stride[2]};
        if (!is_inside) {
            block.terms = scratch.terms + count, block.fine = scratch.windows, block.step = LANES;
            copy_windows(g, fine, column, pixels, scratch.terms, count, scratch.windows,
                         scratch.terms + count);
        }
        for (int64_t b = 0; b < item->blocks.count; b++) {
            const struct pleat__range channels = block_rows(item->blocks, b);
            const int64_t rows = channels.end - channels.begin;
            kernels[rows][pixels](&block, sums);
            block.weight += (chunk.end - chunk.begin) * rows * LANES;
            add_sums(job, item, channels, row * g->coarse[2] + column, pixels, chunk.begin == 0,
                     chunk.end == count_terms(g), sums);
        }
    }
}

static void make_item(const struct job *job, const struct item *item, struct scratch scratch) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t total = count_terms(g);
    const int64_t chunk_terms = pleat__even_piece(total, PLEAT__TAPS_CHUNK_BYTES / VECTOR_BYTES);
    struct pleat__range parts[3];
    cut_columns(g, item->columns, parts);
    for (int64_t first = 0; first < total; first += chunk_terms) {
        const struct pleat__range chunk = {first, pleat__min(total, first + chunk_terms)};
        pack_chunk(job, item, chunk, scratch.weight);
        for (int64_t row = item->rows.begin; row < item->rows.end; row++) {
            const int64_t count = list_terms(g, row, chunk, scratch.terms);
            for (int i = 0; i < 3; i++)
                sum_run(job, item, chunk, row, parts[i], i == 1, count, scratch);
        }
    }
}

void V(pleat__taps_unfold)(const struct pleat__product *product, const void *fine,
                           const void *weight, const void *bias, void *coarse) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__taps_unfold_tiling *t = &product->work->tiling.taps_unfold;
    const struct job job = {g, t, fine, weight, bias, product->activation, coarse};
    const struct pleat__range channels = {0, g->coarse_channels};
    const struct pleat__range rows = {0, g->coarse[1]}, columns = {0, g->coarse[2]};
    const int64_t parts = pleat__ceil_divide(g->coarse_channels, t->channels);
    const int64_t down = pleat__ceil_divide(g->coarse[1], t->rows);
    const int64_t across = pleat__ceil_divide(g->coarse[2], t->columns);
    const int64_t items = product->batch * g->groups * parts * down * across;
#pragma omp parallel for num_threads(product->threads) schedule(dynamic)
    for (int64_t i = 0; i < items; i++) {
        char *own = pleat__thread_scratch(product, omp_get_thread_num());
        const struct scratch scratch = {
            (real *)(void *)own, (real *)(void *)(own + t->weight_bytes),
            (struct term *)(void *)(own + t->weight_bytes + t->window_bytes)};
        struct item item = {.image = i / (parts * down * across)};
        item.channels = pleat__piece(channels, t->channels, i / (down * across) % parts);
        item.rows = pleat__piece(rows, t->rows, i / across % down);
        item.columns = pleat__piece(columns, t->columns, i % across);
        item.blocks = blocks_of(item.channels.end - item.channels.begin, ROWS);
        make_item(&job, &item, scratch);
    }
}
