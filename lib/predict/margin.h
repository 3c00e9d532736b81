/* How much of a tile's output is wrong beside a cut. */
#ifndef PLEAT_PREDICT_MARGIN_H
#define PLEAT_PREDICT_MARGIN_H

#include "nn/model/graph.h"

/* The output pixels at the beginning and at the end of an axis that depend on what lies beyond the
 * image's beginning, or its end, in whatever layer: were the image a tile that is cut out of a
 * larger one there, they would be wrong. */
struct pleat__margin {
    int64_t begin, end;
};

/* Overwrites margin[outputs] with those of a model with one input, for the extents of a program.
 * PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__find_margins(const struct pleat_model *model,
                                      const struct pleat__program *program, int axis,
                                      struct pleat__margin *margin, struct pleat_error *error);

#endif
