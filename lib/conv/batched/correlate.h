/* Sums over images and pixels of the products of coarse and fine pixels, in vectors of images. */
#ifndef PLEAT_CONV_BATCHED_CORRELATE_H
#define PLEAT_CONV_BATCHED_CORRELATE_H

#include "conv/batched/classes.h"
#include "conv/variant.h"

/* For each class of taps (outputs), whose terms are coarse pixels,
 *
 *     sum[c][f][output.index] += the sum over blocks of images, terms and lanes of
 *         coarse[block][c][term.index] fine[block][f][output.place + term.place]
 *
 * Indices of terms and all places are in elements. */
struct pleat__batched_correlate {
    int64_t coarse_channels, fine_channels;
    int64_t blocks;
    const real *coarse, *fine;
    int64_t coarse_plane, coarse_step; /* elements of a channel, and between blocks */
    int64_t fine_plane, fine_step;
    const struct pleat__class *classes;
    int64_t class_count;
    int64_t pieces; /* of each class's terms, each added by itself */
    real *sum;
    int64_t coarse_sums, fine_sums; /* elements of a channel of sum */
};

/* Adds all of it: the order of the additions to each sum depends on blocks and pieces alone. */
void V(pleat__batched_correlate)(const struct pleat__batched_correlate *correlate);

#endif
