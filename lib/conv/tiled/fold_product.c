/* The fold product: fine = f(bias + fold(w^T . coarse)). See tiling.h for the ring of coarse rows. */
#include <omp.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"
#include "conv/activate.h"
#include "conv/tiled/fold.h"
#include "conv/gemm.h"
#include "conv/tiled/products.h"

struct job {
    const struct pleat__geometry *geometry;
    const struct pleat__fold_tiling *tiling;
    const real *coarse, *bias;
    const struct pleat__activation *activation;
    const real *weight; /* [KD][G C][F KH KW] */
    real *fine;
};

/* One item of work: a block of channels of one fine plane, a strip of its rows, a tile of its
 * columns. */
struct item {
    int64_t image, group; /* image counts groups */
    struct pleat__range channels;
    int64_t plane;
    struct pleat__range strip, tile;
};

static struct pleat__range piece(int64_t index, int64_t size, int64_t total) {
    return pleat__piece((struct pleat__range){0, total}, size, index);
}

/* How many items make one group of one image. */
static int64_t count_items(const struct pleat__geometry *g, const struct pleat__fold_tiling *t) {
    return pleat__ceil_divide(g->fine_channels, t->channels) * g->fine[0] *
           pleat__ceil_divide(g->fine[1], t->strip) * pleat__ceil_divide(g->fine[2], t->tile);
}

static struct item find_item(const struct job *job, int64_t index) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__fold_tiling *t = job->tiling;
    const int64_t tiles = pleat__ceil_divide(g->fine[2], t->tile);
    const int64_t strips = pleat__ceil_divide(g->fine[1], t->strip);
    struct item item;
    item.image = index / count_items(g, t);
    item.group = item.image % g->groups;
    index %= count_items(g, t);
    item.tile = piece(index % tiles, t->tile, g->fine[2]);
    index /= tiles;
    item.strip = piece(index % strips, t->strip, g->fine[1]);
    index /= strips;
    item.plane = index % g->fine[0];
    item.channels = piece(index / g->fine[0], t->channels, g->fine_channels);
    return item;
}

/* Multiplies the coarse rows `rows`, one block of the ring, into their slots: the sum over the taps
 * kd that reach the item's plane. */
static void multiply_rows(const struct job *job, const struct item *item,
                          const struct pleat__ring *ring, struct pleat__range rows) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t filter = g->kernel[1] * g->kernel[2], pixels = pleat__coarse_pixels(g);
    const int64_t taps = (ring->kernel_rows.end - ring->kernel_rows.begin) *
                         (ring->kernel_columns.end - ring->kernel_columns.begin);
    struct pleat__gemm_shape shape = {
        .transpose_a = true,
        .m = (item->channels.end - item->channels.begin) * taps,
        .n = rows.end - rows.begin == 1 ? ring->coarse_columns.end - ring->coarse_columns.begin
                                        : (rows.end - rows.begin) * ring->width,
        .k = g->coarse_channels,
        .lda = g->fine_channels * filter,
        .ldb = pixels,
        .ldc = ring->slots * ring->width};
    const real *coarse = job->coarse + item->image * g->coarse_channels * pixels +
                         rows.begin * g->coarse[2] + ring->coarse_columns.begin;
    const real *weight = job->weight + item->group * g->coarse_channels * shape.lda +
                         item->channels.begin * filter + ring->kernel_rows.begin * g->kernel[2] +
                         ring->kernel_columns.begin;
    real *columns =
        ring->columns + (rows.begin - ring->coarse_rows.begin) % ring->slots * ring->width;
    for (int64_t kd = 0; kd < g->kernel[0]; kd++) {
        int64_t plane;
        if (!pleat__meets(g, 0, item->plane, kd, &plane))
            continue;
        R(pleat__gemm)
        (&shape, weight + kd * g->groups * g->coarse_channels * shape.lda,
         coarse + plane * g->coarse[1] * g->coarse[2], columns);
        shape.add = true;
    }
}

static bool plane_is_reached(const struct pleat__geometry *g, int64_t fine_plane) {
    for (int64_t kd = 0, plane; kd < g->kernel[0]; kd++)
        if (pleat__meets(g, 0, fine_plane, kd, &plane))
            return true;
    return false;
}

/* Whether the ring has the last block of the filter. */
static bool is_last(const struct pleat__ring *ring) {
    return ring->kernel_rows.end == ring->geometry->kernel[1] &&
           ring->kernel_columns.end == ring->geometry->kernel[2];
}

