/* The fold product, fine = f(bias + fold(w^T . coarse)): a tile's coarse rows are copied and padded with
 * zeros; each phase of each fine channel is a row of sums over channels and shifts; the phases are
 * interleaved and stored once, with the bias. */
#include <omp.h>
#include <string.h>

#include "base/checked.h"
#include "conv/activate.h"
#include "conv/direct/multiply.h"
#include "conv/direct/products.h"
#include "conv/direct/shifts.h"
#include "conv/registers.h"

/* Vectors of pixels that are multiplied by all weights while their data is in the L1 cache. */
enum { PIECE = 6 };

/* Terms that some rows of sums have in common: all rows, or those of the phases with more taps. */
struct part {
    struct pleat__shifts height, width;
    int64_t first_row, rows, terms;
    int64_t weight, offset; /* where its packed weights and its offsets begin */
};

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__direct_fold_tiling *tiling;
    struct pleat__shifts height[2], width[2];
    struct part parts[4];
    int parts_count;
    const real *coarse, *bias;
    const struct pleat__activation *activation;
    const real *packed; /* [group][part] */
    int32_t *offset;
    int32_t *row_of; /* [F][phases of height][phases of width] */
    real *fine;
};

/* Orders the rows of sums so that the rows of each part follow each other: phases with one more tap
 * along the height only, along both axes, along the width only, neither. */
static void order_rows(struct job *job) {
    const int64_t channels = job->geometry->fine_channels;
    const int64_t across = job->width[0].phases, phases = job->height[0].phases * across;
    static const int order[4] = {1, 3, 2, 0};
    int32_t end[4], next = 0;
    for (int i = 0; i < 4; i++) {
        for (int64_t row = 0; row < channels * phases; row++) {
            const int64_t p = row % phases / across, q = row % across;
            if ((p < job->height[1].phases) + 2 * (q < job->width[1].phases) == order[i])
                job->row_of[row] = next++;
        }
        end[i] = next;
    }
    const int32_t first[4] = {0, 0, end[0], end[0]}, last[4] = {next, end[1], end[2], end[1]};
    int64_t weight = 0, offset = 0;
    for (int i = 0; i < 4; i++) {
        struct part part = {.height = job->height[i & 1], .width = job->width[i >> 1]};
        part.first_row = first[i];
        part.rows = last[i] - first[i];
        part.terms = job->geometry->coarse_channels * part.height.count * part.width.count;
        part.weight = weight;
        part.offset = offset;
        if (part.rows > 0 && part.terms > 0)
            job->parts[job->parts_count++] = part;
        weight += part.rows * part.terms;
        offset += part.terms;
    }
}

/* Where the data of each term begins, for the first pixel of the copied rows. */
static void set_offsets(const struct job *job, const struct part *part) {
    const struct pleat__direct_fold_tiling *t = job->tiling;
    int32_t *offset = job->offset + part->offset;
    for (int64_t c = 0; c < job->geometry->coarse_channels; c++)
        for (int64_t i = 0; i < part->height.count; i++)
            for (int64_t j = 0; j < part->width.count; j++) {
                const int64_t down = t->reach - 1 - part->height.first - i * part->height.step;
                const int64_t right = t->shifts - 1 - part->width.first - j * part->width.step;
                *offset++ = (int32_t)(c * t->plane + down * t->pitch + right);
            }
}

/* Packs the weights of all rows of a part that belong to coarse channel c of a group. */
static void pack_channel(const struct job *job, const struct part *part, const real *weight,
                         int64_t group, int64_t c, real *packed) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t taps = g->kernel[1] * g->kernel[2], across = job->width[0].phases;
    const int64_t term = c * part->height.count * part->width.count;
    const real *from = weight + (group * g->coarse_channels + c) * g->fine_channels * taps;
    packed += group * g->coarse_channels * g->fine_channels * taps + part->weight;
    for (int64_t f = 0; f < g->fine_channels; f++)
        for (int64_t p = 0; p < part->height.phases; p++)
            for (int64_t q = 0; q < part->width.phases; q++) {
                const int64_t row =
                    job->row_of[(f * job->height[0].phases + p) * across + q] - part->first_row;
                const struct pleat__packed_row to =
                    V(pleat__packed_row)(part->rows, part->terms, row);
                real *place = packed + to.first + term * to.step;
                for (int64_t i = 0; i < part->height.count; i++)
                    for (int64_t j = 0; j < part->width.count; j++, place += to.step) {
                        const int64_t kh =
                            pleat__shift_tap(g, 1, p, part->height.first + i * part->height.step);
                        const int64_t kw =
                            pleat__shift_tap(g, 2, q, part->width.first + j * part->width.step);
                        *place = from[f * taps + kh * g->kernel[2] + kw];
                    }
            }
}

