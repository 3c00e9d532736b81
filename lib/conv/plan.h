/* What a plan holds, and the products that its passes are made of. */
#ifndef PLEAT_CONV_PLAN_H
#define PLEAT_CONV_PLAN_H

#include "conv/products.h"

struct pleat_plan {
    enum pleat_operator op;
    struct pleat_conv_params params;
    struct pleat_plan_options options; /* threads at least 1, instructions a set that is present */
    int64_t in_extent[PLEAT_MAX_AXES];
    struct pleat__geometry geometry;
    struct pleat__choice choice[PLEAT__BOTH]; /* of each product alone */
    bool shares;                              /* backward makes both gradients at once, by `both` */
    struct pleat__work both;
    const struct pleat__kernels *kernels;
};

enum { PLEAT__PASS_PRODUCTS = 2 };

/* Overwrites kinds with the products of a pass, in their order, and returns their number: 0 for no
 * pass. */
int pleat__pass_products(const struct pleat_plan *plan, enum pleat_pass pass,
                         enum pleat__kind kinds[PLEAT__PASS_PRODUCTS]);

/* The scratch of a pass with so many threads: room to align the caller's, then what the largest of its
 * products takes, which are also executed alone. */
size_t pleat__pass_scratch(const struct pleat_plan *plan, enum pleat_pass pass, int threads);

/* The bytes of a weight that is packed for the plan's forward pass. */
size_t pleat__packed_bytes(const struct pleat_plan *plan);

#endif
