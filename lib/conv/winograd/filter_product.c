/* The filter product: on each phase the correlation of the fine phase with the coarse plane, summed
 * over all tiles. Each item of work owns a block of filters, and walks the tiles of all images in
 * order, so that there is nothing to reduce. Both sides' tiles are transposed, so that channels lie
 * side by side. */
#include <omp.h>

#include "base/checked.h"
#include "conv/winograd/products.h"
#include "conv/winograd/tiles.h"
#include "conv/winograd/transform.h"
#include "conv/winograd/transpose.h"
#include "conv/winograd/weights.h"

enum { DEPTH = PLEAT__WINOGRAD_DEPTH };

struct job {
    const struct pleat__product *product;
    const struct pleat__geometry *geometry;
    const struct pleat__winograd *tiling;
    struct pleat__winograd_part part;
    const real *coarse, *fine;
    real *grad_weight;
};

/* A block of filters and a thread's scratch. */
struct block {
    int64_t group;
    struct pleat__range coarse, fine; /* channels */
    struct pleat__gather from_coarse, from_fine;
    real *lines; /* [element or product][ROWS][DEPTH] */
    real *pairs; /* [element][ROWS of coarse channels][DEPTH][ROWS] */
    real *tiles; /* [product][DEPTH][PANEL] */
    real *sums;  /* [product][ROWS of coarse channels][ROWS][PANEL] */
};

static int64_t count_rows(const struct block *b) {
    return pleat__ceil_divide(b->coarse.end - b->coarse.begin, ROWS);
}

/* to[row i][width]'s elements 0..ROWS - 1 = lines[0..ROWS - 1][i], for i of DEPTH. */
static void transpose_lines(const real *from, int64_t width, real *to) {
    for (int64_t i = 0; i < DEPTH; i += ROWS) {
        lanes square[ROWS];
        for (int r = 0; r < ROWS; r++)
            square[r] = *(const lanes *)(const void *)(from + r * DEPTH + i);
        pleat__transpose(square);
        for (int r = 0; r < ROWS; r++)
            *(lanes *)(void *)(to + (i + r) * width) = square[r];
    }
}

/* lines[product][row] = the tiles of a fine channel. */
static void transform_fine(const struct job *job, const real *streams, real *lines) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    for (int64_t ph = 0; ph < h->phases; ph++) {
        for (int64_t pw = 0; pw < w->phases; pw++) {
            struct pleat__panels_in samples;
            struct pleat__panels_out elements;
            for (int r = 0; r < h->elements; r++) {
                for (int c = 0; c < w->elements; c++) {
                    const int64_t *used[2] = {job->part.used[0], job->part.used[1]};
                    const int64_t product = job->part.first[r][c] + ph * used[1][c] + pw;
                    samples.at[r][c] = streams + ((r * h->phases + ph) * w->elements * w->phases +
                                                  c * w->phases + pw) *
                                                     DEPTH;
                    elements.at[r][c] =
                        ph < used[0][r] && pw < used[1][c] ? lines + product * ROWS * DEPTH : NULL;
                }
            }
            V(pleat__winograd_samples)(job->tiling, DEPTH, &samples, &elements);
        }
    }
}

/* lines[element][row] = the pairs of a coarse channel. */
static void transform_coarse(const struct job *job, const real *streams, real *lines) {
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    struct pleat__panels_in pairs;
    struct pleat__panels_out elements;
    for (int r = 0; r < h->tile; r++)
        for (int c = 0; c < w->tile; c++)
            pairs.at[r][c] = streams + (r * w->tile + c) * DEPTH;
    for (int r = 0; r < h->elements; r++)
        for (int c = 0; c < w->elements; c++)
            elements.at[r][c] = lines + (r * w->elements + c) * ROWS * DEPTH;
    V(pleat__winograd_pairs)(job->tiling, DEPTH, &pairs, &elements);
}

/* The streams of one channel; the next one's pixels are asked for. */
static void gather_channel(const struct pleat__gather *gather, const real *plane, int64_t pixels,
                           bool last) {
    if (!last && !gather->small)
        V(pleat__gather_prefetch)(gather, plane + pixels);
    V(pleat__gather_channel)(gather, plane);
}

static void load_fine(const struct job *job, const struct block *b) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t pixels = pleat__fine_pixels(g);
    const real *planes = job->fine + b->group * g->fine_channels * pixels;
    for (int64_t f = b->fine.begin; f < b->fine.end; f += ROWS) {
        for (int64_t i = f; i < pleat__min(b->fine.end, f + ROWS); i++) {
            gather_channel(&b->from_fine, planes + i * pixels, pixels, i + 1 == b->fine.end);
            transform_fine(job, b->from_fine.streams, b->lines + (i - f) * DEPTH);
        }
        for (int64_t product = 0; product < job->tiling->products; product++)
            transpose_lines(b->lines + product * ROWS * DEPTH, PANEL,
                            b->tiles + product * DEPTH * PANEL + f - b->fine.begin);
    }
}

static void load_coarse(const struct job *job, const struct block *b) {
    const struct pleat__geometry *g = job->geometry;
    const int elements = job->tiling->axis[0].elements * job->tiling->axis[1].elements;
    const int64_t pixels = pleat__coarse_pixels(g);
    const real *planes = job->coarse + b->group * g->coarse_channels * pixels;
    for (int64_t row = 0; row < count_rows(b); row++) {
        const int64_t first = b->coarse.begin + row * ROWS;
        for (int64_t i = first; i < pleat__min(b->coarse.end, first + ROWS); i++) {
            gather_channel(&b->from_coarse, planes + i * pixels, pixels, i + 1 == b->coarse.end);
            transform_coarse(job, b->from_coarse.streams, b->lines + (i - first) * DEPTH);
        }
        for (int element = 0; element < elements; element++)
            transpose_lines(b->lines + element * ROWS * DEPTH, ROWS,
                            b->pairs + (element * count_rows(b) + row) * DEPTH * ROWS);
    }
}

