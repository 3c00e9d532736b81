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

/* Batch normalisation. Start from pleat_batch_norm_params_init. */
struct pleat_batch_norm_params {
    double epsilon;  /* finite and above 0 */
    double momentum; /* 0 to 1: how much of a batch's statistics goes into the running ones */
};

/* Returns epsilon 1e-5, momentum 0.1, as PyTorch has. */
PLEAT_API struct pleat_batch_norm_params pleat_batch_norm_params_init(void);

/* Adds batch normalisation (Ioffe and Szegedy, "Batch normalization: accelerating deep network
 * training by reducing internal covariate shift", 2015; PyTorch's BatchNorm1d to 3d):
 *
 *     y = (x - mean[c]) / sqrt(variance[c] + epsilon) weight[c] + bias[c]
 *
 * A model compiled for training takes mean and (biased) variance over all images and pixels of the
 * batch, and each forward brings the running ones up to date: running = (1 - momentum) running +
 * momentum (the batch's), whose variance is the unbiased one. A model compiled for inference takes
 * the running ones. Parameters: "NAME.weight", ones, and "NAME.bias", zeros; states:
 * "NAME.running_mean", zeros, and "NAME.running_var", ones.
 *
 * params is copied; NULL: the usual ones. A compile for training with one value a channel is
 * refused with PLEAT_INVALID_SHAPE; a smaller forward that has only one gives the bias and leaves
 * the running statistics alone. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_batch_norm(struct pleat_model *model, const char *name, const char *input,
                           const struct pleat_batch_norm_params *params, struct pleat_error *error);

/* Max pooling of one axis, and of all. */
struct pleat_pool_axis {
    int64_t kernel, stride; /* at least 1 */
    int64_t padding;        /* at both ends, 0 to kernel / 2 */
};

struct pleat_pool_params {
    int rank; /* 1 to 3, as the input's */
    struct pleat_pool_axis axis[PLEAT_MAX_AXES];
};

/* Returns parameters of that rank that are the same for all axes. */
PLEAT_API struct pleat_pool_params pleat_pool_params_init(int rank, int64_t kernel, int64_t stride,
                                                          int64_t padding);

/* Adds max pooling (PyTorch's MaxPool1d to 3d): each output pixel is the largest of a window of
 * kernel input pixels, those outside not counted; the windows begin stride apart, at -padding;
 *
 *     OH = floor((IH + 2 padding - kernel) / stride) + 1
 *
 * Of equal values the first in memory is the one through which the gradient flows; NaN counts as
 * larger than every number. params is copied. PLEAT_SIZE_OVERFLOW of compile also: 2^31 or more
 * pixels in a plane. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_max_pool(struct pleat_model *model, const char *name, const char *input,
                         const struct pleat_pool_params *params, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
