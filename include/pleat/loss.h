/* Losses: a number that says how far a prediction is from its target, and its gradient. */
#ifndef PLEAT_LOSS_H
#define PLEAT_LOSS_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/labels.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each overwrites *value with the loss, a mean over all M elements (PyTorch's reduction = 'mean'),
 * summed in double in an order that the extents fix, and *grad, unless NULL, with its
 * gradient. What mixes several losses scales and adds their gradients (gradient.h).
 *
 * prediction, target [in]; grad [out], overwritten. All three have the same type and extents, any
 * rank. grad may be the same memory as prediction or target. value or grad may be NULL: not
 * wanted. Of no elements the loss is 0 (PyTorch says NaN).
 *
 * PLEAT_INVALID_ARGUMENT: prediction or target NULL, data NULL in a tensor that is not empty.
 * PLEAT_INVALID_SHAPE: extents that differ. PLEAT_TYPE_MISMATCH. On an error nothing was written.
 * Cost: one pass, by as many threads as OpenMP offers where the arrays are large; no bit depends on
 * their number. Thread-safe. */

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

/* Charbonnier's loss, a smooth L1 (Charbonnier et al., "Two deterministic half-quadratic
 * regularization algorithms for computed imaging", 1994; Lai et al., "Deep Laplacian pyramid
 * networks", 2017, with epsilon 1e-3): with d = prediction - target,
 *
 *     L = (1/M) sum sqrt(d^2 + epsilon^2),   dL/dprediction = d / (M sqrt(d^2 + epsilon^2))
 *
 * epsilon: finite and above 0, or PLEAT_INVALID_ARGUMENT. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_charbonnier(const struct pleat_tensor *prediction, const struct pleat_tensor *target,
                       double epsilon, double *value, const struct pleat_tensor *grad,
                       struct pleat_error *error);

/* Binary cross-entropy from logits: the prediction x is not yet a probability (PyTorch's
 * BCEWithLogitsLoss):
 *
 *     L = -(1/M) sum (t log s(x) + (1 - t) log(1 - s(x))),   s(x) = 1 / (1 + exp(-x))
 *       = (1/M) sum (max(x, 0) - t x + log(1 + exp(-|x|)))
 *     dL/dx = (s(x) - t) / M
 *
 * computed in the second form, in which nothing overflows or cancels for any finite x. Targets t
 * are probabilities of 0 to 1, which is not checked. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_binary_cross_entropy(const struct pleat_tensor *prediction,
                                const struct pleat_tensor *target, double *value,
                                const struct pleat_tensor *grad, struct pleat_error *error);

/* How classes count. Start from pleat_cross_entropy_options_init. */
struct pleat_cross_entropy_options {
    const struct pleat_tensor
        *weight;     /* [C], of the prediction's type, finite and at least 0; NULL:
                                          every class 1 */
    int32_t ignored; /* the label of pixels that do not count; may be a class or none */
};

/* Returns no weights and PyTorch's ignored label, -100. */
PLEAT_API struct pleat_cross_entropy_options pleat_cross_entropy_options_init(void);

/* Cross-entropy of the softmax over classes at each pixel, from logits x (PyTorch's
 * CrossEntropyLoss): over the pixels whose label y is not the ignored one,
 *
 *     L = (1/W) sum weight[y] (log sum_c exp(x[c]) - x[y]),   W = sum weight[y]
 *     dL/dx[c] = (weight[y] / W) (softmax(x)[c] - (1 where c = y, else 0))
 *
 * with the largest logit taken out of each exponent. Ignored pixels have gradient 0, whatever
 * their logits are. Where W is 0, all pixels being ignored or of weight 0, loss and gradient are 0,
 * so that a batch of such images does no harm (PyTorch says NaN).
 *
 * prediction [in]: [N][C][extents...], C at least 1, [N][C] included; labels [in]: [N][extents...],
 * each 0..C-1 or the ignored one; grad [out]: as prediction, which may be its memory. options may
 * be NULL (pleat_cross_entropy_options_init); value or grad may be NULL.
 *
 * PLEAT_INVALID_ARGUMENT: also a label that is no class, a weight out of range.
 * PLEAT_INVALID_SHAPE: also extents of prediction, labels and weight that do not fit. The rest as
 * above. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_cross_entropy(const struct pleat_tensor *prediction, const struct pleat_labels *labels,
                         const struct pleat_cross_entropy_options *options, double *value,
                         const struct pleat_tensor *grad, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
