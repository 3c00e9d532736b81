/* Mean squared and mean absolute error. */
#include <stddef.h>

#include <pleat/loss.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels.h"

static enum pleat_status check(const struct pleat_tensor *prediction,
                               const struct pleat_tensor *target, const struct pleat_tensor *grad,
                               struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(prediction, "prediction", error));
    PLEAT__TRY(pleat__tensor_like(target, "target", prediction, "prediction", error));
    if (grad != NULL)
        PLEAT__TRY(pleat__tensor_like(grad, "grad", prediction, "prediction", error));
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
