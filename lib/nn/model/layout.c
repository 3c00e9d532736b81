/* Greedy placement by size. */
#include "nn/model/layout.h"

#include <stdint.h>

#include "base/checked.h"
#include "base/memory.h"

/* Takes the largest buffer, the first of equals, out of a list that is not empty. */
static struct pleat__buffer *take_largest(struct pleat__buffer **list) {
    struct pleat__buffer **largest = list;
    for (struct pleat__buffer **at = list; *at != NULL; at = &(*at)->next)
        if ((*at)->bytes > (*largest)->bytes)
            largest = at;
    struct pleat__buffer *taken = *largest;
    *largest = taken->next;
    return taken;
}

/* Gives b the lowest offset that is free while it lives, and puts it into the list of those that have
 * theirs, which is in their order. */
static void place(struct pleat__buffer *b, struct pleat__buffer **placed) {
    size_t free = 0;
    for (const struct pleat__buffer *other = *placed; other != NULL; other = other->next) {
        if (other->first > b->last || b->first > other->last)
            continue;
        if (other->offset >= free + b->bytes)
            break;
        if (other->offset + other->bytes > free)
            free = other->offset + other->bytes;
    }
    b->offset = free;
    struct pleat__buffer **at = placed;
    while (*at != NULL && (*at)->offset < free)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
}

bool pleat__layout(struct pleat__buffer *buffer, int count, size_t *total) {
    struct pleat__buffer *waiting = NULL, *placed = NULL;
    size_t sum = 0;
    for (int i = count - 1; i >= 0; i--) {
        struct pleat__buffer *b = &buffer[i];
        if (b->bytes > SIZE_MAX - PLEAT__ALIGNMENT)
            return false;
        b->bytes = pleat__aligned(b->bytes);
        b->offset = 0;
        if (b->first > b->last) {
            b->bytes = 0;
            continue;
        }
        if (!pleat__add_size(sum, b->bytes, &sum))
            return false; /* then no end below can overflow */
        b->next = waiting;
        waiting = b;
    }
    *total = 0;
    while (waiting != NULL) {
        struct pleat__buffer *b = take_largest(&waiting);
        place(b, &placed);
        if (b->offset + b->bytes > *total)
            *total = b->offset + b->bytes;
    }
    return true;
}
