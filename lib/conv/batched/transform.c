/* The fold and the unfold product: the images of a block are transposed, so that every pixel is a
 * vector of images, multiplied class by class, and transposed back. */
#include <omp.h>

#include "base/checked.h"
#include "conv/batched/images.h"
#include "conv/batched/multiply.h"
#include "conv/batched/products.h"
#include "conv/vector.h"

/* One side of a product: planes of pixels, of one group. */
struct side {
    int64_t channels, pixels;
    size_t block_size;
};

struct job {
    const struct pleat__product *product;
    const struct pleat__class *classes;
    struct side from, to;
    const real *from_data, *bias;
    real *to_data;
    const real *weight; /* packed, a group after the other */
    int64_t row_blocks; /* of a group, */
    int64_t parts;      /* cut into so many items */
};

/* Computes some blocks of rows of a block of images, all of it in vectors of images. */
static void multiply_block(const struct job *job, int64_t group, struct pleat__range rows,
                           const real *from, real *to) {
    const int64_t taps = pleat__taps(job->product->geometry);
    struct pleat__batched_multiply multiply = {
        .rows = job->to.channels,
        .channels = job->from.channels,
        .taps = taps,
        .weight = job->weight + group * job->to.channels * job->from.channels * taps,
        .bias = job->bias == NULL ? NULL : job->bias + group * job->to.channels,
        .activation = job->product->activation,
        .first_channel = group * job->to.channels,
        .data = from,
        .plane = job->from.pixels * LANES,
        .out = to,
        .out_plane = job->to.pixels * LANES,
    };
    for (int64_t i = 0; i < job->product->work->tiling.batched.counts.classes; i++) {
        multiply.of = job->classes[i];
        V(pleat__batched_multiply)(&multiply, rows.begin, rows.end);
    }
}

/* One part of the rows of one group of one block of images. */
static void compute_item(const struct job *job, int64_t item, char *scratch) {
    const struct pleat__product *product = job->product;
    const int64_t groups = product->geometry->groups, part = item % job->parts;
    const int64_t group = item / job->parts % groups, block = item / job->parts / groups;
    const int64_t image = block * LANES, images = pleat__min(LANES, product->batch - image);
    const struct pleat__range rows = pleat__share(job->row_blocks, part, job->parts);
    const int64_t begin = V(pleat__batched_first_row)(job->to.channels, rows.begin);
    const int64_t end = V(pleat__batched_first_row)(job->to.channels, rows.end);
    real *from = (real *)(void *)scratch, *to = (real *)(void *)(scratch + job->from.block_size);
    const int64_t from_size = job->from.channels * job->from.pixels;
    const int64_t to_size = job->to.channels * job->to.pixels;
    V(pleat__gather_images)
    (job->from_data + (image * groups + group) * from_size, groups * from_size, images, from_size,
     from);
    multiply_block(job, group, rows, from, to);
    V(pleat__scatter_images)
    (to + begin * job->to.pixels * LANES, groups * to_size, images, (end - begin) * job->to.pixels,
     job->to_data + (image * groups + group) * to_size + begin * job->to.pixels);
}

/* Into how many parts the rows are cut, so that a small batch has two items a thread. */
static int64_t parts_of(const struct pleat__product *product, int64_t items, int64_t row_blocks) {
    const int64_t wanted = product->threads == 1 ? 1 : 2 * product->threads;
    return items == 0 ? 1 : pleat__min(row_blocks, pleat__ceil_divide(wanted, items));
}

static void transform(const struct pleat__product *product, enum pleat__kind kind,
                      const real *weight, struct job *job) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__batched_tiling *t = &product->work->tiling.batched;
    real *packed = (real *)(void *)product->scratch;
    const struct side coarse = {g->coarse_channels, pleat__coarse_pixels(g), t->coarse_size};
    const struct side fine = {g->fine_channels, pleat__fine_pixels(g), t->fine_size};
    const bool fold = kind == PLEAT__FOLD;
    const int64_t taps = pleat__taps(g), step = g->fine_channels * taps;
    const struct pleat__batched_weights weights = {fold ? fine.channels : coarse.channels,
                                                   fold ? coarse.channels : fine.channels, taps,
                                                   fold ? taps : step, fold ? step : taps};
    const int64_t items = pleat__ceil_divide(product->batch, LANES) * g->groups;
    job->product = product;
    job->classes = pleat__list_classes(g, kind, &t->counts, (struct pleat__units){LANES, 1, LANES},
                                       product->scratch + t->weight_size);
    job->from = fold ? coarse : fine;
    job->to = fold ? fine : coarse;
    job->weight = packed;
    job->row_blocks = V(pleat__batched_row_blocks)(job->to.channels);
    job->parts = parts_of(product, items, job->row_blocks);
#pragma omp parallel num_threads(product->threads)
    {
#pragma omp for schedule(static)
        for (int64_t group = 0; group < g->groups; group++)
            V(pleat__batched_pack)
        (&weights, weight + group * g->coarse_channels * step,
         packed + group * g->coarse_channels * step);
#pragma omp for schedule(dynamic)
        for (int64_t item = 0; item < items * job->parts; item++)
            compute_item(job, item, pleat__thread_scratch(product, omp_get_thread_num()));
    }
}

void V(pleat__batched_fold)(const struct pleat__product *product, const void *coarse,
                            const void *weight, const void *bias, void *fine) {
    struct job job = {.from_data = coarse, .bias = bias, .to_data = fine};
    transform(product, PLEAT__FOLD, weight, &job);
}

void V(pleat__batched_unfold)(const struct pleat__product *product, const void *fine,
                              const void *weight, const void *bias, void *coarse) {
    struct job job = {.from_data = fine, .bias = bias, .to_data = coarse};
    transform(product, PLEAT__UNFOLD, weight, &job);
}
