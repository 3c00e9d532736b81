/* Where NaN or infinity stands, so that a training that went wrong can say so. */
#ifndef PLEAT_FINITE_H
#define PLEAT_FINITE_H

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returns PLEAT_NOT_FINITE where an element of the tensor is NaN or infinite; the detail calls it
 * by that name and tells the first one: "the output is nan at element 12 of 40".
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no data. PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: no
 * tensor. Cost: one pass, in the calling thread. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_tensor_check_finite(const struct pleat_tensor *tensor, const char *name,
                          struct pleat_error *error);

/* Returns PLEAT_NOT_FINITE where a parameter of the model, or its gradient where there is one, is
 * not finite everywhere; the detail names the one where it began: the first value in the order of
 * the layers, or else, since backward goes the other way, the last gradient: "the gradient of
 * up.weight is inf at element 3 of 288". Gradients of frozen parameters (rate 0) do not count.
 *
 * PLEAT_INVALID_ARGUMENT: model NULL. Cost: one pass over values and gradients. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_check_finite(const struct pleat_model *model, struct pleat_error *error);

/* Runs the last forward again, layer by layer, and returns PLEAT_NOT_FINITE where an input or the
 * output of a layer is not finite everywhere; the detail names the first one in the order of the
 * layers: "the output of layer \"up\" is inf at element 3 of 288". A caller that has met a loss that
 * is not finite asks it where that began.
 *
 * The inputs must be where they were and as they were; parameters are taken as they are now. Masks
 * of dropout are those of the last forward; states end as they were. The outputs are overwritten,
 * and a backward needs a new forward.
 *
 * PLEAT_INVALID_ARGUMENT: model NULL. PLEAT_WRONG_STATE: not compiled, or no forward since.
 * PLEAT_OUT_OF_MEMORY: for a copy of the states. Cost: a forward, and one pass over each output. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_check_forward_finite(struct pleat_model *model, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
