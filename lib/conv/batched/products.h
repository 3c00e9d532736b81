/* The batched method: vectors over the images of a batch, for planes so small that vectors over
 * pixels would be filled badly and many taps lie in the padding. */
#ifndef PLEAT_CONV_BATCHED_PRODUCTS_H
#define PLEAT_CONV_BATCHED_PRODUCTS_H

#include "conv/products.h"
#include "conv/variant.h"

void V(pleat__batched_fold)(const struct pleat__product *product, const void *coarse,
                            const void *weight, const void *bias, void *fine);
void V(pleat__batched_unfold)(const struct pleat__product *product, const void *fine,
                              const void *weight, const void *bias, void *coarse);
void V(pleat__batched_filter)(const struct pleat__product *product, const void *coarse,
                              const void *fine, void *grad_weight);

#endif
