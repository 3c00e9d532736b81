/* What the fold and the unfold product have in common: the data's tiles and the weights are
 * transformed and multiplied, and the sums transformed back.
 *
 * Weights that are small when transformed are kept, and each thread takes tiles of its own. Larger
 * ones are transformed a block of channels at a time, by the thread that needs the block, and all
 * threads share the tiles. Packed weights have been transformed before. */
#ifndef PLEAT_CONV_WINOGRAD_STAGES_H
#define PLEAT_CONV_WINOGRAD_STAGES_H

#include "base/checked.h"
#include "conv/products.h"
#include "conv/variant.h"
#include "conv/winograd/tiles.h"
#include "conv/winograd/transform.h"
#include "conv/winograd/weights.h"

/* One stage's tiles. */
struct pleat__winograd_place {
    int64_t group;
    struct pleat__tile_run run;
    int64_t panels; /* that hold the run */
};

/* What a block of channels will write, to be asked for while it is multiplied: lanes channels from
 * the first, pixels apart, over that many products. */
struct pleat__prefetch {
    const struct pleat__scatter *scatter;
    const real *first;
    int64_t pixels, lanes, products;
};

struct pleat__winograd_job {
    const struct pleat__product *product;
    const struct pleat__geometry *geometry;
    const struct pleat__winograd *tiling;
    struct pleat__winograd_part part[PLEAT__WINOGRAD_PARTS];
    const struct pleat__winograd_source *source;
    const real *from, *weight, *bias;
    real *to;
    int64_t depth, lanes; /* channels of a group that are summed over, and that result */
    int64_t depth_stride, lane_stride; /* in the weight */
    bool reversed;                     /* taps */
    int64_t pixels, to_pixels;         /* of a plane that is read, and of one that is written */
    /* Overwrites the windows by which tiles are read. */
    void (*find_windows)(const struct pleat__winograd_job *job,
                         struct pleat__tile_window window[2]);
    /* Overwrites the tiles with channel k's part of them, of which the streams are the samples. */
    void (*transform)(const struct pleat__winograd_job *job,
                      const struct pleat__winograd_place *place, int64_t k, const real *streams,
                      int64_t ld, real *tiles);
    /* Overwrites where the results lie in a plane that is written. */
    void (*find_results)(const struct pleat__winograd_job *job, struct pleat__tile_place place[2]);
    /* Overwrites the sums of a block of channels with the products of a panel of tiles. */
    void (*multiply)(const struct pleat__winograd_job *job,
                     const struct pleat__winograd_place *place, int64_t panel, const real *weights,
                     const real *tiles, const struct pleat__prefetch *prefetch, real *sums);
    /* Overwrites the results of one channel of the block, which scatter.c reads. */
    void (*transform_back)(const struct pleat__winograd_job *job, int64_t lane, const real *sums,
                           real *results);
};

/* Asks for the share of product `product`. */
static inline void V(pleat__prefetch_results)(const struct pleat__prefetch *prefetch,
                                              int64_t product) {
    const int64_t end = (product + 1) * prefetch->lanes / prefetch->products;
    for (int64_t i = product * prefetch->lanes / prefetch->products; i < end; i++)
        V(pleat__scatter_prefetch)(prefetch->scatter, prefetch->first + i * prefetch->pixels);
}

/* Elements from a panel of the tiles to the next: [depth][PANEL] and padding. */
static inline int64_t pleat__panel_stride(const struct pleat__winograd_job *job) {
    return (job->depth + PLEAT__WINOGRAD_PAD) * PANEL;
}

/* Runs the job, whose parts it finds. */
void V(pleat__winograd_run)(struct pleat__winograd_job *job);

/* Overwrites packed with all transformed weights of the job. */
void V(pleat__winograd_pack)(const struct pleat__winograd_job *job, real *packed);

#endif
