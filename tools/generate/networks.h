/* The networks that generate images, and those that train them: texts with the sizes put in. */
#ifndef PLEAT_TOOLS_GENERATE_NETWORKS_H
#define PLEAT_TOOLS_GENERATE_NETWORKS_H

#include <stdint.h>

#include <pleat/model.h>

enum generate_kind { GENERATE_VAE, GENERATE_GAN, GENERATE_KINDS };

/* "vae", "gan". */
const char *generate_kind_name(enum generate_kind kind);

/* A network of either kind: the generator makes images of latents; the critic is the encoder of a
 * variational autoencoder or the discriminator of a GAN. */
enum network_role { NETWORK_GENERATOR, NETWORK_CRITIC };

/* The part's name in checkpoints, which is that of its option too: "generator", "encoder",
 * "discriminator". */
const char *network_part_name(enum generate_kind kind, enum network_role role);

struct network_sizes {
    int64_t latents,
        width;         /* channels at the images' own side of the network; twice as many inside */
    int64_t extent[2]; /* of the images, multiples of 4 */
};

/* Makes a network, with filters of zeros, and overwrites *model with it. */
enum pleat_status network_make(struct pleat_model **model, enum generate_kind kind,
                               enum network_role role, const struct network_sizes *sizes,
                               struct pleat_error *error);

#endif
