/* The sizes of the batched method, from the geometry of one image. */
#include "conv/batched/tiling.h"

#include <stdio.h>

#include "base/checked.h"
#include "conv/bounds.h"
#include "conv/batched/classes.h"
#include "conv/method.h"

enum {
    LARGEST_BYTES = 2 * 1024 * 1024, /* of scratch of one thread */
    STACK_BYTES = 1024 * 1024,       /* of blocks of images that are correlated at once */
    PIECE = 72,     /* their coarse pixels, those of a few channels in the L1 cache */
    MOST = 1 << 15, /* pixels, taps or channels */
    MAX_STRIDE = 64 /* phases that are looked through for the terms of each pixel */
};

/* Stores count elements of so many bytes, aligned; false where they are more than a thread's scratch. */
static bool set_size(size_t *size, int64_t count, int64_t bytes) {
    if (count > LARGEST_BYTES / bytes)
        return false;
    *size = pleat__aligned_bytes(count, bytes);
    return true;
}

/* Whether extents and channels are such that their classes can be counted soon. */
static bool is_small(const struct pleat__geometry *g) {
    return pleat__is_moderate(g, 0) && pleat__is_moderate(g, 1) && pleat__is_moderate(g, 2) &&
           pleat__max(g->coarse_channels, g->fine_channels) <= MOST &&
           pleat__max(pleat__coarse_pixels(g), pleat__fine_pixels(g)) <= MOST &&
           pleat__taps(g) <= MOST && g->stride[0] <= MAX_STRIDE && g->stride[1] <= MAX_STRIDE &&
           g->stride[2] <= MAX_STRIDE;
}

static bool set_sizes(struct pleat__batched_tiling *t, enum pleat__kind kind,
                      const struct pleat__geometry *g, int64_t element) {
    int64_t weights;
    if (!is_small(g) ||
        !set_size(&t->coarse_size, g->coarse_channels * pleat__coarse_pixels(g),
                  PLEAT__BATCHED_BYTES) ||
        !set_size(&t->fine_size, g->fine_channels * pleat__fine_pixels(g), PLEAT__BATCHED_BYTES) ||
        !pleat__multiply(g->coarse_channels * pleat__taps(g), g->fine_channels * g->groups,
                         &weights) ||
        (kind != PLEAT__FILTER && !set_size(&t->weight_size, weights, element)))
        return false;
    t->counts = pleat__count_classes(g, kind);
    return set_size(&t->class_size, pleat__class_bytes(&t->counts), 1);
}

static bool set_work(struct pleat__work *work, enum pleat__kind kind,
                     const struct pleat__geometry *g, int64_t element) {
    struct pleat__batched_tiling *t = &work->tiling.batched;
    if (!set_sizes(t, kind, g, element))
        return false;
    const int64_t pixels = pleat__coarse_pixels(g);
    const size_t block = t->coarse_size + t->fine_size;
    t->blocks = 1;
    if (kind == PLEAT__FILTER)
        t->blocks = pleat__max(1, pleat__min(PIECE / pixels, STACK_BYTES / (int64_t)block));
    t->pieces = pleat__max(1, (pixels * t->blocks + PIECE / 2) / PIECE);
    work->shared_bytes = t->weight_size + t->class_size;
    work->thread_bytes = (size_t)t->blocks * block;
    work->flops *= pleat__count_pairs(g) / ((double)pleat__taps(g) * (double)pixels);
    return work->shared_bytes + work->thread_bytes <= LARGEST_BYTES;
}

static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *g, size_t element,
                                 struct pleat_error *error) {
    return set_work(work, kind, g, (int64_t)element)
               ? PLEAT_OK
               : pleat__refuse_geometry(pleat__batched_method.name, error);
}

static void describe(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]) {
    (void)kind;
    snprintf(text, PLEAT_TILES_SIZE, "%lld vectors of images",
             (long long)work->tiling.batched.blocks);
}

const struct pleat__method pleat__batched_method = {"batched", prepare, describe};