/* Stores fine row `row` of every channel of the item. */
static void fold_channels(const struct job *job, const struct item *item,
                          const struct pleat__ring *ring, int64_t row) {
    const struct pleat__geometry *g = job->geometry;
    const bool add = ring->kernel_rows.begin > 0 || ring->kernel_columns.begin > 0;
    for (int64_t f = item->channels.begin; f < item->channels.end; f++) {
        const real bias =
            job->bias != NULL && !add ? job->bias[item->group * g->fine_channels + f] : 0;
        real *fine =
            job->fine +
            (((item->image * g->fine_channels + f) * g->fine[0] + item->plane) * g->fine[1] + row) *
                g->fine[2] +
            item->tile.begin;
        V(pleat__fold_row)(ring, f - item->channels.begin, row, bias, add, fine);
        if (is_last(ring))
            activate(job->activation, item->group * g->fine_channels + f,
                     item->tile.end - item->tile.begin, fine);
    }
}

/* Moves the ring down the strip: multiply a block of coarse rows, then store the fine rows that no
 * later coarse row reaches. */
static void fold_strip(const struct job *job, const struct item *item, struct pleat__ring *ring) {
    const struct pleat__geometry *g = job->geometry;
    struct pleat__range coarse = pleat__coarse_range(g, 1, item->strip, ring->kernel_rows);
    if (!plane_is_reached(g, item->plane) || ring->coarse_columns.begin == ring->coarse_columns.end)
        coarse.end = coarse.begin;
    ring->coarse_rows = coarse;
    int64_t done = coarse.begin, row = item->strip.begin;
    while (row < item->strip.end) {
        if (done < coarse.end) {
            const struct pleat__range rows = {done,
                                              pleat__min(coarse.end, done + job->tiling->rows)};
            multiply_rows(job, item, ring, rows);
            done = rows.end;
        }
        for (; row < item->strip.end; row++) {
            const struct pleat__range one = {row, row + 1};
            if (done < coarse.end && pleat__coarse_range(g, 1, one, ring->kernel_rows).end > done)
                break;
            fold_channels(job, item, ring, row);
        }
    }
}

/* Sets the ring to a block of the filter: some of its rows, some of its columns. */
static void set_filter(struct pleat__ring *ring, struct pleat__range rows,
                       struct pleat__range columns) {
    const struct pleat__geometry *g = ring->geometry;
    ring->kernel_rows = rows;
    ring->kernel_columns = columns;
    ring->coarse_columns = ring->width == g->coarse[2]
                               ? (struct pleat__range){0, g->coarse[2]}
                               : pleat__coarse_range(g, 2, ring->tile, columns);
    V(pleat__fold_taps)(ring);
}

static void run_item(const struct job *job, const struct item *item, char *scratch) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__fold_tiling *t = job->tiling;
    const size_t tap_bytes = t->tap_bytes, sum_bytes = t->sum_bytes;
    struct pleat__ring ring = {
        .geometry = g,
        .tile = item->tile,
        .slots = t->slots,
        .width = t->width,
        .taps = (struct pleat__fold_tap *)(void *)scratch,
        .sums = (real *)(void *)(scratch + tap_bytes),
        .columns = (real *)(void *)(scratch + tap_bytes + sum_bytes),
    };
    for (int64_t kh = 0; kh < g->kernel[1]; kh += t->kernel_rows)
        for (int64_t kw = 0; kw < g->kernel[2]; kw += t->kernel_columns) {
            set_filter(&ring, piece(kh / t->kernel_rows, t->kernel_rows, g->kernel[1]),
                       piece(kw / t->kernel_columns, t->kernel_columns, g->kernel[2]));
            fold_strip(job, item, &ring);
        }
}

/* Rearranges weight[G C][F][KD][KH KW] to packed[KD][G C][F][KH KW]. */
void V(pleat__tiled_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                   void *packed) {
    const struct pleat__geometry *g = product->geometry;
    const int64_t filter = g->kernel[1] * g->kernel[2], depth = g->kernel[0];
    const int64_t filters = g->groups * g->coarse_channels * g->fine_channels;
#pragma omp parallel for schedule(static) num_threads(product->threads)
    for (int64_t i = 0; i < filters * depth; i++) {
        const int64_t kd = i / filters, f = i % filters;
        memcpy((real *)packed + i * filter, (const real *)weight + (f * depth + kd) * filter,
               (size_t)filter * sizeof(real));
    }
}

void V(pleat__tiled_fold)(const struct pleat__product *product, const void *coarse,
                          const void *weight, const void *bias, void *fine) {
    const struct pleat__geometry *g = product->geometry;
    struct job job = {g,   &product->work->tiling.fold, coarse, bias, product->activation, weight,
                      fine};
    if (product->work->packed_bytes > 0 && !product->packed) {
        V(pleat__tiled_pack_for_fold)(product, weight, product->scratch);
        job.weight = (const real *)(const void *)product->scratch;
    }
#pragma omp parallel for schedule(dynamic) num_threads(product->threads)
    for (int64_t i = 0; i < product->batch * g->groups * count_items(g, job.tiling); i++) {
        const struct item item = find_item(&job, i);
        run_item(&job, &item, pleat__thread_scratch(product, omp_get_thread_num()));
    }
}
