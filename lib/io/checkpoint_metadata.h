/* The metadata of a checkpoint: what pleat writes of its own, and then the caller's. */
#ifndef PLEAT_IO_CHECKPOINT_METADATA_H
#define PLEAT_IO_CHECKPOINT_METADATA_H

#include <stdbool.h>

#include <pleat/checkpoint.h>

struct pleat__part_texts;

struct pleat__checkpoint_metadata {
    struct pleat_metadata *list; /* its strings belong to parts, or to the caller */
    size_t count;
    struct pleat__part_texts *parts;
    int part_count;
};

/* Lists the models' texts, the counters of what trains them where training is asked for, and
 * metadata[metadata_count]; freed by pleat__checkpoint_metadata_free. */
enum pleat_status pleat__checkpoint_metadata_make(struct pleat__checkpoint_metadata *all,
                                                  const struct pleat_checkpoint_part *parts,
                                                  int count, bool training,
                                                  const struct pleat_metadata *metadata,
                                                  size_t metadata_count, struct pleat_error *error);

void pleat__checkpoint_metadata_free(struct pleat__checkpoint_metadata *all);

#endif