/* Packs all weights, within a parallel region. */
static void pack_channels(const struct job *job, const real *weight, real *packed) {
    const int64_t channels = job->geometry->coarse_channels;
#pragma omp for schedule(static)
    for (int64_t c = 0; c < job->geometry->groups * channels; c++)
        for (int i = 0; i < job->parts_count; i++)
            pack_channel(job, &job->parts[i], weight, c / channels, c % channels, packed);
}

/* Copies what the tile meets of coarse[C][CH][CW], zero outside. */
static void copy_coarse(const struct job *job, const real *coarse, struct pleat__tile tile,
                        real *to) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_fold_tiling *t = job->tiling;
    const int64_t first = tile.column - (t->shifts - 1), count = tile.columns + t->shifts - 1;
    for (int64_t c = 0; c < g->coarse_channels; c++)
        for (int64_t v = 0; v < tile.rows + t->reach - 1; v++) {
            const int64_t row = tile.row - (t->reach - 1) + v;
            real *place = to + c * t->plane + v * t->pitch;
            if (row >= 0 && row < g->coarse[1])
                copy_padded(coarse + (c * g->coarse[1] + row) * g->coarse[2], g->coarse[2], first,
                            count, place);
            else
                memset(place, 0, (size_t)count * sizeof(real));
        }
}

/* sums[rows][sum_ld] = all sums of the tile; between its rows are some of no use. */
static void sum_tile(const struct job *job, int64_t group, struct pleat__tile tile,
                     const real *data, real *sums) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_fold_tiling *t = job->tiling;
    const int64_t size = pleat__ceil_divide(tile.rows * t->pitch, LANES) * LANES;
    const real *packed =
        job->packed + group * g->coarse_channels * g->fine_channels * pleat__taps(g);
    for (int64_t i = 0; i < size; i += PIECE * LANES)
        for (int k = 0; k < job->parts_count; k++) {
            const struct part *part = &job->parts[k];
            const struct pleat__multiply multiply = {
                .rows = part->rows,
                .terms = part->terms,
                .offset = job->offset + part->offset,
                .weight = packed + part->weight,
                .data = data + i,
                .add = k > 0,
                .out = sums + part->first_row * t->sum_ld + i,
                .ld = t->sum_ld,
            };
            V(pleat__multiply)(&multiply, pleat__min(PIECE * LANES, size - i));
        }
}

/* line[i stride] = sums[i] + bias, or bias where sums is NULL. */
static void spread(const real *restrict sums, int64_t count, int64_t stride, real bias,
                   real *restrict line) {
    if (sums == NULL)
        for (int64_t i = 0; i < count; i++)
            line[i * stride] = bias;
    else if (stride == 1)
        for (int64_t i = 0; i < count; i++)
            line[i] = sums[i] + bias;
    else
        for (int64_t i = 0; i < count; i++)
            line[i * stride] = sums[i] + bias;
}

/* Interleaves the phases of one fine row, sums[q] of count each, into line. */
static void interleave(const real *const *sums, int64_t count, int64_t stride, real bias,
                       real *restrict line) {
    const real *a = sums[0], *b = stride > 1 ? sums[1] : NULL, *c = stride > 2 ? sums[2] : NULL;
    if (stride == 2 && a != NULL && b != NULL)
        for (int64_t i = 0; i < count; i++) {
            line[2 * i] = a[i] + bias;
            line[2 * i + 1] = b[i] + bias;
        }
    else if (stride == 3 && a != NULL && b != NULL && c != NULL)
        for (int64_t i = 0; i < count; i++) {
            line[3 * i] = a[i] + bias;
            line[3 * i + 1] = b[i] + bias;
            line[3 * i + 2] = c[i] + bias;
        }
    else
        for (int64_t q = 0; q < stride; q++)
            spread(sums[q], count, stride, bias, line + q);
}

