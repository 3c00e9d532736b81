/* The decoded items of a source that are kept, up to a number of bytes. Nothing is ever evicted: a
 * training walks through all items again and again, and then keeping those that came first serves
 * as many as any choice could, and what was handed out stays. */
#ifndef PLEAT_DATA_CACHE_H
#define PLEAT_DATA_CACHE_H

#include <pthread.h>
#include <stdbool.h>

#include <pleat/data.h>

struct pleat__cache {
    pthread_mutex_t mutex;
    size_t count, bytes, most_bytes;
    struct pleat_item *items; /* [count]; image.pixels NULL: not kept */
};

/* PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__cache_create(struct pleat__cache *cache, size_t count, size_t most_bytes,
                                      struct pleat_error *error);

void pleat__cache_free(struct pleat__cache *cache);

/* Overwrites *item with a view of what is kept, or returns false. Thread-safe, as the next. */
bool pleat__cache_find(struct pleat__cache *cache, size_t index, struct pleat_item *item);

/* Offers an item that was decoded: where there is room, or another thread was faster, *item becomes
 * a view of what is kept. */
void pleat__cache_offer(struct pleat__cache *cache, size_t index, struct pleat_item *item);

#endif
