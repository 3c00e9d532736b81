/* Integers as npy and safetensors store them, and the demand that the machine's own numbers are
 * stored that way too. */
#ifndef PLEAT_IO_LITTLE_ENDIAN_H
#define PLEAT_IO_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "libpleat-io stores floats as they lie in memory: it needs a little-endian machine"
#endif

/* Returns the number in the first `bytes` (at most 8) of data. */
static inline uint64_t pleat__load_little(const unsigned char *data, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = bytes; i > 0; i--)
        value = value << 8 | data[i - 1];
    return value;
}

static inline void pleat__store_little(unsigned char *data, size_t bytes, uint64_t value) {
    for (size_t i = 0; i < bytes; i++)
        data[i] = (unsigned char)(value >> 8 * i & 0xff);
}

#endif
