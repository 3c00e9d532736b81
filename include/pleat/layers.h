/* Layers beyond those of model.h, each added to a model by a call of its own. Names, inputs and the
 * statuses that all of them have in common are as model.h says under "Adding layers". */
#ifndef PLEAT_LAYERS_H
#define PLEAT_LAYERS_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds y = the sum of inputs[count], 1 to PLEAT_MAX_INPUTS layers of the same extents, in that
 * order. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_sum(struct pleat_model *model,
                                                                const char *name, int count,
                                                                const char *const *inputs,
                                                                struct pleat_error *error);

/* Adds y = the channels of inputs[count], 1 to PLEAT_MAX_INPUTS layers of the same spatial extents,
 * one behind the other. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_concatenate(struct pleat_model *model,
                                                                        const char *name, int count,
                                                                        const char *const *inputs,
                                                                        struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
