/* The unfold product and the filter product of the same fine side, unfolded once.
 *
 * The work goes in steps: chunks of the matrix's rows for a stack of tiles. In a step each thread
 * takes a tile, unfolds it into the buffer that the team shares and multiplies it by the weights; in
 * the next one it takes blocks of grad_w, and adds what they have of those tiles. Meanwhile the tiles
 * of the step after are unfolded into the buffer's other half, so that one barrier a step does.
 * Every sgemm is one that the products alone call, in the same order for each element. */
#include <omp.h>

#include "base/checked.h"
#include "conv/tiled/products.h"
#include "conv/tiled/tile.h"

struct job {
    const struct pleat__product *product;
    const struct pleat__geometry *geometry;
    const struct pleat__unfold_tiling *tiling;
    int64_t tiles, chunks; /* of a step */
    const real *coarse, *fine, *weight;
    real *grad_coarse, *grad_weight;
};

/* Tiles of all images, their groups one after the other, and chunks of their rows. */
struct step {
    struct pleat__range tiles, chunks;
    real *columns; /* [tile][chunk] */
};

/* Tiles of all images and groups. */
static int64_t count_tiles(const struct job *job) {
    return job->product->batch * job->geometry->groups *
           pleat__unfold_tiles(job->geometry, job->tiling);
}

/* Cuts the buffer's half into a step's tiles and chunks, so that the team can share its tiles evenly,
 * and its blocks of grad_w, of which more chunks have more. Few tiles leave room for more chunks. */
static void cut(struct job *job) {
    const struct pleat__unfold_tiling *t = job->tiling;
    const int64_t threads = job->product->threads, blocks = pleat__unfold_blocks(t);
    const int64_t slots = threads * t->slots, all = count_tiles(job);
    const int64_t chunks = pleat__unfold_chunks(job->geometry, t);
    job->chunks = 1;
    while (job->chunks < pleat__min(chunks, 2 * t->slots) && job->chunks * blocks % threads != 0)
        job->chunks++;
    job->tiles = pleat__max(1, slots / job->chunks);
    if (job->tiles > threads)
        job->tiles -= job->tiles % threads;
    if (all > 0 && all < job->tiles) {
        job->tiles = all;
        job->chunks = pleat__min(chunks, slots / all);
    }
}

/* Step i; it has no tiles before the first and behind the last. */
static struct step find_step(const struct job *job, int64_t i) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__unfold_tiling *t = job->tiling;
    const int64_t all = count_tiles(job);
    const int64_t chunks = pleat__unfold_chunks(g, t);
    const int64_t across = pleat__ceil_divide(chunks, job->chunks);
    const int64_t tile = i < 0 ? all : pleat__min(all, i / across * job->tiles);
    const int64_t chunk = i < 0 ? 0 : i % across * job->chunks;
    return (struct step){.tiles = {tile, pleat__min(all, tile + job->tiles)},
                         .chunks = {chunk, pleat__min(chunks, chunk + job->chunks)},
                         .columns = (real *)(void *)pleat__thread_scratch(job->product, 0) +
                                    (i & 1) * job->tiles * job->chunks * t->rows * t->pixels};
}

static real *find_columns(const struct job *job, const struct step *step, int64_t tile,
                          int64_t chunk) {
    const int64_t slot = (tile - step->tiles.begin) * job->chunks + chunk - step->chunks.begin;
    return step->columns + slot * job->tiling->rows * job->tiling->pixels;
}

static void weigh_tile(const struct job *job, const struct step *step, int64_t i) {
    const struct pleat__geometry *g = job->geometry;
    const int64_t tiles = pleat__unfold_tiles(g, job->tiling);
    for (int64_t chunk = step->chunks.begin; chunk < step->chunks.end; chunk++) {
        const struct pleat__matrix_tile tile = {i / tiles,
                                                pleat__unfold_chunk(g, job->tiling, chunk),
                                                pleat__unfold_pixels(g, job->tiling, i % tiles)};
        real *columns = find_columns(job, step, i, chunk);
        V(pleat__tile_unfold)(g, &tile, job->fine, columns);
        for (int64_t part = tile.pixels.begin; part < tile.pixels.end; part += job->tiling->part)
            V(pleat__tile_weigh)
        (g, &tile, pleat__unfold_part(job->tiling, tile.pixels, part), job->weight, NULL, columns,
         job->grad_coarse);
    }
}

/* How many groups the step's tiles are of. */
static int64_t count_groups(const struct job *job, const struct step *step) {
    const int64_t tiles = pleat__unfold_tiles(job->geometry, job->tiling);
    return pleat__min(job->geometry->groups,
                      pleat__ceil_divide(step->tiles.end, tiles) - step->tiles.begin / tiles);
}

/* A block of the rows of a chunk, for the step's tiles of one group: of the step's image number
 * `first` and those that a whole number of images are behind. */
static void correlate_block(const struct job *job, const struct step *step, int64_t first,
                            int64_t chunk, int64_t block) {
    const struct pleat__geometry *g = job->geometry;
    const struct pleat__unfold_tiling *t = job->tiling;
    const int64_t tiles = pleat__unfold_tiles(g, t);
    const struct pleat__range rows = pleat__unfold_block(g, t, chunk, block);
    const int64_t skipped = rows.begin - pleat__unfold_chunk(g, t, chunk).begin;
    if (rows.begin >= rows.end)
        return;
    for (int64_t image = step->tiles.begin / tiles + first; image * tiles < step->tiles.end;
         image += g->groups)
        for (int64_t i = pleat__max(step->tiles.begin, image * tiles);
             i < pleat__min(step->tiles.end, (image + 1) * tiles); i++) {
            const struct pleat__matrix_tile tile = {image, rows,
                                                    pleat__unfold_pixels(g, t, i % tiles)};
            V(pleat__tile_correlate)
            (g, &tile, job->coarse,
             find_columns(job, step, i, chunk) + skipped * (tile.pixels.end - tile.pixels.begin),
             job->grad_weight);
        }
}

void V(pleat__tiled_both)(const struct pleat__product *product, const void *coarse,
                          const void *fine, const void *weight, void *grad_coarse,
                          void *grad_weight) {
    const struct pleat__unfold_tiling *t = &product->work->tiling.unfold;
    struct job job = {.product = product,
                      .geometry = product->geometry,
                      .tiling = t,
                      .coarse = coarse,
                      .fine = fine,
                      .weight = weight,
                      .grad_coarse = grad_coarse,
                      .grad_weight = grad_weight};
    const int64_t per_chunk = pleat__unfold_blocks(t);
    cut(&job);
#pragma omp parallel num_threads(product->threads)
    for (int64_t i = 0;; i++) {
        const struct step step = find_step(&job, i), last = find_step(&job, i - 1);
        const int64_t blocks = (last.chunks.end - last.chunks.begin) * per_chunk;
        const int64_t filters = count_groups(&job, &last) * blocks;
        const int64_t items = filters + step.tiles.end - step.tiles.begin;
        if (items == 0)
            break;
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < items; item++) {
            if (item < filters)
                correlate_block(&job, &last, item / blocks,
                                last.chunks.begin + item % blocks / per_chunk, item % per_chunk);
            else
                weigh_tile(&job, &step, step.tiles.begin + item - filters);
        }
    }
}
