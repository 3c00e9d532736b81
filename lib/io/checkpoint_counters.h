/* What a training holds beside tensors, as metadata: steps, updates, what random numbers follow from. */
#ifndef PLEAT_IO_CHECKPOINT_COUNTERS_H
#define PLEAT_IO_CHECKPOINT_COUNTERS_H

#include <pleat/checkpoint.h>

enum { PLEAT__COUNTERS = 5, PLEAT__COUNTER_KEY = PLEAT_MAX_NAME + 32, PLEAT__COUNTER_BYTES = 65 };

struct pleat__counter {
    char key[PLEAT__COUNTER_KEY];
    char text[PLEAT__COUNTER_BYTES];
};

/* Writes a key of the metadata, with a part's name before it unless that is NULL or empty. */
void pleat__checkpoint_key(char text[PLEAT__COUNTER_KEY], const char *part, const char *key);

/* Overwrites counters with those of the model and the objects of a part; returns how many. */
size_t pleat__counters_print(struct pleat__counter counters[PLEAT__COUNTERS],
                             const struct pleat_checkpoint_part *part);

/* Numbers that have been read; those of objects that the part does not hold are 0. */
struct pleat__counts {
    int64_t steps, updates;
    uint64_t dropout_seed, dropout_step;
    struct pleat_random random;
};

/* Reads them from the file's metadata. PLEAT_BAD_FORMAT: one that is missing or malformed, or is
 * there though the part does not hold its object. */
enum pleat_status pleat__counters_read(struct pleat__counts *counts,
                                       const struct pleat_checkpoint_part *part,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error);

#endif
