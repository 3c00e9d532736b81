/* A trained generator, from its checkpoint, and what it makes. */
#ifndef PLEAT_TOOLS_GENERATOR_H
#define PLEAT_TOOLS_GENERATOR_H

#include <stdint.h>

#include <pleat/model.h>

#include "generate/networks.h"

/* Images at once. */
#define GENERATOR_BATCH 100

struct generator {
    enum generate_kind kind;
    struct pleat_model *model;
    struct pleat_model *encoder; /* of a vae, else NULL; not compiled */
    int64_t latents, extent[2];
    int threads;
};

/* Reads a checkpoint, which may be hostile, and overwrites *generator, compiled for inference; freed by
 * generator_free. threads 0: as many as OpenMP offers. */
enum pleat_status generator_read(struct generator *generator, const char *path, int threads,
                                 struct pleat_error *error);

/* Frees both models; zeros are allowed. */
void generator_free(struct generator *generator);

/* Overwrites images[n][1][extent...] with what latents[n][latents] become, between 0 and 1. */
enum pleat_status generator_make(struct generator *generator, const struct pleat_tensor *latents,
                                 const struct pleat_tensor *images, struct pleat_error *error);

/* Allocates *images[count][1][extent...] (freed by pleat_tensor_free) and fills them with samples, of
 * latents that the seed draws. */
enum pleat_status generator_sample(struct generator *generator, int64_t count, uint64_t seed,
                                   struct pleat_tensor *images, struct pleat_error *error);

#endif
