/* The kernels of layers for one element type and instruction set, collected. */
#include "nn/kernels/layer_kernels_real.h"

const struct pleat__layer_kernels V(pleat__layer_kernels) = {
    .norm_train = V(pleat__norm_train),
    .norm_apply = V(pleat__norm_apply),
    .norm_gradient = V(pleat__norm_gradient),
    .max_pool = V(pleat__max_pool),
    .max_pool_gradient = V(pleat__max_pool_gradient),
    .dense = V(pleat__dense),
    .dense_gradient = V(pleat__dense_gradient),
    .upsample = V(pleat__upsample),
    .upsample_gradient = V(pleat__upsample_gradient),
    .shift = V(pleat__shift),
    .pixel_shuffle = V(pleat__pixel_shuffle),
    .softmax = V(pleat__softmax),
    .softmax_gradient = V(pleat__softmax_gradient),
    .dropout = V(pleat__dropout),
};
