/* The filter product: each thread owns some groups or channels of grad_w and walks all images in order, some
 * blocks at a time, which it transposes and correlates: nothing is reduced across threads, and none
 * waits for another. */
#include <omp.h>

#include "base/checked.h"
#include "conv/batched/correlate.h"
#include "conv/batched/images.h"
#include "conv/batched/products.h"
#include "conv/vector.h"

enum { EVEN = 8 }; /* groups a thread: one more or less does not matter */

/* Channels of one side, of one group. */
struct side {
    const real *data;
    int64_t channels, pixels;
    struct pleat__range own; /* of a thread */
};

/* The groups, which are returned, and the channels of which a thread computes grad_w. Groups are cut
 * first where that is even, or last, for threads that no channels are left for. Channels of the side
 * with more pixels, which are cut before the others, are transposed by one thread each; the others by
 * every thread. */
static struct pleat__range cut_sides(struct side *larger, struct side *smaller, int64_t groups,
                                     int thread, int threads) {
    const bool even = groups % threads == 0 || groups >= EVEN * threads;
    const int64_t left = even ? 1 : threads;
    const int64_t across = pleat__min(left, larger->channels);
    const int64_t down = pleat__min(left / across, smaller->channels);
    const int64_t parts = pleat__min(threads / (across * down), groups);
    const int64_t i = thread % across, j = thread / across % down, k = thread / across / down;
    larger->own = pleat__share(larger->channels, i, across);
    smaller->own = pleat__share(smaller->channels, j, down);
    return k < parts ? pleat__share(groups, k, parts) : (struct pleat__range){0, 0};
}

/* Transposes a thread's channels of one group of some images, from image on, to blocks. */
static void gather_side(const struct side *side, const struct pleat__product *product,
                        int64_t group, int64_t image, int64_t images, real *to) {
    const int64_t groups = product->geometry->groups, size = side->channels * side->pixels;
    const int64_t own = (side->own.end - side->own.begin) * side->pixels;
    for (int64_t i = 0; i < images; i += LANES, to += own * LANES)
        V(pleat__gather_images)
    (side->data + ((image + i) * groups + group) * size + side->own.begin * side->pixels,
     groups * size, pleat__min(LANES, images - i), own, to);
}

/* Adds a thread's part of grad_w. */
static void correlate_part(const struct pleat__product *product, const struct side *coarse,
                           const struct side *fine, struct pleat__range groups,
                           const struct pleat__class *classes, char *scratch, real *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__batched_tiling *t = &product->work->tiling.batched;
    const int64_t taps = pleat__taps(g), most = t->blocks * LANES;
    real *coarse_images = (real *)(void *)scratch;
    real *fine_images = (real *)(void *)(scratch + (size_t)t->blocks * t->coarse_size);
    struct pleat__batched_correlate correlate = {
        .coarse_channels = coarse->own.end - coarse->own.begin,
        .fine_channels = fine->own.end - fine->own.begin,
        .coarse = coarse_images,
        .fine = fine_images,
        .coarse_plane = coarse->pixels * LANES,
        .fine_plane = fine->pixels * LANES,
        .classes = classes,
        .class_count = t->counts.classes,
        .pieces = t->pieces,
        .coarse_sums = fine->channels * taps,
        .fine_sums = taps,
    };
    correlate.coarse_step = correlate.coarse_channels * correlate.coarse_plane;
    correlate.fine_step = correlate.fine_channels * correlate.fine_plane;
    for (int64_t group = groups.begin; group < groups.end; group++)
        for (int64_t n = 0; n < product->batch; n += most) {
            const int64_t images = pleat__min(most, product->batch - n);
            const int64_t channel = group * coarse->channels + coarse->own.begin;
            gather_side(coarse, product, group, n, images, coarse_images);
            gather_side(fine, product, group, n, images, fine_images);
            correlate.blocks = pleat__ceil_divide(images, LANES);
            correlate.sum = grad_weight + (channel * fine->channels + fine->own.begin) * taps;
            V(pleat__batched_correlate)(&correlate);
        }
}

void V(pleat__batched_filter)(const struct pleat__product *product, const void *coarse,
                              const void *fine, void *grad_weight) {
    const struct pleat__geometry *g = product->geometry;
    const struct pleat__batched_tiling *t = &product->work->tiling.batched;
    const struct pleat__class *classes = pleat__list_classes(
        g, PLEAT__FILTER, &t->counts, (struct pleat__units){1, LANES, LANES}, product->scratch);
#pragma omp parallel num_threads(product->threads)
    {
        const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
        struct side sides[] = {{coarse, g->coarse_channels, pleat__coarse_pixels(g), {0, 0}},
                               {fine, g->fine_channels, pleat__fine_pixels(g), {0, 0}}};
        const int larger =
            sides[1].channels * sides[1].pixels > sides[0].channels * sides[0].pixels;
        const struct pleat__range groups =
            cut_sides(&sides[larger], &sides[1 - larger], g->groups, thread, threads);
        correlate_part(product, &sides[0], &sides[1], groups, classes,
                       pleat__thread_scratch(product, thread), grad_weight);
    }
}
