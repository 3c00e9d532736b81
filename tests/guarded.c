/* Guarded memory by mmap: [header page][canary, data][unreadable page]. */
#define _DEFAULT_SOURCE
#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guarded.h"

enum { CANARY = 0xC9, POISON = 0xA5 };

struct header {
    size_t mapped; /* bytes of the whole mapping */
    size_t bytes;  /* of the data */
};

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* The data starts in the page after the header's, whatever its size. */
static unsigned char *mapping_of(const void *memory) {
    const uintptr_t address = (uintptr_t)memory;
    return (unsigned char *)(address - address % page_size() - page_size());
}

void *guarded_allocate(size_t bytes) {
    const size_t page = page_size();
    ck_assert_uint_lt(bytes, SIZE_MAX / 4);
    const size_t readable = page + (bytes + page - 1) / page * page;
    unsigned char *start =
        mmap(NULL, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(start, MAP_FAILED);
    ck_assert_int_eq(mprotect(start + readable, page, PROT_NONE), 0);
    unsigned char *data = start + readable - bytes;
    memset(start, CANARY, readable - bytes);
    memset(data, POISON, bytes);
    const struct header header = {.mapped = readable + page, .bytes = bytes};
    memcpy(start, &header, sizeof header);
    return data;
}

void guarded_check(const void *memory) {
    const unsigned char *start = mapping_of(memory);
    const unsigned char *data = memory;
    for (const unsigned char *at = start + sizeof(struct header); at < data; at++)
        if (*at != CANARY)
            ck_abort_msg("byte %td before a buffer was written", data - at);
}

void guarded_free(void *memory) {
    if (memory == NULL)
        return;
    guarded_check(memory);
    struct header header;
    unsigned char *start = mapping_of(memory);
    memcpy(&header, start, sizeof header);
    ck_assert_int_eq(munmap(start, header.mapped), 0);
}

struct pleat_tensor guarded_tensor(enum pleat_dtype dtype, int rank, const int64_t *extent) {
    struct pleat_tensor tensor = pleat_tensor_view(NULL, dtype, rank, extent);
    tensor.data = guarded_allocate((size_t)pleat_tensor_size(&tensor) * pleat_dtype_size(dtype));
    return tensor;
}
