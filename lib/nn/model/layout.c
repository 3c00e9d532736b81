/* Greedy placement by size. */
#include "nn/model/layout.h"

#include <stdint.h>

#include "base/checked.h"
#include "base/memory.h"

static struct pleat__buffer *largest_unplaced(struct pleat__buffer *buffer, int count) {
    struct pleat__buffer *largest = NULL;
    for (int i = 0; i < count; i++)
        if (!buffer[i].placed && (largest == NULL || buffer[i].bytes > largest->bytes))
            largest = &buffer[i];
    return largest;
}

/* Returns a placed buffer that lives while b does and overlaps b at its offset, or NULL. */
static const struct pleat__buffer *find_conflict(const struct pleat__buffer *buffer, int count,
                                                 const struct pleat__buffer *b) {
    for (int i = 0; i < count; i++) {
        const struct pleat__buffer *other = &buffer[i];
        if (other->placed && other->first <= b->last && b->first <= other->last &&
            other->offset < b->offset + b->bytes && b->offset < other->offset + other->bytes)
            return other;
    }
    return NULL;
}

bool pleat__layout(struct pleat__buffer *buffer, int count, size_t *total) {
    size_t sum = 0;
    for (int i = 0; i < count; i++) {
        struct pleat__buffer *b = &buffer[i];
        if (b->bytes > SIZE_MAX - PLEAT__ALIGNMENT)
            return false;
        b->bytes = pleat__aligned(b->bytes);
        b->offset = 0;
        b->placed = b->first > b->last;
        if (b->placed)
            b->bytes = 0;
        if (!pleat__add_size(sum, b->bytes, &sum))
            return false; /* then no end below can overflow */
    }
    *total = 0;
    struct pleat__buffer *b;
    while ((b = largest_unplaced(buffer, count)) != NULL) {
        const struct pleat__buffer *conflict;
        while ((conflict = find_conflict(buffer, count, b)) != NULL)
            b->offset = conflict->offset + conflict->bytes;
        b->placed = true;
        if (b->offset + b->bytes > *total)
            *total = b->offset + b->bytes;
    }
    return true;
}
