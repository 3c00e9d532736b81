/* The transform of the weights. */
#ifndef PLEAT_CONV_WINOGRAD_WEIGHTS_H
#define PLEAT_CONV_WINOGRAD_WEIGHTS_H

#include <stdbool.h>

#include "conv/geometry.h"
#include "conv/variant.h"
#include "conv/winograd/tiling.h"

/* Filters [lane][depth], of at most ROWS lanes, at these distances in the weight. */
struct pleat__filters {
    int64_t lanes, lane_stride, depth, depth_stride;
};

/* Overwrites transformed[products][weight_stride] with [depth][ROWS] of G h G^T, for h the
 * taps of each phase, reversed where asked; lanes beyond the number repeat the last. */
void V(pleat__winograd_weights)(const struct pleat__geometry *geometry,
                                const struct pleat__winograd *tiling,
                                const struct pleat__filters *filters, bool reversed,
                                const real *weight, real *transformed);

/* Sums of products: first[k depth_stride + product product_stride + lane]. */
struct pleat__filter_sums {
    const real *first;
    int64_t product_stride, depth_stride;
};

/* The reverse, for gradients: adds G^T sums G of each phase to the taps of the filters. */
void V(pleat__winograd_add_weights)(const struct pleat__geometry *geometry,
                                    const struct pleat__winograd *tiling,
                                    const struct pleat__filters *filters,
                                    const struct pleat__filter_sums *sums, real *weight);

#endif
