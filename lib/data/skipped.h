/* The items of a source that were found broken. */
#ifndef PLEAT_DATA_SKIPPED_H
#define PLEAT_DATA_SKIPPED_H

#include <pthread.h>
#include <stdbool.h>

#include <pleat/data.h>

struct pleat__skipped {
    pthread_mutex_t mutex;
    size_t items, count;
    struct pleat_error **errors; /* [items]; NULL: not found broken */
};

/* PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__skipped_create(struct pleat__skipped *skipped, size_t items,
                                        struct pleat_error *error);

void pleat__skipped_free(struct pleat__skipped *skipped);

/* Thread-safe, as the rest. */
size_t pleat__skipped_count(struct pleat__skipped *skipped);

/* Returns the error of an item that is not below the number of items, or NULL. */
const struct pleat_error *pleat__skipped_find(struct pleat__skipped *skipped, size_t index);

/* Reads item `index`, or with `skip` the next one after it, cyclically, that can be read: which one
 * that is does not depend on who found which broken before. Overwrites *item and *found. Statuses
 * as pleat_source_read; PLEAT_BAD_FORMAT where none can be read. */
enum pleat_status pleat__skipped_read(struct pleat__skipped *skipped, struct pleat_source *source,
                                      size_t index, bool skip, struct pleat_item *item,
                                      size_t *found, struct pleat_error *error);

#endif
