/* The kernels of layers for one element type, collected. */
#include "nn/layer_kernels_real.h"

const struct pleat__layer_kernels R(pleat__layer_kernels) = {
    .norm_train = R(pleat__norm_train),
    .norm_apply = R(pleat__norm_apply),
    .norm_gradient = R(pleat__norm_gradient),
    .max_pool = R(pleat__max_pool),
    .max_pool_gradient = R(pleat__max_pool_gradient),
};
