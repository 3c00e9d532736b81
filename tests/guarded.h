/* Memory between guards: an unreadable page follows its last byte, a canary stands before its
 * first. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

#include <pleat/tensor.h>

/* Returns bytes of memory filled with 0xA5 that end at an unreadable page, so that they are aligned
 * to no more than their own size allows. Aborts the test where there is none. */
void *guarded_allocate(size_t bytes);

/* Fails the test unless what stands before the memory is as it was. */
void guarded_check(const void *memory);

/* Checks and frees; NULL is allowed. */
void guarded_free(void *memory);

/* A tensor in guarded memory; freed by guarded_free(tensor.data). */
struct pleat_tensor guarded_tensor(enum pleat_dtype dtype, int rank, const int64_t *extent);

#endif
