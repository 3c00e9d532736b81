/* The tiled method: one sgemm a tile, whose columns stay in the L2 cache, and fold or unfold of that
 * tile. It computes every geometry. */
#ifndef PLEAT_CONV_TILED_PRODUCTS_H
#define PLEAT_CONV_TILED_PRODUCTS_H

#include "conv/products.h"
#include "conv/variant.h"

void V(pleat__tiled_fold)(const struct pleat__product *product, const void *coarse,
                          const void *weight, const void *bias, void *fine);
void V(pleat__tiled_unfold)(const struct pleat__product *product, const void *fine,
                            const void *weight, const void *bias, void *coarse);
void V(pleat__tiled_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                   void *packed);
void V(pleat__tiled_filter)(const struct pleat__product *product, const void *coarse,
                            const void *fine, void *grad_weight);
void V(pleat__tiled_both)(const struct pleat__product *product, const void *coarse,
                          const void *fine, const void *weight, void *grad_coarse,
                          void *grad_weight);

#endif
