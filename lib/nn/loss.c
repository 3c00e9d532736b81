/* Mean squared and mean absolute error. */
#include <stdbool.h>
#include <stddef.h>

#include <pleat/loss.h>

#include "base/error.h"
#include "nn/kernels.h"

/* Refuses a tensor that is not like prediction. */
static enum pleat_status check_like(const struct pleat_tensor *prediction,
                                    const struct pleat_tensor *tensor, const char *name,
                                    struct pleat_error *error) {
    if (tensor->dtype != prediction->dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s must be %s, as prediction is, got %s",
                           name, pleat_dtype_name(prediction->dtype),
                           pleat_dtype_name(tensor->dtype));
    bool same = tensor->rank == prediction->rank;
    for (int i = 0; same && i < tensor->rank; i++)
        same = tensor->extent[i] == prediction->extent[i];
    if (!same)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "the extents of %s differ from those of prediction", name);
    if (tensor->data == NULL && pleat_tensor_size(tensor) > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the data of %s must not be NULL", name);
    return PLEAT_OK;
}

static enum pleat_status check(const struct pleat_tensor *prediction,
                               const struct pleat_tensor *target, const struct pleat_tensor *grad,
                               struct pleat_error *error) {
    PLEAT__REQUIRE(prediction, error);
    PLEAT__REQUIRE(target, error);
    if (pleat_dtype_size(prediction->dtype) == 0)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "the dtype of prediction is none");
    if (prediction->rank < 0 || prediction->rank > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "rank must be 0 to %d, got %d",
                           PLEAT_MAX_RANK, prediction->rank);
    for (int i = 0; i < prediction->rank; i++)
        if (prediction->extent[i] < 0)
            return pleat__fail(error, PLEAT_INVALID_SHAPE, "extent[%d] must not be negative", i);
    PLEAT__TRY(check_like(prediction, prediction, "prediction", error));
    PLEAT__TRY(check_like(prediction, target, "target", error));
    if (grad != NULL)
        PLEAT__TRY(check_like(prediction, grad, "grad", error));
    return PLEAT_OK;
}

enum pleat_status pleat_loss_mse(const struct pleat_tensor *prediction,
                                 const struct pleat_tensor *target, double *value,
                                 const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    const struct pleat__kernels *kernels = pleat__kernels(prediction->dtype);
    const int64_t count = pleat_tensor_size(prediction);
    const double mean = count > 0 ? 1 / (double)count : 0;
    if (value != NULL)
        *value = mean * kernels->squared_distance(count, prediction->data, target->data);
    if (grad != NULL)
        kernels->difference(count, 2 * mean, prediction->data, target->data, grad->data);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_l1(const struct pleat_tensor *prediction,
                                const struct pleat_tensor *target, double *value,
                                const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    const struct pleat__kernels *kernels = pleat__kernels(prediction->dtype);
    const int64_t count = pleat_tensor_size(prediction);
    const double mean = count > 0 ? 1 / (double)count : 0;
    if (value != NULL)
        *value = mean * kernels->absolute_distance(count, prediction->data, target->data);
    if (grad != NULL)
        kernels->sign(count, mean, prediction->data, target->data, grad->data);
    return PLEAT_OK;
}
