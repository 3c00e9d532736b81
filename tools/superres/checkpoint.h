/* Checkpoints of the up-sampler: the parameters, and in the metadata what is needed to build the
 * network again. */
#ifndef PLEAT_TOOLS_CHECKPOINT_H
#define PLEAT_TOOLS_CHECKPOINT_H

#include <pleat/model.h>
#include <pleat/safetensors.h>

#include "superres/network.h"

#define CHECKPOINT_METADATA 10

/* The metadata of a network's checkpoints and their texts: it must not be copied. */
struct checkpoint_description {
    struct pleat_metadata metadata[CHECKPOINT_METADATA]; /* with room for more behind */
    size_t count;
    char name[NETWORK_NAME_BYTES], scale[24];
};

/* Overwrites *description with what is needed to build the network again. */
void checkpoint_describe(struct checkpoint_description *description, const struct network *network);

/* Reads a checkpoint, which may be hostile: overwrites *network with what its metadata say and
 * *model with the network built from it, float32, and filled; freed by pleat_model_free. */
enum pleat_status checkpoint_read(const char *path, struct network *network,
                                  struct pleat_model **model, struct pleat_error *error);

#endif
