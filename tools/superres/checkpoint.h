/* Checkpoints of up-samplers: the library's, which hold the model, and in the metadata what it is not
 * to be known from: its scale and what its output means. */
#ifndef PLEAT_TOOLS_CHECKPOINT_H
#define PLEAT_TOOLS_CHECKPOINT_H

#include <pleat/safetensors.h>

#include "superres/upsampler.h"

#define CHECKPOINT_METADATA 2

/* The metadata of an up-sampler, and their texts: it must not be copied. */
struct checkpoint_description {
    struct pleat_metadata metadata[CHECKPOINT_METADATA];
    char scale[24];
};

/* Overwrites *description with what checkpoint_read looks for. */
void checkpoint_describe(struct checkpoint_description *description,
                         const struct upsampler *upsampler);

/* Reads a checkpoint, which may be hostile: overwrites upsampler's model (float32; freed by
 * pleat_model_free), scale and residual, and checks that the model makes one plane of one, larger by
 * the scale. */
enum pleat_status checkpoint_read(struct upsampler *upsampler, const char *path,
                                  struct pleat_error *error);

#endif
