/* Feature maps: the output of every layer of a model for an image. */
#ifndef PLEAT_TOOLS_MAPS_H
#define PLEAT_TOOLS_MAPS_H

#include <pleat/model.h>

/* Computes what each layer makes of the input, in inference, and overwrites output[layers], in the
 * order of the layers, with tensors that pleat_tensor_free frees. The model is left alone. */
enum pleat_status maps_make(struct pleat_tensor *output, const struct pleat_model *model,
                            const struct pleat_tensor *input, struct pleat_error *error);

#endif
