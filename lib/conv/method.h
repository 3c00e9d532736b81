/* The methods: each is one way to compute the three products, in a folder of its own. A plan makes
 * each of its products ready with the method that suits it. */
#ifndef PLEAT_CONV_METHOD_H
#define PLEAT_CONV_METHOD_H

#include <stdbool.h>
#include <stddef.h>

#include "conv/geometry.h"
#include "conv/batched/tiling.h"
#include "conv/direct/tiling.h"
#include "conv/taps/tiling.h"
#include "conv/tiled/tiling.h"
#include "conv/winograd/tiling.h"

enum { PLEAT__METHODS = PLEAT_METHOD_LAST + 1 };

/* PLEAT__BOTH is the unfold and the filter product at once. */
enum pleat__kind { PLEAT__FOLD, PLEAT__UNFOLD, PLEAT__FILTER, PLEAT__BOTH };

/* One product made ready. All of it follows from the geometry of one image and the size of an
 * element: the same tiles, and so the same bits, for any batch, number of threads and scratch. */
struct pleat__work {
    enum pleat_method method;
    int64_t least_batch; /* images for which it suits, where another work is for fewer; or 0 */
    size_t shared_bytes; /* of scratch, for all threads together; aligned */
    size_t thread_bytes; /* of scratch, for each thread; aligned */
    size_t packed_bytes; /* of the weight in the order in which fold or unfold reads it; 0: it reads
                            the weight as it is */
    double flops;        /* of one image, as this method computes it */
    union {
        struct pleat__fold_tiling fold;
        struct pleat__unfold_tiling unfold;
        struct pleat__winograd winograd;
        struct pleat__direct_tiling direct;
        struct pleat__direct_fold_tiling direct_fold;
        struct pleat__taps_unfold_tiling taps_unfold;
        struct pleat__taps_fold_tiling taps_fold;
        struct pleat__batched_tiling batched;
    } tiling;
};

/* One product made ready for any batch. */
struct pleat__choice {
    struct pleat__work work;  /* for its least_batch images and more, */
    struct pleat__work fewer; /* and for fewer, where that is above 0 */
};

/* Makes one product ready by the methods that suit it. PLEAT_SIZE_OVERFLOW where one tile's bytes
 * cannot be counted. */
enum pleat_status pleat__choose(struct pleat__choice *choice, enum pleat__kind kind,
                                const struct pleat__geometry *geometry, size_t element, bool exact,
                                struct pleat_error *error);

/* Makes one product ready by that method, which is not PLEAT_METHOD_AUTO, for any batch.
 * PLEAT_INVALID_ARGUMENT where the method does not compute it, or not exactly if that is asked for;
 * PLEAT_SIZE_OVERFLOW as pleat__choose. */
enum pleat_status pleat__make_ready(struct pleat__work *work, enum pleat__kind kind,
                                    const struct pleat__geometry *geometry, size_t element,
                                    enum pleat_method method, bool exact,
                                    struct pleat_error *error);

/* The work for a batch of so many images. */
static inline const struct pleat__work *pleat__work_for(const struct pleat__choice *choice,
                                                        int64_t batch) {
    return batch < choice->work.least_batch ? &choice->fewer : &choice->work;
}

/* A method as a plan sees it. */
struct pleat__method {
    const char *name;
    /* Makes `work`, all zero but for the method and its flops (the formula's), ready for one kind of
     * product; statuses as pleat__make_ready. */
    enum pleat_status (*prepare)(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *geometry, size_t element,
                                 struct pleat_error *error);
    /* Overwrites text with how work, which prepare made ready, is cut. */
    void (*describe)(const struct pleat__work *work, enum pleat__kind kind,
                     char text[PLEAT_TILES_SIZE]);
};

extern const struct pleat__method pleat__tiled_method, pleat__winograd_method, pleat__direct_method,
    pleat__taps_method, pleat__batched_method;

/* The method of that number, which is not PLEAT_METHOD_AUTO. */
const struct pleat__method *pleat__method(enum pleat_method method);

#endif
