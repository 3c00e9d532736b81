/* Losses that compare element by element; the formulas stand in pleat/loss.h. */
#include <math.h>
#include <stddef.h>

#include <pleat/loss.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels/kernels.h"

static enum pleat_status check(const struct pleat_tensor *prediction,
                               const struct pleat_tensor *target, const struct pleat_tensor *grad,
                               struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(prediction, "prediction", error));
    PLEAT__TRY(pleat__tensor_like(target, "target", prediction, "prediction", error));
    if (grad != NULL)
        PLEAT__TRY(pleat__tensor_like(grad, "grad", prediction, "prediction", error));
    return PLEAT_OK;
}

/* What a sum over so many elements is multiplied by to be their mean. */
static double mean_factor(int64_t count) {
    return count > 0 ? 1 / (double)count : 0;
}

enum pleat_status pleat_loss_mse(const struct pleat_tensor *prediction,
                                 const struct pleat_tensor *target, double *value,
                                 const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    const struct pleat__kernels *kernels = pleat__kernels(prediction->dtype);
    const int64_t count = pleat_tensor_size(prediction);
    const double mean = mean_factor(count);
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
    const double mean = mean_factor(count);
    if (value != NULL)
        *value = mean * kernels->absolute_distance(count, prediction->data, target->data);
    if (grad != NULL)
        kernels->sign(count, mean, prediction->data, target->data, grad->data);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_charbonnier(const struct pleat_tensor *prediction,
                                         const struct pleat_tensor *target, double epsilon,
                                         double *value, const struct pleat_tensor *grad,
                                         struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    if (!(epsilon > 0) || !isfinite(epsilon))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "epsilon must be finite and above 0, got %g", epsilon);
    const struct pleat__kernels *kernels = pleat__kernels(prediction->dtype);
    const int64_t count = pleat_tensor_size(prediction);
    const double mean = mean_factor(count);
    if (value != NULL)
        *value = mean * kernels->charbonnier(count, epsilon, prediction->data, target->data);
    if (grad != NULL)
        kernels->charbonnier_gradient(count, epsilon, mean, prediction->data, target->data,
                                      grad->data);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_binary_cross_entropy(const struct pleat_tensor *prediction,
                                                  const struct pleat_tensor *target, double *value,
                                                  const struct pleat_tensor *grad,
                                                  struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    const struct pleat__kernels *kernels = pleat__kernels(prediction->dtype);
    const int64_t count = pleat_tensor_size(prediction);
    const double mean = mean_factor(count);
    if (value != NULL)
        *value = mean * kernels->binary_cross_entropy(count, prediction->data, target->data);
    if (grad != NULL)
        kernels->binary_cross_entropy_gradient(count, mean, prediction->data, target->data,
                                               grad->data);
    return PLEAT_OK;
}
