/* The products for the element type that the including file is compiled for. */
#ifndef PLEAT_CONV_PRODUCTS_REAL_H
#define PLEAT_CONV_PRODUCTS_REAL_H

#include "base/real.h"
#include "conv/products.h"

void R(pleat__fold_product)(const struct pleat__product *product, const void *coarse,
                            const void *weight, const void *bias, void *fine);
void R(pleat__unfold_product)(const struct pleat__product *product, const void *fine,
                              const void *weight, const void *bias, void *coarse);
void R(pleat__filter_product)(const struct pleat__product *product, const void *coarse,
                              const void *fine, void *grad_weight);
void R(pleat__bias_gradient)(const struct pleat__product *product, const void *grad_output,
                             int64_t channels, int64_t pixels, void *grad_bias);

#endif
