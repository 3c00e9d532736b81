/* Winograd's minimal filtering on the phases of the stride: see tiling.h. */
#ifndef PLEAT_CONV_WINOGRAD_PRODUCTS_H
#define PLEAT_CONV_WINOGRAD_PRODUCTS_H

#include "conv/products.h"
#include "conv/variant.h"

void V(pleat__winograd_fold)(const struct pleat__product *product, const void *coarse,
                             const void *weight, const void *bias, void *fine);
void V(pleat__winograd_unfold)(const struct pleat__product *product, const void *fine,
                               const void *weight, const void *bias, void *coarse);
void V(pleat__winograd_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                      void *packed);
void V(pleat__winograd_pack_for_unfold)(const struct pleat__product *product, const void *weight,
                                        void *packed);
void V(pleat__winograd_filter)(const struct pleat__product *product, const void *coarse,
                               const void *fine, void *grad_weight);

#endif
