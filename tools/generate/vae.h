/* A variational autoencoder: its step of training, and how well it explains images. */
#ifndef PLEAT_TOOLS_VAE_H
#define PLEAT_TOOLS_VAE_H

#include <stdint.h>

#include <pleat/loader.h>
#include <pleat/model.h>
#include <pleat/trainer.h>

struct vae {
    struct pleat_model *encoder, *generator;
    int64_t batch, extent[2], latents;
    int threads;
    /* [batch][latents]; a smaller batch uses their beginnings. */
    struct pleat_tensor noise, latent, grad_mean, grad_log_variance, divergence[2];
    struct pleat_tensor grad_logits; /* [batch][1][extent...] */
};

/* Compiles both networks for training and allocates; the models, batch, extent and threads are set.
 * Refuses an encoder whose outputs are not two vectors as long as the generator's input, and a
 * generator whose images are not those that the encoder sees. Freed by vae_free. */
enum pleat_status vae_compile(struct vae *vae, struct pleat_error *error);

/* Frees the tensors, not the models; zeros are allowed. */
void vae_free(struct vae *vae);

/* Computes the gradients of the loss of images [n][1][extent...] between 0 and 1, the negative evidence
 * lower bound a batch averages, for noise of that step, and overwrites *loss with it:
 *
 *     -ELBO = (1/N) sum over images and pixels of the binary cross-entropy + KL(q(z|x), N(0, 1)) */
enum pleat_status vae_gradients(struct vae *vae, const struct pleat_tensor *images, uint64_t seed,
                                int64_t step, double *loss, struct pleat_error *error);

/* The evidence lower bound of images, and what it is the difference of, in nats an image. */
struct vae_bound {
    double elbo, reconstruction, divergence;
};

/* Overwrites *bound with the mean over all images of a loader that shows each once, with the mean over so
 * many samples of the latents each. Compiles for inference, and then for training again. */
enum pleat_status vae_evaluate(struct vae *vae, struct pleat_loader *images, uint64_t seed,
                               int64_t samples, struct vae_bound *bound, struct pleat_error *error);

#endif
