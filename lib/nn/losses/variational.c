/* The latent Gaussian of a variational autoencoder; the formulas stand in pleat/variational.h. */
#include <stddef.h>
#include <string.h>

#include <pleat/variational.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels/kernels.h"

/* Refuses a gradient that is wanted and not like `like`. */
static enum pleat_status check_wanted(const struct pleat_tensor *grad, const char *name,
                                      const struct pleat_tensor *like, const char *like_name,
                                      struct pleat_error *error) {
    return grad == NULL ? PLEAT_OK : pleat__tensor_like(grad, name, like, like_name, error);
}

enum pleat_status pleat_loss_kl(const struct pleat_tensor *mean,
                                const struct pleat_tensor *log_variance, double *value,
                                const struct pleat_tensor *grad_mean,
                                const struct pleat_tensor *grad_log_variance,
                                struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(mean, "mean", error));
    if (mean->rank < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "mean must have an extent for the images");
    PLEAT__TRY(pleat__tensor_like(log_variance, "log_variance", mean, "mean", error));
    PLEAT__TRY(check_wanted(grad_mean, "grad_mean", mean, "mean", error));
    PLEAT__TRY(check_wanted(grad_log_variance, "grad_log_variance", mean, "mean", error));
    const struct pleat__kernels *kernels = pleat__kernels(mean->dtype);
    const int64_t count = pleat_tensor_size(mean);
    const double factor = count > 0 ? 0.5 / (double)mean->extent[0] : 0;
    if (value != NULL)
        *value = factor * kernels->divergence(count, mean->data, log_variance->data);
    kernels->divergence_gradient(count, factor, mean->data, log_variance->data,
                                 grad_mean != NULL ? grad_mean->data : NULL,
                                 grad_log_variance != NULL ? grad_log_variance->data : NULL);
    return PLEAT_OK;
}

enum pleat_status pleat_reparametrise(const struct pleat_tensor *mean,
                                      const struct pleat_tensor *log_variance,
                                      const struct pleat_tensor *noise,
                                      const struct pleat_tensor *sample,
                                      struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(mean, "mean", error));
    PLEAT__TRY(pleat__tensor_like(log_variance, "log_variance", mean, "mean", error));
    PLEAT__TRY(pleat__tensor_like(noise, "noise", mean, "mean", error));
    PLEAT__TRY(pleat__tensor_like(sample, "sample", mean, "mean", error));
    pleat__kernels(mean->dtype)
        ->gaussian(pleat_tensor_size(mean), mean->data, log_variance->data, noise->data,
                   sample->data);
    return PLEAT_OK;
}

enum pleat_status pleat_reparametrise_backward(const struct pleat_tensor *log_variance,
                                               const struct pleat_tensor *noise,
                                               const struct pleat_tensor *grad_sample,
                                               const struct pleat_tensor *grad_mean,
                                               const struct pleat_tensor *grad_log_variance,
                                               struct pleat_error *error) {
    const char *like = "log_variance";
    PLEAT__TRY(pleat__tensor_require(log_variance, like, error));
    PLEAT__TRY(pleat__tensor_like(noise, "noise", log_variance, like, error));
    PLEAT__TRY(pleat__tensor_like(grad_sample, "grad_sample", log_variance, like, error));
    PLEAT__TRY(check_wanted(grad_mean, "grad_mean", log_variance, like, error));
    PLEAT__TRY(check_wanted(grad_log_variance, "grad_log_variance", log_variance, like, error));
    const int64_t count = pleat_tensor_size(log_variance);
    if (grad_log_variance != NULL)
        pleat__kernels(log_variance->dtype)
            ->gaussian_gradient(count, log_variance->data, noise->data, grad_sample->data,
                                grad_log_variance->data);
    if (grad_mean != NULL && count > 0)
        memmove(grad_mean->data, grad_sample->data,
                (size_t)count * pleat_dtype_size(log_variance->dtype));
    return PLEAT_OK;
}
