/* A weight made ready for the forward pass of one plan, and of those that are made alike. */
#ifndef PLEAT_CONV_PACKED_WEIGHT_H
#define PLEAT_CONV_PACKED_WEIGHT_H

#include "conv/plan.h"

struct pleat_packed_weight {
    /* what the plan's product is made of: it follows from these */
    enum pleat__kind kind;
    struct pleat__geometry geometry;
    enum pleat_method method, fewer;
    enum pleat_dtype dtype;
    enum pleat_instructions instructions;
    char *data;       /* as the product's work reads it, */
    char *fewer_data; /* and as that for fewer images does, where there is one */
};

/* Refuses NULL, and a weight that was packed for another plan. */
enum pleat_status pleat__packed_weight_check(const struct pleat_packed_weight *weight,
                                             const struct pleat_plan *plan,
                                             struct pleat_error *error);

/* Returns the weight as the plan's product reads it for a batch of so many images, and stores whether
 * that is packed by the method or as it was. */
const void *pleat__packed_for(const struct pleat_packed_weight *weight,
                              const struct pleat_plan *plan, int64_t batch, bool *packed);

#endif
