/* The products of every method for one element type and one instruction set, collected. */
#include "conv/batched/products.h"
#include "conv/direct/products.h"
#include "conv/products.h"
#include "conv/taps/products.h"
#include "conv/tiled/products.h"
#include "conv/variant.h"
#include "conv/winograd/products.h"

void V(pleat__bias_gradient)(const struct pleat__product *product, const void *grad_output,
                             int64_t channels, int64_t pixels, void *grad_bias);

const struct pleat__kernels V(pleat__kernels) = {
    .methods = {[PLEAT_METHOD_TILED] = {.fold = V(pleat__tiled_fold),
                                        .unfold = V(pleat__tiled_unfold),
                                        .pack_for_fold = V(pleat__tiled_pack_for_fold),
                                        .filter = V(pleat__tiled_filter),
                                        .both = V(pleat__tiled_both)},
                [PLEAT_METHOD_WINOGRAD] = {.fold = V(pleat__winograd_fold),
                                           .unfold = V(pleat__winograd_unfold),
                                           .pack_for_fold = V(pleat__winograd_pack_for_fold),
                                           .pack_for_unfold = V(pleat__winograd_pack_for_unfold),
                                           .filter = V(pleat__winograd_filter)},
                [PLEAT_METHOD_DIRECT] = {.fold = V(pleat__direct_fold),
                                         .unfold = V(pleat__direct_unfold),
                                         .pack_for_fold = V(pleat__direct_pack_for_fold),
                                         .pack_for_unfold = V(pleat__direct_pack_for_unfold),
                                         .filter = V(pleat__direct_filter),
                                         .both = V(pleat__direct_both)},
                [PLEAT_METHOD_TAPS] = {.fold = V(pleat__taps_fold),
                                       .unfold = V(pleat__taps_unfold),
                                       .filter = V(pleat__taps_filter)},
                [PLEAT_METHOD_BATCHED] = {.fold = V(pleat__batched_fold),
                                          .unfold = V(pleat__batched_unfold),
                                          .filter = V(pleat__batched_filter)}},
    .bias = V(pleat__bias_gradient),
};
