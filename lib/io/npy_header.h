/* The header of a .npy file: a Python dictionary of three entries. */
#ifndef PLEAT_IO_NPY_HEADER_H
#define PLEAT_IO_NPY_HEADER_H

#include <stddef.h>

#include <pleat/tensor.h>

#define PLEAT__NPY_MAGIC "\x93NUMPY"
#define PLEAT__NPY_MAGIC_BYTES 6

/* The most bytes that pleat__npy_header_write writes; a multiple of 64. */
#define PLEAT__NPY_HEADER_BYTES 256

/* Reads the dictionary in text[length] into the type, rank and extents of *tensor; its data stays
 * as it is. PLEAT_BAD_FORMAT, PLEAT_UNSUPPORTED, with messages that do not name the file. */
enum pleat_status pleat__npy_header_read(struct pleat_tensor *tensor, const char *text,
                                         size_t length, struct pleat_error *error);

/* Overwrites header with magic, version 1.0, length and dictionary, filled up with spaces to a
 * multiple of 64 bytes, and returns its length. */
size_t pleat__npy_header_write(unsigned char header[PLEAT__NPY_HEADER_BYTES],
                               const struct pleat_tensor *tensor);

#endif
