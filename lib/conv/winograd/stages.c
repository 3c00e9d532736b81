/* The order of work, and which thread does what. */
#include "conv/winograd/stages.h"

#include <omp.h>

#include "base/checked.h"

/* A thread's scratch. */
struct room {
    real *streams, *buffer, *sums, *results, *line;
    int32_t *table;
    real *own; /* its tiles or its block of weights */
};

static struct room find_room(const struct pleat__winograd_job *job) {
    const struct pleat__winograd *t = job->tiling;
    const struct pleat__winograd_source *source = job->source;
    char *scratch = pleat__thread_scratch(job->product, omp_get_thread_num());
    struct room room;
    room.streams = (real *)(void *)scratch;
    room.buffer = (real *)(void *)(scratch += source->sample_bytes);
    room.table = (int32_t *)(void *)(scratch += source->buffer_bytes);
    room.sums = (real *)(void *)(scratch += source->table_bytes);
    room.results = (real *)(void *)(scratch += t->sum_bytes);
    room.line = (real *)(void *)(scratch += t->result_bytes);
    room.own = (real *)(void *)(scratch + t->line_bytes);
    return room;
}

static int64_t count_blocks(const struct pleat__winograd_job *job) {
    return pleat__ceil_divide(job->lanes, ROWS);
}

/* The tiles of all images. */
static int64_t count_tiles(const struct pleat__winograd_job *job) {
    return job->product->batch * job->tiling->axis[0].tiles * job->tiling->axis[1].tiles;
}

static struct pleat__winograd_place find_place(const struct pleat__winograd_job *job, int64_t group,
                                               int64_t begin, int64_t columns) {
    const int64_t count = pleat__min(columns, count_tiles(job) - begin);
    return (struct pleat__winograd_place){
        .group = group,
        .run = {begin, count, job->tiling->axis[0].tiles, job->tiling->axis[1].tiles},
        .panels = pleat__ceil_divide(count, PANEL)};
}

/* Cuts the tiles into equal runs of whole panels, at least `pieces` of them if there are as many
 * panels. What runs together has no influence on the sums. */
static int64_t cut(const struct pleat__winograd_job *job, int64_t pieces) {
    const int64_t tiles = count_tiles(job);
    pieces = pleat__max(pieces, pleat__ceil_divide(tiles, job->tiling->columns));
    return pleat__max(1, pleat__ceil_divide(tiles, pieces * PANEL)) * PANEL;
}

/* Makes ready to gather the place's tiles. */
static struct pleat__gather begin_gather(const struct pleat__winograd_job *job,
                                         const struct pleat__winograd_place *place,
                                         const struct room *room) {
    struct pleat__gather gather = {.run = place->run,
                                   .image_size = job->geometry->groups * job->depth * job->pixels,
                                   .ld = place->panels * PANEL,
                                   .streams = room->streams,
                                   .buffer = room->buffer,
                                   .small = job->source->small,
                                   .table = room->table};
    job->find_windows(job, gather.axis);
    V(pleat__gather_prepare)(&gather);
    return gather;
}

static void transform_tiles(const struct pleat__winograd_job *job,
                            const struct pleat__winograd_place *place,
                            const struct pleat__gather *gather, int64_t k, real *tiles) {
    const real *channel = job->from + (place->group * job->depth + k) * job->pixels;
    if (k + 1 < job->depth && !gather->small)
        V(pleat__gather_prefetch)(gather, channel + job->pixels);
    V(pleat__gather_channel)(gather, channel);
    job->transform(job, place, k, gather->streams, gather->ld, tiles);
}

static void transform_weights(const struct pleat__winograd_job *job, int64_t group, int64_t block,
                              real *weights) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t first = block * ROWS;
    const struct pleat__filters filters = {pleat__min(ROWS, job->lanes - first), job->lane_stride,
                                           job->depth, job->depth_stride};
    const real *weight = job->weight +
                         group * g->coarse_channels * g->fine_channels * pleat__taps(g) +
                         first * job->lane_stride;
    V(pleat__winograd_weights)
    (g, job->tiling, &filters, job->reversed, weight, weights);
}

/* Elements from the transformed weights of a block to the next block's, counted through the groups. */
static int64_t block_stride(const struct pleat__winograd_job *job) {
    return (int64_t)(job->tiling->weight_bytes / sizeof(real));
}

/* Transforms all weights, within a parallel region. */
static void transform_all_weights(const struct pleat__winograd_job *job, real *weights) {
    const int64_t blocks = count_blocks(job);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < job->geometry->groups * blocks; i++)
        transform_weights(job, i / blocks, i % blocks, weights + i * block_stride(job));
}

