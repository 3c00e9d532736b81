/* Checking tensors against a plan. */
#include "conv/operands.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"

/* Refuses a tensor that is not the one the plan expects. */
static enum pleat_status check_tensor(const struct pleat_plan *plan,
                                      const struct pleat_tensor *tensor, const char *name, int rank,
                                      const int64_t *extent, struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_expect(tensor, name, rank, extent, error));
    if (tensor->dtype != plan->options.dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s is %s, but the plan is %s", name,
                           pleat_dtype_name(tensor->dtype), pleat_dtype_name(plan->options.dtype));
    return PLEAT_OK;
}

int64_t pleat__batch_of(const struct pleat_tensor *tensor) {
    return tensor->rank > 0 ? tensor->extent[0] : 0;
}

enum pleat_status pleat__check_batch(const struct pleat_plan *plan, int64_t batch,
                                     struct pleat_error *error) {
    const struct pleat__geometry *g = &plan->geometry;
    const int64_t largest = pleat__max(g->coarse_channels * pleat__coarse_pixels(g),
                                       g->fine_channels * pleat__fine_pixels(g));
    int64_t bytes;
    if (batch < 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "the batch must be at least 0, got %lld",
                           (long long)batch);
    if (!pleat__multiply(batch, largest * g->groups * (int64_t)sizeof(double), &bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the bytes of a batch of %lld do not fit",
                           (long long)batch);
    return PLEAT_OK;
}

enum pleat_status pleat__check_input(const struct pleat_plan *plan, const char *name,
                                     const struct pleat_tensor *tensor, int64_t batch,
                                     struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_input_extent(plan, batch, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

enum pleat_status pleat__check_output(const struct pleat_plan *plan, const char *name,
                                      const struct pleat_tensor *tensor, int64_t batch,
                                      struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_output_extent(plan, batch, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

enum pleat_status pleat__check_weight(const struct pleat_plan *plan, const char *name,
                                      const struct pleat_tensor *tensor,
                                      struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_weight_extent(plan, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

enum pleat_status pleat__check_channels(const struct pleat_plan *plan, const char *name,
                                        const struct pleat_tensor *tensor,
                                        struct pleat_error *error) {
    return check_tensor(plan, tensor, name, 1, &plan->params.out_channels, error);
}
