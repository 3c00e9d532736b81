/* What layers with several inputs have in common. */
#ifndef PLEAT_NN_LAYERS_JOIN_H
#define PLEAT_NN_LAYERS_JOIN_H

#include "nn/model/layer.h"

/* Refuses a count outside 1..PLEAT_MAX_INPUTS, inputs that are no layers, and inputs of another
 * rank than the first; adds up their channels and overwrites *channels, and *rank. */
enum pleat_status pleat__join_shape(const struct pleat_model *model, const char *name, int count,
                                    const char *const *inputs, int64_t *channels, int *rank,
                                    struct pleat_error *error);

/* Refuses inputs whose spatial extents are not those of the first; by the layer's prepare. */
enum pleat_status pleat__join_check(const struct pleat__layer *layer,
                                    const struct pleat_tensor *input, struct pleat_error *error);

#endif
