/* The products of one element type, collected. */
#include "conv/products_real.h"

const struct pleat__products R(pleat__products) = {
    .fold = R(pleat__fold_product),
    .unfold = R(pleat__unfold_product),
    .filter = R(pleat__filter_product),
    .bias = R(pleat__bias_gradient),
};
