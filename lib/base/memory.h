/* The only place that allocates: every other file of the libraries calls these. */
#ifndef PLEAT_BASE_MEMORY_H
#define PLEAT_BASE_MEMORY_H

#include <stddef.h>

#define PLEAT__ALIGNMENT 64

/* Rounds up to a multiple of PLEAT__ALIGNMENT; bytes must be at most SIZE_MAX - PLEAT__ALIGNMENT. */
static inline size_t pleat__aligned(size_t bytes) {
    return (bytes + PLEAT__ALIGNMENT - 1) / PLEAT__ALIGNMENT * PLEAT__ALIGNMENT;
}

/* Returns count elements of that size, zeroed and aligned to PLEAT__ALIGNMENT, or NULL where
 * memory or the size_t runs out. Never NULL for a count of 0. */
void *pleat__allocate(size_t count, size_t size);

/* Frees what pleat__allocate returned; NULL is allowed. */
void pleat__free(void *memory);

#endif
