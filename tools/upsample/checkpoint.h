/* Checkpoints of the up-sampler: the parameters, and in the metadata what is needed to build the
 * network again. */
#ifndef PLEAT_TOOLS_CHECKPOINT_H
#define PLEAT_TOOLS_CHECKPOINT_H

#include <pleat/model.h>

#include "upsample/network.h"

/* What is noted of the training, for people to read. */
struct checkpoint_note {
    int64_t step; /* how many steps were taken */
    double psnr;  /* on the images held out of the training, in decibels */
};

/* Writes a safetensors file, which appears whole or not at all. */
enum pleat_status checkpoint_write(const char *path, const struct network *network,
                                   const struct pleat_model *model,
                                   const struct checkpoint_note *note, struct pleat_error *error);

/* Reads a checkpoint, which may be hostile: overwrites *network with what its metadata say and
 * *model with the network built from it, float32, and filled; freed by pleat_model_free. */
enum pleat_status checkpoint_read(const char *path, struct network *network,
                                  struct pleat_model **model, struct pleat_error *error);

#endif