/* Stores the tile's fine pixels of all channels of one group of one image, fine[F][FH][FW]. */
static void store_tile(const struct job *job, int64_t group, struct pleat__tile tile,
                       const real *sums, const real **phases, real *line, real *fine) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t first = group * g->fine_channels;
    const struct pleat__direct_fold_tiling *t = job->tiling;
    const int64_t stride = g->stride[2], across = job->width[0].phases;
    const int64_t corner = tile.column * stride - g->padding[2]; /* the column of line[0] */
    const int64_t left = pleat__max(0, corner);
    const int64_t right = pleat__min(g->fine[2], corner + tile.columns * stride);
    for (int64_t f = 0; f < g->fine_channels; f++)
        for (int64_t i = 0; i < tile.rows * g->stride[1]; i++) {
            const int64_t p = i % g->stride[1], v = i / g->stride[1];
            const int64_t row = tile.row * g->stride[1] - g->padding[1] + i;
            if (row < 0 || row >= g->fine[1])
                continue;
            for (int64_t q = 0; q < stride; q++)
                phases[q] =
                    p < job->height[0].phases && q < across
                        ? sums + v * t->pitch +
                              job->row_of[(f * job->height[0].phases + p) * across + q] * t->sum_ld
                        : NULL;
            interleave(phases, tile.columns, stride, job->bias == NULL ? 0 : job->bias[first + f],
                       line);
            activate(job->activation, first + f, right - left, line + left - corner);
            copy_run(line + left - corner, right - left,
                     fine + (f * g->fine[1] + row) * g->fine[2] + left);
        }
}

/* One tile of one group of one image; image counts groups. scratch is a thread's. */
static void make_tile(const struct job *job, int64_t image, struct pleat__tile tile,
                      char *scratch) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__direct_fold_tiling *t = job->tiling;
    const int64_t group = image % g->groups;
    real *copy = (real *)(void *)scratch, *sums = (real *)(void *)(scratch + t->copy_bytes);
    real *line = (real *)(void *)(scratch + t->copy_bytes + t->sum_bytes);
    const real **phases =
        (const real **)(void *)(scratch + t->copy_bytes + t->sum_bytes + t->line_bytes);
    copy_coarse(job, job->coarse + image * g->coarse_channels * pleat__coarse_pixels(g), tile,
                copy);
    sum_tile(job, group, tile, copy, sums);
    store_tile(job, group, tile, sums, phases, line,
               job->fine + image * g->fine_channels * pleat__fine_pixels(g));
}

/* The job of a product, with the order of its rows. */
static struct job begin_job(const struct pleat__product *product) {
    const struct pleat__direct_fold_tiling *t = &product->work->tiling.direct_fold;
    char *offset = product->scratch + t->weight_bytes, *row_of = offset + t->offset_bytes;
    struct job job = {
        .geometry = product->geometry,
        .tiling = t,
        .offset = (int32_t *)(void *)offset,
        .row_of = (int32_t *)(void *)row_of,
    };
    pleat__shifts_of(product->geometry, 1, job.height);
    pleat__shifts_of(product->geometry, 2, job.width);
    order_rows(&job);
    return job;
}

void V(pleat__direct_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                    void *packed) {
    const struct job job = begin_job(product);
#pragma omp parallel num_threads(product->threads)
    pack_channels(&job, weight, packed);
}

void V(pleat__direct_fold)(const struct pleat__product *product, const void *coarse,
                           const void *weight, const void *bias, void *fine) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__direct_fold_tiling *t = &product->work->tiling.direct_fold;
    real *packed = (real *)(void *)product->scratch;
    struct job job = begin_job(product);
    job.coarse = coarse;
    job.packed = product->packed ? weight : packed;
    job.bias = bias;
    job.activation = product->activation;
    job.fine = fine;
    for (int i = 0; i < job.parts_count; i++)
        set_offsets(&job, &job.parts[i]);
    const int64_t tiles = pleat__direct_fold_tiles(g, t);
#pragma omp parallel num_threads(product->threads)
    {
        if (!product->packed)
            pack_channels(&job, weight, packed);
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < product->batch * g->groups * tiles; item++)
            make_tile(&job, item / tiles, pleat__direct_fold_tile(g, t, item % tiles),
                      pleat__thread_scratch(product, omp_get_thread_num()));
    }
}
