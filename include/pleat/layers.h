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

/* Adds y = weight x + bias for vectors x (an input of rank 0), PyTorch's Linear: parameters
 * "NAME.weight", w[out_channels][channels], and, where bias is not 0, "NAME.bias"; both begin as
 * zeros. Its bits depend on the number of images. PLEAT_SIZE_OVERFLOW of compile also: more
 * channels or images than the BLAS's integer holds. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_dense(struct pleat_model *model, const char *name, const char *input,
                      int64_t out_channels, int bias, struct pleat_error *error);

/* Adds y = the numbers of each image of x, in order, as an image of channels, rank (0 to 3; extent
 * may be NULL for 0) and extent[rank]. A compile for an image size that has another count of
 * numbers is refused with PLEAT_INVALID_SHAPE. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_reshape(struct pleat_model *model, const char *name, const char *input,
                        int64_t channels, int rank, const int64_t *extent,
                        struct pleat_error *error);

/* How up-sampling finds the pixels between. */
enum pleat_upsampling {
    PLEAT_UPSAMPLE_NEAREST, /* y[o] = x[o / factor] */
    PLEAT_UPSAMPLE_LINEAR /* linear on each axis between the pixels around (o + 1/2) / factor - 1/2,
                               those beyond the border like the last */
};

/* Adds up-sampling of every axis by that factor, at least 1: PyTorch's Upsample, nearest, or
 * linear, bilinear and trilinear with align_corners = False. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_upsample(struct pleat_model *model, const char *name, const char *input,
                         enum pleat_upsampling method, int64_t factor, struct pleat_error *error);

/* Adds y[c][h f + i][w f + j] = x[c f f + i f + j][h][w] with f = factor, at least 1, whose square
 * divides the channels, for rank 2 (Shi et al., "Real-time single image and video super-resolution
 * using an efficient sub-pixel convolutional neural network", 2016; PyTorch's PixelShuffle). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_pixel_shuffle(struct pleat_model *model, const char *name, const char *input,
                              int64_t factor, struct pleat_error *error);

/* How many pixels are added at the ends of each axis; below 0 so many are cut off. */
struct pleat_pad_params {
    int rank; /* as the input's */
    int64_t begin[PLEAT_MAX_AXES], end[PLEAT_MAX_AXES];
};

/* Adds cropping, and padding with zeros. params is copied. A compile that leaves an axis nothing is
 * refused with PLEAT_INVALID_SHAPE. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_pad(struct pleat_model *model, const char *name, const char *input,
                    const struct pleat_pad_params *params, struct pleat_error *error);

/* Adds y[c] = exp(x[c]) / (sum over channels k of exp(x[k])), for each pixel. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_softmax(struct pleat_model *model,
                                                                    const char *name,
                                                                    const char *input,
                                                                    struct pleat_error *error);

/* Adds inverted dropout (Srivastava et al., "Dropout: a simple way to prevent neural networks from
 * overfitting", 2014): in a model compiled for training each element is 0 with that probability (at
 * least 0, below 1) and otherwise x / (1 - probability); compiled for inference y = x.
 *
 * mask: NULL, or the name of a layer of the same extents whose zeros tell which elements are
 * dropped, for tests and for masks of the caller's own; no gradient flows into it. Drawn masks
 * follow from pleat_model_set_dropout, the layer's place and the element's number alone. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_dropout(struct pleat_model *model, const char *name, const char *input,
                        const char *mask, double probability, struct pleat_error *error);

/* Sets what the masks of dropout follow from: a seed, and the number of the next forward; each
 * forward in training adds 1. A model begins with 0 and 0. Checkpoints of a training hold both
 * (checkpoint.h). PLEAT_INVALID_ARGUMENT: model NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_set_dropout(struct pleat_model *model,
                                                                    uint64_t seed, uint64_t step,
                                                                    struct pleat_error *error);

/* Overwrites *seed and *step with what was set, the step plus the forwards in training since.
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_dropout(const struct pleat_model *model,
                                                                uint64_t *seed, uint64_t *step,
                                                                struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
