/* The taps method: no columns and no sgemm. Vectors run over the taps of a row of the filter, and over
 * the fine pixels that these meet, which are neighbours in memory: for wide filters, whose stride may
 * be as large. It computes every geometry of one or two axes whose rows have 16 taps or more and
 * dilation 1. */
#ifndef PLEAT_CONV_TAPS_PRODUCTS_H
#define PLEAT_CONV_TAPS_PRODUCTS_H

#include "conv/products.h"
#include "conv/variant.h"

void V(pleat__taps_fold)(const struct pleat__product *product, const void *coarse,
                         const void *weight, const void *bias, void *fine);
void V(pleat__taps_unfold)(const struct pleat__product *product, const void *fine,
                           const void *weight, const void *bias, void *coarse);
void V(pleat__taps_filter)(const struct pleat__product *product, const void *coarse,
                           const void *fine, void *grad_weight);

#endif
