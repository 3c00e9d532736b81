/* The kernels of layers for one element type, collected. */
#include "nn/kernels/layer_kernels_real.h"

const struct pleat__layer_kernels R(pleat__layer_kernels) = {
    .norm_train = R(pleat__norm_train),
    .norm_apply = R(pleat__norm_apply),
    .norm_gradient = R(pleat__norm_gradient),
    .max_pool = R(pleat__max_pool),
    .max_pool_gradient = R(pleat__max_pool_gradient),
    .dense = R(pleat__dense),
    .dense_gradient = R(pleat__dense_gradient),
    .upsample = R(pleat__upsample),
    .upsample_gradient = R(pleat__upsample_gradient),
    .shift = R(pleat__shift),
    .pixel_shuffle = R(pleat__pixel_shuffle),
    .softmax = R(pleat__softmax),
    .softmax_gradient = R(pleat__softmax_gradient),
    .dropout = R(pleat__dropout),
};
