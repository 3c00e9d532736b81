/* What a training holds beside tensors, as metadata: steps, updates, the generator's state. */
#ifndef PLEAT_IO_CHECKPOINT_COUNTERS_H
#define PLEAT_IO_CHECKPOINT_COUNTERS_H

#include <pleat/checkpoint.h>

enum { PLEAT__COUNTERS = 3, PLEAT__COUNTER_BYTES = 65 };

struct pleat__counter {
    const char *key;
    char text[PLEAT__COUNTER_BYTES];
};

/* Overwrites counters with those of the objects that the training holds; returns how many. */
size_t pleat__counters_print(struct pleat__counter counters[PLEAT__COUNTERS],
                             const struct pleat_training *training);

/* Numbers that have been read; those of objects that the training does not hold are 0. */
struct pleat__counts {
    int64_t steps, updates;
    struct pleat_random random;
};

/* Reads them from the file's metadata. PLEAT_BAD_FORMAT: one that is missing or malformed, or is
 * there though the training does not hold its object. */
enum pleat_status pleat__counters_read(struct pleat__counts *counts,
                                       const struct pleat_training *training,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error);

#endif
