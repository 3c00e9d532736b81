/* Aligned, zeroed, checked allocation. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"

void *pleat__allocate(size_t count, size_t size) {
    size_t bytes;
    if (!pleat__multiply_size(count, size, &bytes) || bytes > PTRDIFF_MAX - PLEAT__ALIGNMENT)
        return NULL;
    bytes = (bytes / PLEAT__ALIGNMENT + 1) * PLEAT__ALIGNMENT;
    void *memory = aligned_alloc(PLEAT__ALIGNMENT, bytes);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

void pleat__free(void *memory) {
    free(memory);
}
