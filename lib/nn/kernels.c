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
    .sgd = R(pleat__sgd),
    .adam = R(pleat__adam),
};
