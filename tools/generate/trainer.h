/* Training a generator: with what networks, on what, and how. */
#ifndef PLEAT_TOOLS_GENERATE_TRAINER_H
#define PLEAT_TOOLS_GENERATE_TRAINER_H

#include "generate/networks.h"
#include "training/training_options.h"

struct generate_options {
    enum generate_kind kind;
    const char *data;                                /* an idx file */
    const char *generator, *encoder, *discriminator; /* files of texts; NULL: our own networks */
    int64_t latents, width;                          /* of our own networks */
    int64_t held_out; /* images that decide which networks are kept; below 0: as images.h says */
    struct training_options training;
};

/* Learning rates where none is given. */
#define TRAINER_VAE_RATE 1e-3
#define TRAINER_GAN_RATE 2e-4

/* Trains, prints what it does, and leaves a checkpoint of both networks. */
enum pleat_status generate_train(const struct generate_options *options, struct pleat_error *error);

#endif
