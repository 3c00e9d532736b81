/* How the pixels of a model's layers lie over those of an input, on one axis. */
#ifndef PLEAT_PREDICT_SPACING_H
#define PLEAT_PREDICT_SPACING_H

#include "nn/model/graph.h"

/* `out` pixels of a layer lie over `in` of the input, in lowest terms; in is 0 where the layer does
 * not depend on the input, or no output that is looked at depends on the layer. */
struct pleat__spacing {
    int64_t in, out;
};

/* Overwrites spacing[layer_count]. Layers that outputs first_output..last_output do not depend on
 * are passed over. *period becomes the least number of input pixels by which an image can be moved
 * so that the pixels of every layer move by whole numbers.
 *
 * PLEAT_UNSUPPORTED: a layer mixes all pixels, or joins different spacings. PLEAT_SIZE_OVERFLOW. */
enum pleat_status pleat__find_spacing(const struct pleat_model *model, int input, int first_output,
                                      int last_output, int axis, struct pleat__spacing *spacing,
                                      int64_t *period, struct pleat_error *error);

/* Tells the reach of pixel o of a layer's axis, whatever its kind; false where numbers overflow. */
bool pleat__find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach);

#endif
