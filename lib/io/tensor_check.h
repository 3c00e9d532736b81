/* What must hold of a tensor before it is written to a file. */
#ifndef PLEAT_IO_TENSOR_CHECK_H
#define PLEAT_IO_TENSOR_CHECK_H

#include <stddef.h>

#include <pleat/tensor.h>

/* Checks type, rank, extents and data, and stores the number of bytes. PLEAT_INVALID_ARGUMENT,
 * PLEAT_SIZE_OVERFLOW. */
enum pleat_status pleat__tensor_check(const struct pleat_tensor *tensor, size_t *bytes,
                                      struct pleat_error *error);

/* Computes the bytes of a tensor whose type and rank are legal and whose extents came from a file.
 * PLEAT_BAD_FORMAT where an extent is negative or the bytes do not fit in 63 bits. */
enum pleat_status pleat__tensor_bytes(const struct pleat_tensor *tensor, size_t *bytes,
                                      struct pleat_error *error);

#endif
