/* Listing the metadata of a checkpoint. */
#include "io/checkpoint_metadata.h"

#include <string.h>

#include <pleat/text.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/checkpoint_counters.h"

/* The strings of one part. */
struct pleat__part_texts {
    char key[PLEAT__COUNTER_KEY];
    char *model;
    struct pleat__counter counters[PLEAT__COUNTERS];
    size_t counter_count;
};

static enum pleat_status write_part(struct pleat__part_texts *texts,
                                    const struct pleat_checkpoint_part *part, bool training,
                                    struct pleat_error *error) {
    pleat__checkpoint_key(texts->key, part->name, PLEAT_CHECKPOINT_MODEL);
    PLEAT__TRY(pleat_text_write(&texts->model, part->model, error));
    if (training)
        texts->counter_count = pleat__counters_print(texts->counters, part);
    return PLEAT_OK;
}

static enum pleat_status list(struct pleat__checkpoint_metadata *all,
                              const struct pleat_metadata *metadata, size_t metadata_count,
                              struct pleat_error *error) {
    const size_t most = (size_t)all->part_count * (1 + PLEAT__COUNTERS);
    size_t entries;
    if (pleat__add_size(most, metadata_count, &entries))
        all->list = pleat__allocate(entries, sizeof *all->list);
    if (all->list == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the metadata");
    for (int i = 0; i < all->part_count; i++) {
        const struct pleat__part_texts *part = &all->parts[i];
        all->list[all->count++] = (struct pleat_metadata){part->key, part->model};
        for (size_t k = 0; k < part->counter_count; k++)
            all->list[all->count++] =
                (struct pleat_metadata){part->counters[k].key, part->counters[k].text};
    }
    if (metadata_count > 0)
        memcpy(all->list + all->count, metadata, metadata_count * sizeof *all->list);
    all->count += metadata_count;
    return PLEAT_OK;
}

enum pleat_status pleat__checkpoint_metadata_make(struct pleat__checkpoint_metadata *all,
                                                  const struct pleat_checkpoint_part *parts,
                                                  int count, bool training,
                                                  const struct pleat_metadata *metadata,
                                                  size_t metadata_count,
                                                  struct pleat_error *error) {
    if (metadata_count > 0)
        PLEAT__REQUIRE(metadata, error);
    *all = (struct pleat__checkpoint_metadata){
        .parts = pleat__allocate((size_t)count, sizeof *all->parts), .part_count = count};
    if (all->parts == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the metadata");
    enum pleat_status status = PLEAT_OK;
    for (int i = 0; i < count && status == PLEAT_OK; i++)
        status = write_part(&all->parts[i], &parts[i], training, error);
    if (status == PLEAT_OK)
        status = list(all, metadata, metadata_count, error);
    if (status != PLEAT_OK)
        pleat__checkpoint_metadata_free(all);
    return status;
}

void pleat__checkpoint_metadata_free(struct pleat__checkpoint_metadata *all) {
    for (int i = 0; i < all->part_count; i++)
        pleat_text_free(all->parts[i].model);
    pleat__free(all->parts);
    pleat__free(all->list);
}
