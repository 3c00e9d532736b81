/* The texts of the networks. Kernels are multiples of the stride, so that no pixel is reached more often
 * than others. */
#include "generate/networks.h"

#include <inttypes.h>
#include <stdio.h>

#include <pleat/text.h>

#include "fault.h"

const char *generate_kind_name(enum generate_kind kind) {
    static const char *const names[GENERATE_KINDS] = {"vae", "gan"};
    return names[kind];
}

const char *network_part_name(enum generate_kind kind, enum network_role role) {
    if (role == NETWORK_GENERATOR)
        return "generator";
    return kind == GENERATE_VAE ? "encoder" : "discriminator";
}

/* The numbers in the texts. */
struct numbers {
    int64_t latents, width, inside; /* twice the width */
    int64_t high, wide;             /* a quarter of the sides */
    int64_t flat;                   /* inside x high x wide */
};

/* Weights uniform within 1 / sqrt(fan in), PyTorch's beginning but that the fan in of a transposed
 * convolution is what really meets. An epoch of Fashion-MNIST then comes 4 nats further than from the
 * default, which docs/generation.md tells. */
#define START " init=he_uniform:2.236068"

/* Kingma and Welling's autoencoder (variational.h) with convolutions in place of its dense layers. The
 * generator's images are logits of Bernoulli distributions. */
static void print_vae_generator(char *text, size_t bytes, const struct numbers *n) {
    snprintf(text, bytes,
             "latent  = input channels=%" PRId64 " rank=0\n"
             "wide    = dense latent out=%" PRId64 START "\n"
             "relu1   = relu wide\n"
             "image   = reshape relu1 channels=%" PRId64 " extent=%" PRId64 ",%" PRId64 "\n"
             "up1     = conv_transpose image out=%" PRId64 " kernel=4 stride=2 padding=1" START "\n"
             "relu2   = relu up1\n"
             "up2     = conv_transpose relu2 out=1 kernel=4 stride=2 padding=1" START "\n",
             n->latents, n->flat, n->inside, n->high, n->wide, n->width);
}

static void print_vae_encoder(char *text, size_t bytes, const struct numbers *n) {
    snprintf(text, bytes,
             "image   = input channels=1\n"
             "down1   = conv image out=%" PRId64 " kernel=4 stride=2 padding=1" START "\n"
             "relu1   = relu down1\n"
             "down2   = conv relu1 out=%" PRId64 " kernel=4 stride=2 padding=1" START "\n"
             "relu2   = relu down2\n"
             "flat    = reshape relu2 channels=%" PRId64 "\n"
             "mean    = dense flat out=%" PRId64 START "\n"
             "log_var = dense flat out=%" PRId64 START "\n"
             "output mean log_var\n",
             n->width, n->inside, n->flat, n->latents, n->latents);
}

/* A DCGAN (Radford, Metz and Chintala, "Unsupervised representation learning with deep convolutional
 * generative adversarial networks", 2016), for images whose sides are four times any number. */
static void print_gan_generator(char *text, size_t bytes, const struct numbers *n) {
    snprintf(text, bytes,
             "noise   = input channels=%" PRId64 " rank=0\n"
             "pixel   = reshape noise channels=%" PRId64 " extent=1,1\n"
             "up1     = conv_transpose pixel out=%" PRId64 " kernel=%" PRId64 ",%" PRId64
             " bias=no init=normal:0.02\n"
             "norm1   = batch_norm up1 init=normal:1,0.02\n"
             "relu1   = relu norm1\n"
             "up2     = conv_transpose relu1 out=%" PRId64
             " kernel=4 stride=2 padding=1 bias=no init=normal:0.02\n"
             "norm2   = batch_norm up2 init=normal:1,0.02\n"
             "relu2   = relu norm2\n"
             "up3     = conv_transpose relu2 out=1 kernel=4 stride=2 padding=1 init=normal:0.02\n"
             "picture = tanh up3\n",
             n->latents, n->latents, n->inside, n->high, n->wide, n->width);
}

static void print_gan_discriminator(char *text, size_t bytes, const struct numbers *n) {
    snprintf(text, bytes,
             "picture = input channels=1\n"
             "down1   = conv picture out=%" PRId64 " kernel=4 stride=2 padding=1 init=normal:0.02\n"
             "leaky1  = leaky_relu down1 slope=0.2\n"
             "down2   = conv leaky1 out=%" PRId64
             " kernel=4 stride=2 padding=1 bias=no init=normal:0.02\n"
             "norm2   = batch_norm down2 init=normal:1,0.02\n"
             "leaky2  = leaky_relu norm2 slope=0.2\n"
             "flat    = reshape leaky2 channels=%" PRId64 "\n"
             "real    = dense flat out=1 init=normal:0.02\n",
             n->width, n->inside, n->flat);
}

enum pleat_status network_make(struct pleat_model **model, enum generate_kind kind,
                               enum network_role role, const struct network_sizes *sizes,
                               struct pleat_error *error) {
    static void (*const print[GENERATE_KINDS][2])(char *, size_t, const struct numbers *) = {
        [GENERATE_VAE] = {print_vae_generator, print_vae_encoder},
        [GENERATE_GAN] = {print_gan_generator, print_gan_discriminator}};
    char text[2048];
    const int64_t *extent = sizes->extent;
    if (extent[0] % 4 != 0 || extent[1] % 4 != 0)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the sides of the images must be multiples of 4, not %" PRId64 "x%" PRId64
                     "; give networks of your own for others: --generator, --%s",
                     extent[0], extent[1], network_part_name(kind, NETWORK_CRITIC));
    struct numbers numbers = {sizes->latents, sizes->width,  2 * sizes->width,
                              extent[0] / 4,  extent[1] / 4, 0};
    numbers.flat = numbers.inside * numbers.high * numbers.wide;
    print[kind][role](text, sizeof text, &numbers);
    return pleat_text_read(model, text, PLEAT_FLOAT32, error);
}
