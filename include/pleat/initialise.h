/* Initialisers: the values that weights have before the first step.
 *
 * All overwrite the tensor. Numbers are drawn in double, element by element in the tensor's order,
 * and rounded to its type, so that both types begin with the same values and a seed says all.
 *
 * Statuses of all: PLEAT_INVALID_ARGUMENT: a pointer NULL, a number outside its range, parameters
 * that are not legal. PLEAT_INVALID_SHAPE: weight has other extents than params say.
 * PLEAT_TYPE_MISMATCH: the tensor's type is none. */
#ifndef PLEAT_INITIALISE_H
#define PLEAT_INITIALISE_H

#include <pleat/conv.h>
#include <pleat/export.h>
#include <pleat/random.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sets every element to the value (finite). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_constant(const struct pleat_tensor *tensor, double value,
                          struct pleat_error *error);

/* Draws every element from the normal distribution of that mean and standard deviation (finite, at
 * least 0). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_normal(const struct pleat_tensor *tensor, double mean, double deviation,
                        struct pleat_random *random, struct pleat_error *error);

/* Draws every element uniformly from [low, high), where low <= high and their difference is finite
 * (rounding to float may give high itself). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_uniform(const struct pleat_tensor *tensor, double low, double high,
                         struct pleat_random *random, struct pleat_error *error);

/* Computes how many products make an output value, and in how many output values an input value
 * has a part, inside the border and averaged over the pixels:
 *
 *     conv             fan_in = IC/G prod(K)                  fan_out = OC/G prod(K) / prod(S)
 *     conv_transpose   fan_in = IC/G prod(K) / prod(S)        fan_out = OC/G prod(K)
 *
 * They are what the derivations of He and Glorot count. PyTorch's (torch.nn.init.
 * _calculate_fan_in_and_fan_out) are the same for a conv's fan_in, but leave the stride out and,
 * for a conv_transpose, exchange the two: its "fan_in" is OC/G prod(K). */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_fans(enum pleat_operator op,
                                                       const struct pleat_conv_params *params,
                                                       double *fan_in, double *fan_out,
                                                       struct pleat_error *error);

enum pleat_distribution { PLEAT_NORMAL, PLEAT_UNIFORM };

/* Draws with mean 0 and the deviation that keeps the variance of the signal through a layer
 * followed by a leaky ReLU of that slope (0: ReLU; 1: nothing):
 *
 *     deviation = sqrt(2 / ((1 + slope^2) fan_in))
 *
 * (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015), normal or uniform in +-sqrt(3)
 * deviation. weight is the operator's, w[IC][OC/G][K...] or w[OC][IC/G][K...]. slope is finite. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_kaiming(const struct pleat_tensor *weight, enum pleat_operator op,
                         const struct pleat_conv_params *params, double slope,
                         enum pleat_distribution distribution, struct pleat_random *random,
                         struct pleat_error *error);

/* Draws as pleat_initialise_kaiming with
 *
 *     deviation = gain sqrt(2 / (fan_in + fan_out))
 *
 * (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * 2010). gain is finite and at least 0: 1 for linear layers and tanh near 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_xavier(const struct pleat_tensor *weight, enum pleat_operator op,
                        const struct pleat_conv_params *params, double gain,
                        enum pleat_distribution distribution, struct pleat_random *random,
                        struct pleat_error *error);

/* Makes a transposed convolution enlarge each channel by its stride with bilinear interpolation:
 *
 *     w[ic][oc - first of its group][k] = product over the axes of max(0, 1 - |k - (K - 1)/2| / S)
 *                                         where oc = ic, 0 where it is not
 *
 * (the up-sampling of Long, Shelhamer and Darrell, "Fully convolutional networks", 2015; Caffe's
 * BilinearFiller, which fills every pair of channels and other kernels too, has gains other than 1
 * for them). Inside the border a constant image stays constant.
 *
 * PLEAT_INVALID_ARGUMENT also where that cannot be: in_channels not out_channels, a dilation other
 * than 1, a kernel below 2 S (even) or 2 S - 1 (odd). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_bilinear(const struct pleat_tensor *weight, const struct pleat_conv_params *params,
                          struct pleat_error *error);

/* Draws the weight of a transposed convolution so that all phases of its stride begin equal, and
 * the first output is free of a checkerboard: taps k that have the same k / S (rounded down, on
 * every axis) hold one number, drawn as pleat_initialise_kaiming does (ICNR: Aitken et al.,
 * "Checkerboard artifact free sub-pixel convolution", 2017). One number is drawn for each such
 * block.
 *
 * PLEAT_INVALID_ARGUMENT also where a kernel is not divisible by its stride or a dilation is not 1.
 */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_initialise_icnr(const struct pleat_tensor *weight, const struct pleat_conv_params *params,
                      double slope, enum pleat_distribution distribution,
                      struct pleat_random *random, struct pleat_error *error);

/* Which of the functions above a parameter of a model begins with (pleat_model_initialise), and how
 * many numbers it takes. All but the first three are for weights of operators and of dense alone,
 * which counts as a convolution of one tap. */
enum pleat_initialiser_kind {
    PLEAT_INITIALISER_CONSTANT, /* one: the value */
    PLEAT_INITIALISER_NORMAL,   /* one: the deviation; or two: mean and deviation */
    PLEAT_INITIALISER_UNIFORM,  /* one: the bound of -bound to bound; or two: low and high */
    PLEAT_INITIALISER_HE,       /* Kaiming's. None: the slope of the activation that follows, or
                                   one: the slope */
    PLEAT_INITIALISER_HE_UNIFORM,
    PLEAT_INITIALISER_GLOROT, /* Xavier's. None: gain 1, or one: the gain */
    PLEAT_INITIALISER_GLOROT_UNIFORM,
    PLEAT_INITIALISER_BILINEAR,    /* none; conv_transpose alone */
    PLEAT_INITIALISER_ICNR,        /* as HE; conv_transpose alone */
    PLEAT_INITIALISER_ICNR_UNIFORM /* as HE; conv_transpose alone */
};

/* How a parameter begins. */
struct pleat_initialiser {
    enum pleat_initialiser_kind kind;
    int count; /* of the numbers */
    double number[2];
};

#ifdef __cplusplus
}
#endif

#endif