static void multiply(const struct job *job, const struct block *b, bool add) {
    const struct pleat__winograd_part *part = &job->part;
    const struct pleat__winograd_axis *h = &job->tiling->axis[0], *w = &job->tiling->axis[1];
    const int64_t rows = count_rows(b);
    for (int r = 0; r < h->elements; r++) {
        for (int c = 0; c < w->elements; c++) {
            const real *pairs = b->pairs + (r * w->elements + c) * rows * DEPTH * ROWS;
            const int64_t end = part->first[r][c] + part->used[0][r] * part->used[1][c];
            for (int64_t product = part->first[r][c]; product < end; product++)
                for (int64_t row = 0; row < rows; row++)
                    V(pleat__winograd_multiply)
            (DEPTH, pairs + row * DEPTH * ROWS, b->tiles + product * DEPTH * PANEL, add,
             b->sums + (product * rows + row) * ROWS * PANEL);
        }
    }
}

/* Adds the sums, transformed, to the weight's gradient. */
static void add_block(const struct job *job, const struct block *b) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t taps = pleat__taps(g), row = g->fine_channels * taps;
    for (int64_t f = b->fine.begin; f < b->fine.end; f += ROWS) {
        const struct pleat__filters filters = {pleat__min(ROWS, b->fine.end - f), taps,
                                               b->coarse.end - b->coarse.begin, row};
        const struct pleat__filter_sums sums = {b->sums + f - b->fine.begin,
                                                count_rows(b) * ROWS * PANEL, PANEL};
        V(pleat__winograd_add_weights)
        (g, job->tiling, &filters, &sums,
         job->grad_weight + (b->group * g->coarse_channels + b->coarse.begin) * row + f * taps);
    }
}

static char *take(char **scratch, size_t bytes) {
    char *taken = *scratch;
    *scratch += bytes;
    return taken;
}

static struct pleat__gather begin_gather(const struct pleat__winograd_source *source,
                                         int64_t image_size, char **scratch) {
    struct pleat__gather gather = {.image_size = image_size, .ld = DEPTH, .small = source->small};
    gather.streams = (real *)(void *)take(scratch, source->sample_bytes);
    gather.buffer = (real *)(void *)take(scratch, source->buffer_bytes);
    gather.table = (int32_t *)(void *)take(scratch, source->table_bytes);
    return gather;
}

static void set_windows(const struct job *job, struct block *b) {
    const struct pleat__geometry *g = job->geometry;
    for (int i = 0; i < 2; i++) {
        const struct pleat__winograd_axis *a = &job->tiling->axis[i];
        b->from_coarse.axis[i] = (struct pleat__tile_window){0, a->tile, a->tile, g->coarse[i + 1]};
        b->from_fine.axis[i] = (struct pleat__tile_window){-g->padding[i + 1], a->tile * a->phases,
                                                           a->elements * a->phases, g->fine[i + 1]};
    }
}

static struct block find_block(const struct job *job, int64_t index) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__winograd *t = job->tiling;
    const int64_t panels = pleat__ceil_divide(g->fine_channels, PANEL);
    const int64_t blocks = pleat__ceil_divide(g->coarse_channels, t->block);
    const int64_t f = index % panels * PANEL, c = index / panels % blocks * t->block;
    char *scratch = pleat__thread_scratch(job->product, omp_get_thread_num());
    struct block b = {.group = index / panels / blocks,
                      .coarse = {c, pleat__min(g->coarse_channels, c + t->block)},
                      .fine = {f, pleat__min(g->fine_channels, f + PANEL)}};
    b.from_fine =
        begin_gather(&t->fine, g->groups * g->fine_channels * pleat__fine_pixels(g), &scratch);
    b.from_coarse = begin_gather(
        &t->coarse, g->groups * g->coarse_channels * pleat__coarse_pixels(g), &scratch);
    set_windows(job, &b);
    b.lines = (real *)(void *)take(&scratch, t->line_bytes);
    b.pairs = (real *)(void *)take(&scratch, t->pair_bytes);
    b.tiles = (real *)(void *)take(&scratch, t->tile_bytes);
    b.sums = (real *)(void *)take(&scratch, t->sum_bytes);
    return b;
}

static void run_block(const struct job *job, struct block *b) {
    const struct pleat__winograd *t = job->tiling;
    const int64_t tiles = job->product->batch * t->axis[0].tiles * t->axis[1].tiles;
    for (int64_t begin = 0; begin < tiles; begin += DEPTH) {
        const struct pleat__tile_run run = {begin, pleat__min(DEPTH, tiles - begin),
                                            t->axis[0].tiles, t->axis[1].tiles};
        b->from_coarse.run = b->from_fine.run = run;
        V(pleat__gather_prepare)(&b->from_coarse);
        V(pleat__gather_prepare)(&b->from_fine);
        load_fine(job, b);
        load_coarse(job, b);
        multiply(job, b, begin > 0);
    }
    if (tiles > 0)
        add_block(job, b);
}

void V(pleat__winograd_filter)(const struct pleat__product *product, const void *coarse,
                               const void *fine, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__winograd *t = &product->work->tiling.winograd;
    const struct job job = {product, g, t, pleat__winograd_part(t, 0), coarse, fine, grad_weight};
    const int64_t blocks = g->groups * pleat__ceil_divide(g->fine_channels, PANEL) *
                           pleat__ceil_divide(g->coarse_channels, t->block);
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = find_block(&job, i);
        run_block(&job, &b);
    }
}
