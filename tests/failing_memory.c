/* Allocation that can be told to fail. Blocks end where they were asked to end, so that the address
 * sanitizer and valgrind see every byte beyond. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"
#include "failing_memory.h"

static atomic_long remaining = -1;
static atomic_long outstanding;
static atomic_size_t most = SIZE_MAX;

void failing_memory_arm(long successes) {
    atomic_store(&remaining, successes);
}

void failing_memory_cap(size_t bytes) {
    atomic_store(&most, bytes);
}

long failing_memory_outstanding(void) {
    return atomic_load(&outstanding);
}

/* Takes one from what may still succeed; false when nothing is left. */
static bool may_succeed(void) {
    long left = atomic_load(&remaining);
    while (left > 0 && !atomic_compare_exchange_weak(&remaining, &left, left - 1))
        continue;
    return left != 0;
}

void *pleat__allocate(size_t count, size_t size) {
    size_t bytes;
    void *memory = NULL;
    if (!may_succeed() || !pleat__multiply_size(count, size, &bytes) || bytes > PTRDIFF_MAX ||
        bytes > atomic_load(&most) ||
        posix_memalign(&memory, PLEAT__ALIGNMENT, bytes > 0 ? bytes : 1) != 0)
        return NULL;
    memset(memory, 0, bytes);
    atomic_fetch_add(&outstanding, 1);
    return memory;
}

void pleat__free(void *memory) {
    if (memory == NULL)
        return;
    atomic_fetch_sub(&outstanding, 1);
    free(memory);
}
