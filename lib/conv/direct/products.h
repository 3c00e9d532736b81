/* The direct method: no columns and no sgemm. With the fine rows split into the phases of the
 * stride each tap is a shift, and vectors run over pixels. It computes every geometry of one or two
 * axes whose rows have stride 1 or dilation 1 and whose tables are small. */
#ifndef PLEAT_CONV_DIRECT_PRODUCTS_H
#define PLEAT_CONV_DIRECT_PRODUCTS_H

#include "conv/products.h"
#include "conv/variant.h"

void V(pleat__direct_fold)(const struct pleat__product *product, const void *coarse,
                           const void *weight, const void *bias, void *fine);
void V(pleat__direct_unfold)(const struct pleat__product *product, const void *fine,
                             const void *weight, const void *bias, void *coarse);
void V(pleat__direct_pack_for_fold)(const struct pleat__product *product, const void *weight,
                                    void *packed);
void V(pleat__direct_pack_for_unfold)(const struct pleat__product *product, const void *weight,
                                      void *packed);
void V(pleat__direct_filter)(const struct pleat__product *product, const void *coarse,
                             const void *fine, void *grad_weight);
void V(pleat__direct_both)(const struct pleat__product *product, const void *coarse,
                           const void *fine, const void *weight, void *grad_coarse,
                           void *grad_weight);

#endif
