/* Making one batch: its items, augmented and prepared. A maker belongs to one thread; what makers
 * share is read only, or guarded. */
#ifndef PLEAT_DATA_MAKER_H
#define PLEAT_DATA_MAKER_H

#include <pleat/loader.h>

#include "data/skipped.h"

/* What all makers of a loader share. */
struct pleat__recipe {
    struct pleat_source *source;
    struct pleat_loader_options options; /* prepare and layout set */
    size_t samples;                      /* in an epoch, repeats included */
    int64_t batches;                     /* in an epoch */
    struct pleat__skipped *skipped;
};

struct pleat__maker {
    const struct pleat__recipe *recipe;
    size_t *order;   /* [samples], of an epoch */
    int64_t epoch;   /* whose order that is; -1: none */
    void *memory[3]; /* of a sample's image, target and labels */
    size_t room[3];  /* in bytes */
};

/* Begins a maker; freed by pleat__maker_free. PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__maker_create(struct pleat__maker *maker,
                                      const struct pleat__recipe *recipe,
                                      struct pleat_error *error);

void pleat__maker_free(struct pleat__maker *maker);

/* Overwrites a batch, whose tensors have room for a full one. Statuses as pleat_loader_feed. */
enum pleat_status pleat__maker_make(struct pleat__maker *maker, int64_t step,
                                    struct pleat_batch *batch, struct pleat_error *error);

#endif
