/* A generative adversarial network (Goodfellow et al., "Generative adversarial nets", 2014): its step of
 * training. */
#ifndef PLEAT_TOOLS_GAN_H
#define PLEAT_TOOLS_GAN_H

#include <stdint.h>

#include <pleat/model.h>
#include <pleat/trainer.h>

struct gan {
    struct pleat_model *generator, *discriminator;
    int64_t batch, extent[2], latents;
    int threads;
    struct pleat_tensor noise;          /* [batch][latents] */
    struct pleat_tensor real;           /* [batch][1][extent...] between -1 and 1 */
    struct pleat_tensor ones, zeros;    /* [batch][1], what the discriminator is to say */
    struct pleat_tensor grad_judgement; /* of its logits */
};

/* Compiles both networks for training and allocates; the models, batch, extent and threads are set.
 * Refuses networks that do not fit each other or the images. Freed by gan_free. */
enum pleat_status gan_compile(struct gan *gan, struct pleat_error *error);

/* Frees the tensors, not the models; zeros are allowed. */
void gan_free(struct gan *gan);

/* Takes a step of images [batch][1][extent...] between 0 and 1: the discriminator (part 1 of the
 * trainer) learns to tell them from generated ones, then the generator (part 0), by the same latents,
 * that its images be taken for real ones: it maximises log D(G(z)), as the paper advises. *loss is the
 * sum of the two losses. */
enum pleat_status gan_step(struct gan *gan, struct pleat_trainer *trainer,
                           const struct pleat_tensor *images, uint64_t seed, int64_t step,
                           double *loss, struct pleat_error *error);

#endif
