/* Gradients between backward and an optimizer's step: mixed, clipped. */
#ifndef PLEAT_GRADIENT_H
#define PLEAT_GRADIENT_H

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Multiplies a tensor by a number: grad = factor grad. It weighs a loss by its gradient.
 *
 * grad [in,out]. PLEAT_INVALID_ARGUMENT: grad NULL or without data, factor not finite.
 * PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: grad is no tensor. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_gradient_scale(const struct pleat_tensor *grad, double factor, struct pleat_error *error);

/* Adds one gradient to another: sum += factor grad. It mixes losses of one tensor.
 *
 * sum [in,out], grad [in]: the same type and extents. Statuses as pleat_gradient_scale, for both
 * tensors and their agreement. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_gradient_add(const struct pleat_tensor *sum,
                                                               double factor,
                                                               const struct pleat_tensor *grad,
                                                               struct pleat_error *error);

/* Clips the gradients of a model's parameters, as one vector g, to a Euclidean norm of at most
 * `most` (Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
 * 2013; PyTorch's clip_grad_norm_):
 *
 *     g = g min(1, most / (|g| + 1e-6))
 *
 * and overwrites *norm, unless NULL, with |g| as it was. Frozen parameters (rate 0) are neither
 * counted nor changed. The norm is summed in double in a fixed order, so the bits are the same for
 * any number of threads; nothing is allocated. most is above 0; INFINITY measures alone.
 *
 * PLEAT_INVALID_ARGUMENT: model NULL, most not above 0. PLEAT_WRONG_STATE: the model has no
 * gradients yet. PLEAT_NOT_FINITE: the norm is not finite; the detail names the parameter that
 * makes it so. On an error nothing was written. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_clip_norm(struct pleat_model *model,
                                                                  double most, double *norm,
                                                                  struct pleat_error *error);

/* Clips each element of the gradients to [-most, most] (PyTorch's clip_grad_value_); NaN stays.
 * Frozen parameters are left alone. Statuses as pleat_model_clip_norm but PLEAT_NOT_FINITE. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_clip_value(struct pleat_model *model, double most, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