void V(pleat__winograd_pack)(const struct pleat__winograd_job *job, real *packed) {
#pragma omp parallel num_threads(job->product->threads)
    transform_all_weights(job, packed);
}

/* The tiles of one panel. */
static struct pleat__tile_run panel_run(const struct pleat__winograd_place *place, int64_t panel) {
    struct pleat__tile_run run = place->run;
    run.begin += panel * PANEL;
    run.count = pleat__min(PANEL, run.count - panel * PANEL);
    return run;
}

/* Overwrites the results of a block of channels, those from `first` on, for all tiles of the place. */
static void multiply_block(const struct pleat__winograd_job *job,
                           const struct pleat__winograd_place *place, int64_t block,
                           const real *weights, const real *tiles, const struct room *room) {
    const int64_t first = block * ROWS, lanes = pleat__min(ROWS, job->lanes - first);
    const int64_t channel = place->group * job->lanes + first;
    struct pleat__scatter scatter = {.image_size =
                                         job->geometry->groups * job->lanes * job->to_pixels,
                                     .streams = room->results,
                                     .line = room->line,
                                     .activation = job->product->activation};
    job->find_results(job, scatter.axis);
    const struct pleat__prefetch prefetch = {&scatter, job->to + channel * job->to_pixels,
                                             job->to_pixels, lanes, job->tiling->products};
    for (int64_t panel = 0; panel < place->panels; panel++) {
        scatter.run = panel_run(place, panel);
        job->multiply(job, place, panel, weights, tiles, &prefetch, room->sums);
        for (int64_t lane = 0; lane < lanes; lane++) {
            job->transform_back(job, lane, room->sums, room->results);
            V(pleat__scatter_channel)
            (&scatter, job->bias != NULL ? job->bias[channel + lane] : 0, channel + lane,
             job->to + (channel + lane) * job->to_pixels);
        }
    }
}

static void run_kept(const struct pleat__winograd_job *job) {
    const int64_t groups = job->geometry->groups, blocks = count_blocks(job);
    const int threads = job->product->threads;
    const int64_t columns = cut(job, threads == 1 ? 1 : 4 * threads);
    const int64_t runs = pleat__ceil_divide(count_tiles(job), columns);
    real *kept = (real *)(void *)job->product->scratch;
    const real *weights = job->product->packed ? job->weight : kept;
#pragma omp parallel num_threads(threads)
    {
        const struct room room = find_room(job);
        if (!job->product->packed)
            transform_all_weights(job, kept);
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < groups * runs; i++) {
            const struct pleat__winograd_place place =
                find_place(job, i / runs, i % runs * columns, columns);
            const struct pleat__gather gather = begin_gather(job, &place, &room);
            for (int64_t k = 0; k < job->depth; k++)
                transform_tiles(job, &place, &gather, k, room.own);
            for (int64_t block = 0; block < blocks; block++)
                multiply_block(job, &place, block,
                               weights + (place.group * blocks + block) * block_stride(job),
                               room.own, &room);
        }
    }
}

static void run_blocks(const struct pleat__winograd_job *job) {
    const int64_t columns = cut(job, 1), blocks = count_blocks(job), tiles = count_tiles(job);
    real *shared = (real *)(void *)job->product->scratch;
#pragma omp parallel num_threads(job->product->threads)
    for (int64_t group = 0; group < job->geometry->groups; group++) {
        const struct room room = find_room(job);
        for (int64_t begin = 0; begin < tiles; begin += columns) {
            const struct pleat__winograd_place place = find_place(job, group, begin, columns);
            const struct pleat__gather gather = begin_gather(job, &place, &room);
#pragma omp for schedule(static)
            for (int64_t k = 0; k < job->depth; k++)
                transform_tiles(job, &place, &gather, k, shared);
#pragma omp for schedule(dynamic)
            for (int64_t block = 0; block < blocks; block++) {
                const real *weights = room.own;
                if (job->product->packed)
                    weights = job->weight + (group * blocks + block) * block_stride(job);
                else
                    transform_weights(job, group, block, room.own);
                multiply_block(job, &place, block, weights, shared, &room);
            }
        }
    }
}

void V(pleat__winograd_run)(struct pleat__winograd_job *job) {
    for (int i = 0; i < job->tiling->axis[0].parts * job->tiling->axis[1].parts; i++)
        job->part[i] = pleat__winograd_part(job->tiling, i);
    if (job->tiling->keeps_weights)
        run_kept(job);
    else
        run_blocks(job);
}
