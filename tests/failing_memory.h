/* The tests' memory.c: it defines pleat__allocate and pleat__free of lib/base/memory.h, counts
 * what is alive, and fails on command. */
#ifndef FAILING_MEMORY_H
#define FAILING_MEMORY_H

#include <stddef.h>

/* Lets that many allocations succeed and fails every later one; -1: none fails. */
void failing_memory_arm(long successes);

/* Fails every allocation of more bytes than that. */
void failing_memory_cap(size_t bytes);

/* Returns the number of allocations that have not been freed. */
long failing_memory_outstanding(void);

#endif
