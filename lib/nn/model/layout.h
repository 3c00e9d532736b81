/* Placing buffers that live at different times in one block of memory. */
#ifndef PLEAT_NN_MODEL_LAYOUT_H
#define PLEAT_NN_MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct pleat__buffer {
    size_t bytes;
    int first, last; /* the steps in which it is alive, both included; first > last: never */
    size_t offset;   /* in the block, a multiple of PLEAT__ALIGNMENT */
    struct pleat__buffer *next; /* while they are placed */
};

/* Gives every buffer an offset such that no two that live at the same time overlap, and overwrites
 * *total with the bytes of the block. The largest are placed first, each at the lowest offset
 * that is free for its whole life (the greedy by size of Pisarchyk and Lee, "Efficient memory
 * management for deep neural net inference", 2020). The time is that of the square of
 * the buffers that live. Returns false where the size overflows. */
bool pleat__layout(struct pleat__buffer *buffer, int count, size_t *total);

#endif
