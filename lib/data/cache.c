/* Keeping decoded items. */
#include "data/cache.h"

#include "base/error.h"
#include "base/memory.h"

enum pleat_status pleat__cache_create(struct pleat__cache *cache, size_t count, size_t most_bytes,
                                      struct pleat_error *error) {
    struct pleat_item *items = pleat__allocate(count, sizeof *items);
    if (items == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu items", count);
    *cache = (struct pleat__cache){.count = count, .most_bytes = most_bytes, .items = items};
    pthread_mutex_init(&cache->mutex, NULL);
    return PLEAT_OK;
}

void pleat__cache_free(struct pleat__cache *cache) {
    for (size_t i = 0; i < cache->count; i++) {
        cache->items[i].owned = cache->items[i].image.pixels != NULL;
        pleat_item_free(&cache->items[i]);
    }
    pleat__free(cache->items);
    pthread_mutex_destroy(&cache->mutex);
}

static size_t image_bytes(const struct pleat_image *image) {
    return image->pixels == NULL ? 0 : (size_t)(image->width * image->height * image->channels);
}

/* At most 2^28 pixels an image: this does not overflow. */
static size_t item_bytes(const struct pleat_item *item) {
    const size_t labels =
        item->labels.data == NULL
            ? 0
            : (size_t)(item->image.width * item->image.height) * sizeof *item->labels.data;
    return image_bytes(&item->image) + image_bytes(&item->target) + labels;
}

bool pleat__cache_find(struct pleat__cache *cache, size_t index, struct pleat_item *item) {
    pthread_mutex_lock(&cache->mutex);
    const bool found = cache->items[index].image.pixels != NULL;
    if (found)
        *item = cache->items[index];
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

void pleat__cache_offer(struct pleat__cache *cache, size_t index, struct pleat_item *item) {
    const size_t bytes = item_bytes(item);
    struct pleat_item unwanted = {0};
    pthread_mutex_lock(&cache->mutex);
    struct pleat_item *kept = &cache->items[index];
    if (kept->image.pixels != NULL) {
        unwanted = *item;
        *item = *kept;
    } else if (bytes <= cache->most_bytes - cache->bytes) {
        cache->bytes += bytes;
        item->owned = 0;
        *kept = *item;
    }
    pthread_mutex_unlock(&cache->mutex);
    pleat_item_free(&unwanted);
}
