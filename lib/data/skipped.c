/* Reading past broken items, which are remembered. */
#include "data/skipped.h"

#include "base/error.h"
#include "base/memory.h"

enum pleat_status pleat__skipped_create(struct pleat__skipped *skipped, size_t items,
                                        struct pleat_error *error) {
    struct pleat_error **errors = pleat__allocate(items, sizeof *errors);
    if (errors == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu items", items);
    *skipped = (struct pleat__skipped){.items = items, .errors = errors};
    pthread_mutex_init(&skipped->mutex, NULL);
    return PLEAT_OK;
}

void pleat__skipped_free(struct pleat__skipped *skipped) {
    for (size_t i = 0; i < skipped->items; i++)
        pleat__free(skipped->errors[i]);
    pleat__free(skipped->errors);
    pthread_mutex_destroy(&skipped->mutex);
}

size_t pleat__skipped_count(struct pleat__skipped *skipped) {
    pthread_mutex_lock(&skipped->mutex);
    const size_t count = skipped->count;
    pthread_mutex_unlock(&skipped->mutex);
    return count;
}

const struct pleat_error *pleat__skipped_find(struct pleat__skipped *skipped, size_t index) {
    pthread_mutex_lock(&skipped->mutex);
    const struct pleat_error *found = skipped->errors[index];
    pthread_mutex_unlock(&skipped->mutex);
    return found;
}

/* Remembers an item's error, unless another thread has. */
static enum pleat_status remember(struct pleat__skipped *skipped, size_t index,
                                  const struct pleat_error *detail, struct pleat_error *error) {
    struct pleat_error *copy = pleat__allocate(1, sizeof *copy);
    if (copy == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the error of an item");
    *copy = *detail;
    pthread_mutex_lock(&skipped->mutex);
    if (skipped->errors[index] == NULL) {
        skipped->errors[index] = copy;
        skipped->count++;
        copy = NULL;
    }
    pthread_mutex_unlock(&skipped->mutex);
    pleat__free(copy);
    return PLEAT_OK;
}

enum pleat_status pleat__skipped_read(struct pleat__skipped *skipped, struct pleat_source *source,
                                      size_t index, bool skip, struct pleat_item *item,
                                      size_t *found, struct pleat_error *error) {
    for (size_t k = 0; k < skipped->items; k++) {
        *found = (index + k) % skipped->items;
        if (skip && pleat__skipped_find(skipped, *found) != NULL)
            continue;
        struct pleat_error detail;
        const enum pleat_status status = pleat_source_read(item, source, *found, &detail);
        if (status == PLEAT_OK)
            return PLEAT_OK;
        if (!skip || status == PLEAT_OUT_OF_MEMORY)
            return pleat__fail(error, status, "%s", detail.message);
        PLEAT__TRY(remember(skipped, *found, &detail, error));
    }
    return pleat__fail(error, PLEAT_BAD_FORMAT, "none of %zu items can be read; the first: %.180s",
                       skipped->items, pleat__skipped_find(skipped, 0)->message);
}
