/* Outputs that sum the same terms: what padding and stride make of a small plane.
 *
 * Every product sums, for each of its outputs, terms that lie at some place of a plane:
 *
 *              output         term           place
 *     unfold   coarse pixel   tap            fine pixel
 *     fold     fine pixel     tap            coarse pixel
 *     filter   tap            coarse pixel   fine pixel
 *
 * where coarse S - P + tap D = fine. Terms whose place lies outside are none. On an axis, the terms
 * of an output are first, first + step, .., and neighbours (in steps of the stride for fold) mostly
 * have the same ones, at places that move along: these make a class. A
 * class of all three axes is one of each: a table of its outputs and one of its terms tell all. */
#ifndef PLEAT_CONV_BATCHED_CLASSES_H
#define PLEAT_CONV_BATCHED_CLASSES_H

#include "conv/method.h"

/* The extents of the outputs, terms and places of a product. */
struct pleat__sides {
    const int64_t *outputs, *terms, *places;
};
struct pleat__sides pleat__sides_of(const struct pleat__geometry *geometry, enum pleat__kind kind);

/* One line of a table: an output or a term, and its part of the place. */
struct pleat__entry {
    int32_t index, place;
};

/* A class of all axes: each of its outputs sums each of its terms, at the sum of their places. */
struct pleat__class {
    const struct pleat__entry *outputs, *terms;
    int64_t output_count, term_count;
};

/* How many there are of each, and the memory that they take, with classes of axes for work. */
struct pleat__class_counts pleat__count_classes(const struct pleat__geometry *geometry,
                                                enum pleat__kind kind);
int64_t pleat__class_bytes(const struct pleat__class_counts *counts);

/* What the entries count in: elements an output, a term and a place. */
struct pleat__units {
    int64_t output, term, place;
};

/* Overwrites memory[pleat__class_bytes] with the classes, of all of whose outputs and terms each is in
 * order, and returns them. */
const struct pleat__class *pleat__list_classes(const struct pleat__geometry *geometry,
                                               enum pleat__kind kind,
                                               const struct pleat__class_counts *counts,
                                               struct pleat__units units, void *memory);

/* How many pairs of output and term there are on all axes, the same for all three products. */
double pleat__count_pairs(const struct pleat__geometry *geometry);

#endif
