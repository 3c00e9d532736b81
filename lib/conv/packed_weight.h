/* A weight made ready for the forward pass of one plan, and of those that are made alike. */
#ifndef PLEAT_CONV_PACKED_WEIGHT_H
#define PLEAT_CONV_PACKED_WEIGHT_H

#include "conv/plan.h"

struct pleat_packed_weight {
    /* what the plan's product is made of: it follows from these */
    enum pleat__kind kind;
    struct pleat__geometry geometry;
    enum pleat_method method;
    enum pleat_dtype dtype;
    enum pleat_instructions instructions;
    bool packed; /* by the method; otherwise the weight as it was */
    void *data;
};

/* Refuses NULL, and a weight that was packed for another plan. */
enum pleat_status pleat__packed_weight_check(const struct pleat_packed_weight *weight,
                                             const struct pleat_plan *plan,
                                             struct pleat_error *error);

#endif
