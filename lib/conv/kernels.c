/* The products of every method for one element type and one instruction set, collected. */
#include "conv/direct/products.h"
#include "conv/products.h"
#include "conv/taps/products.h"
#include "conv/tiled/products.h"
#include "conv/variant.h"
#include "conv/winograd/products.h"

void V(pleat__bias_gradient)(const struct pleat__product *product, const void *grad_output,
                             int64_t channels, int64_t pixels, void *grad_bias);

const struct pleat__kernels V(pleat__kernels) = {
    .methods = {[PLEAT_METHOD_TILED] = {V(pleat__tiled_fold), V(pleat__tiled_unfold),
                                        V(pleat__tiled_filter), V(pleat__tiled_both)},
                [PLEAT_METHOD_WINOGRAD] = {V(pleat__winograd_fold), V(pleat__winograd_unfold),
                                           V(pleat__winograd_filter)},
                [PLEAT_METHOD_DIRECT] = {V(pleat__direct_fold), V(pleat__direct_unfold),
                                         V(pleat__direct_filter), V(pleat__direct_both)},
                [PLEAT_METHOD_TAPS] = {V(pleat__taps_fold), V(pleat__taps_unfold),
                                       V(pleat__taps_filter)}},
    .bias = V(pleat__bias_gradient),
};
