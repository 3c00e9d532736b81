/* NumPy's .npy files. */
#ifndef PLEAT_NPY_H
#define PLEAT_NPY_H

#include <stddef.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a .npy file (versions 1.0, 2.0 and 3.0) of little-endian float32 or float64 in C order and
 * rank 0 to PLEAT_MAX_RANK, and overwrites *tensor with it; freed by pleat_tensor_free. The format
 * is numpy.lib.format's. The file must hold this array and nothing after it.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_IO: the file cannot be read. PLEAT_BAD_FORMAT: no
 * .npy file, damaged, cut short or followed by something. PLEAT_UNSUPPORTED: another element type,
 * Fortran order, a higher rank or version. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_npy_read(struct pleat_tensor *tensor, const char *path, struct pleat_error *error);

/* Writes a tensor as a .npy file of version 1.0, which appears whole or not at all: on an error an
 * older file of that name is as it was.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no such dtype, a rank outside 0..PLEAT_MAX_RANK, a
 * negative extent, data NULL in a tensor that is not empty. PLEAT_SIZE_OVERFLOW: more bytes than
 * fit in 63 bits. PLEAT_IO: the file cannot be written. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_npy_write(const char *path, const struct pleat_tensor *tensor, struct pleat_error *error);

/* Writes count tensors to paths[count], all or none: every file is written under a temporary name,
 * and they are renamed when the last is complete; should a rename fail, the old files are put
 * back. A crash amid the renames may leave some of each, see below.
 *
 * Statuses as pleat_npy_write; PLEAT_INVALID_ARGUMENT also where two paths are one file;
 * PLEAT_OUT_OF_MEMORY. Old files are kept as NAME.old.XXXXXX while the files are renamed; one that
 * cannot be put back stays there. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_npy_write_all(const char *const *paths,
                                                                const struct pleat_tensor *tensors,
                                                                size_t count,
                                                                struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
