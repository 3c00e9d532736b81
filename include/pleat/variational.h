/* The variational autoencoder (Kingma and Welling, "Auto-encoding variational Bayes", 2014): an
 * encoder that says a Gaussian for each latent number, by its mean and the logarithm of its
 * variance, samples of it, and its distance from the standard normal.
 *
 *     z = mean + exp(log_variance / 2) noise      pleat_reparametrise
 *     loss of what the decoder makes of z         loss.h; its gradient reaches z through the decoder
 *     dL/dmean, dL/dlog_variance from dL/dz       pleat_reparametrise_backward
 *     + those of the divergence                   pleat_loss_kl, pleat_gradient_add (gradient.h)
 *
 * All tensors of a call have the same type and extents, batch first. Thread-safe; one pass, in the
 * calling thread. Statuses of all: PLEAT_INVALID_ARGUMENT: a pointer that may not be NULL is, data
 * NULL in a tensor that is not empty. PLEAT_INVALID_SHAPE: extents that differ.
 * PLEAT_TYPE_MISMATCH. On an error nothing was written. */
#ifndef PLEAT_VARIATIONAL_H
#define PLEAT_VARIATIONAL_H

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Overwrites *value with the Kullback-Leibler divergence of N(mean, exp(log_variance)) from
 * N(0, 1), summed over the latents and averaged over the N images (extent 0; Kingma and Welling,
 * appendix B), and the gradients with its own:
 *
 *     L = (1/2N) sum (mean^2 + exp(log_variance) - 1 - log_variance)
 *     dL/dmean = mean / N,   dL/dlog_variance = (exp(log_variance) - 1) / 2N
 *
 * It is the sum that adds to a log-likelihood that is summed over an image's pixels: to a loss that
 * is their mean, scale one of the two. Summed in double, in an order that the number of elements
 * fixes.
 *
 * mean, log_variance [in], of rank 1 or more; grad_mean, grad_log_variance [out], overwritten; each
 * may be NULL: not wanted. grad_mean may be the same memory as mean, grad_log_variance as
 * log_variance. value may be NULL. Of no images the divergence is 0.
 *
 * Statuses as above; PLEAT_INVALID_SHAPE also where the rank is 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_loss_kl(const struct pleat_tensor *mean, const struct pleat_tensor *log_variance,
              double *value, const struct pleat_tensor *grad_mean,
              const struct pleat_tensor *grad_log_variance, struct pleat_error *error);

/* Overwrites sample with mean + exp(log_variance / 2) noise, where the caller has filled noise with
 * standard normal numbers (pleat_random_normal): the randomness stands beside the parameters, so
 * that gradients reach them (section 2.4).
 *
 * mean, log_variance, noise [in]; sample [out], which may be the memory of any of them. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_reparametrise(const struct pleat_tensor *mean, const struct pleat_tensor *log_variance,
                    const struct pleat_tensor *noise, const struct pleat_tensor *sample,
                    struct pleat_error *error);

/* Overwrites the gradients of mean and log_variance from that of the sample:
 *
 *     dL/dmean = grad_sample,   dL/dlog_variance = grad_sample noise exp(log_variance / 2) / 2
 *
 * log_variance, noise, grad_sample [in]; grad_mean, grad_log_variance [out], each NULL where not
 * wanted. grad_mean may be the memory of grad_sample, grad_log_variance that of noise or
 * log_variance. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_reparametrise_backward(
    const struct pleat_tensor *log_variance, const struct pleat_tensor *noise,
    const struct pleat_tensor *grad_sample, const struct pleat_tensor *grad_mean,
    const struct pleat_tensor *grad_log_variance, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
