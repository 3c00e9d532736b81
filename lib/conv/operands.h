/* The tensors of an execution: what a plan expects of them. Each check refuses a tensor that has other
 * extents or another type, under the name that the caller knows it by; statuses as pleat_plan_forward. */
#ifndef PLEAT_CONV_OPERANDS_H
#define PLEAT_CONV_OPERANDS_H

#include "conv/plan.h"

/* The first extent; 0 for a tensor without extents, whose rank the checks refuse. */
int64_t pleat__batch_of(const struct pleat_tensor *tensor);

/* Refuses a batch that is negative or whose bytes cannot be counted. */
enum pleat_status pleat__check_batch(const struct pleat_plan *plan, int64_t batch,
                                     struct pleat_error *error);

enum pleat_status pleat__check_input(const struct pleat_plan *plan, const char *name,
                                     const struct pleat_tensor *tensor, int64_t batch,
                                     struct pleat_error *error);
enum pleat_status pleat__check_output(const struct pleat_plan *plan, const char *name,
                                      const struct pleat_tensor *tensor, int64_t batch,
                                      struct pleat_error *error);
enum pleat_status pleat__check_weight(const struct pleat_plan *plan, const char *name,
                                      const struct pleat_tensor *tensor, struct pleat_error *error);
enum pleat_status pleat__check_channels(const struct pleat_plan *plan, const char *name,
                                        const struct pleat_tensor *tensor,
                                        struct pleat_error *error);

#endif
