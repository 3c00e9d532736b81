/* The kernels of one element type, collected. */
#include "nn/kernels_real.h"

const struct pleat__kernels R(pleat__kernels) = {
    .activation = R(pleat__activation),
    .activation_gradient = R(pleat__activation_gradient),
    .prelu = R(pleat__prelu),
    .prelu_gradient = R(pleat__prelu_gradient),
    .add = R(pleat__add_arrays),
    .squared_distance = R(pleat__squared_distance),
    .absolute_distance = R(pleat__absolute_distance),
    .difference = R(pleat__difference),
    .sign = R(pleat__sign),
    .charbonnier = R(pleat__charbonnier),
    .charbonnier_gradient = R(pleat__charbonnier_gradient),
    .binary_cross_entropy = R(pleat__binary_cross_entropy),
    .binary_cross_entropy_gradient = R(pleat__binary_cross_entropy_gradient),
    .cross_entropy = R(pleat__cross_entropy),
    .best_label = R(pleat__best_label),
    .divergence = R(pleat__divergence),
    .divergence_gradient = R(pleat__divergence_gradient),
    .gaussian = R(pleat__gaussian),
    .gaussian_gradient = R(pleat__gaussian_gradient),
    .sgd = R(pleat__sgd),
    .adam = R(pleat__adam),
};
