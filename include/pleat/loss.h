/* Losses: a number that says how far a prediction is from its target, and its gradient. */
#ifndef PLEAT_LOSS_H
#define PLEAT_LOSS_H

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each overwrites *value with the loss, a mean over all M elements (PyTorch's reduction = 'mean'),
 * summed in double in an order that the number of elements fixes, and *grad, unless NULL, with its
 * gradient.
 *
 * prediction, target [in]; grad [out], overwritten. All three have the same type and extents, any
 * rank. grad may be the same memory as prediction or target. value or grad may be NULL: not
 * wanted. Of no elements the loss is 0 (PyTorch says NaN).
 *
 * PLEAT_INVALID_ARGUMENT: prediction or target NULL, data NULL in a tensor that is not empty.
 * PLEAT_INVALID_SHAPE: extents that differ. PLEAT_TYPE_MISMATCH. On an error nothing was written.
 * Cost: one pass, in the calling thread. Thread-safe. */

/* Mean squared error: L = (1/M) sum (prediction - target)^2, dL/dprediction = (2/M) (prediction -
 * target). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_mse(const struct pleat_tensor *prediction, const struct pleat_tensor *target,
               double *value, const struct pleat_tensor *grad, struct pleat_error *error);

/* Mean absolute error: L = (1/M) sum |prediction - target|, dL/dprediction = sign(prediction -
 * target) / M, which is 0 where they are equal. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_l1(const struct pleat_tensor *prediction, const struct pleat_tensor *target,
              double *value, const struct pleat_tensor *grad, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
