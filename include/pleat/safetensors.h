/* Named tensors in a file: the safetensors format. */
#ifndef PLEAT_SAFETENSORS_H
#define PLEAT_SAFETENSORS_H

#include <stddef.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A tensor and its name, both owned by someone else. */
struct pleat_named_tensor {
    const char *name;
    struct pleat_tensor tensor;
};

/* A string of the file's metadata and its key. */
struct pleat_metadata {
    const char *key, *value;
};

/* Writes tensors[count] and metadata[metadata_count] as a safetensors file, in that order, which
 * appears whole or not at all: on an error an older file of that name is as it was. The format
 * (https://github.com/huggingface/safetensors): the length of a header in 8 bytes, little-endian,
 * the header in JSON {"__metadata__": {key: value}, name: {"dtype": "F32" or "F64", "shape": [...],
 * "data_offsets": [begin, end]}}, and the data, little-endian, row-major, without gaps. Spaces
 * after the header make the data begin at a multiple of 8 bytes.
 *
 * tensors and metadata may be NULL where their count is 0.
 *
 * PLEAT_INVALID_ARGUMENT: another pointer NULL, two equal names or keys, the name "__metadata__",
 * a string that is not UTF-8, a tensor that pleat_npy_write would refuse. PLEAT_SIZE_OVERFLOW.
 * PLEAT_UNSUPPORTED: a header above 16 MiB, which pleat_safetensors_read would refuse.
 * PLEAT_IO: the file cannot be written. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_safetensors_write(const char *path, const struct pleat_named_tensor *tensors, size_t count,
                        const struct pleat_metadata *metadata, size_t metadata_count,
                        struct pleat_error *error);

/* The contents of a file. Opaque and immutable: any number of threads may look into one. */
struct pleat_safetensors;

/* Reads a whole file and overwrites *file; freed by pleat_safetensors_free. The file is taken for
 * hostile: the header's length is bounded, names are unique, each tensor's extents must make the
 * bytes between its offsets, and the tensors must cover the data without overlap or gap.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_IO: the file cannot be read. PLEAT_BAD_FORMAT: the
 * contents are not what the format demands. PLEAT_UNSUPPORTED: an element type other than F32 and
 * F64, a rank above PLEAT_MAX_RANK, a header above 16 MiB. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_safetensors_read(struct pleat_safetensors **file,
                                                                   const char *path,
                                                                   struct pleat_error *error);

/* Frees the contents, tensors and strings included; NULL is allowed. */
PLEAT_API void pleat_safetensors_free(struct pleat_safetensors *file);

/* Returns the number of tensors. */
PLEAT_API size_t pleat_safetensors_count(const struct pleat_safetensors *file);

/* Returns a tensor and its name, in the order of the data in the file, or NULL where index is not
 * below the count. It belongs to the file. */
PLEAT_API const struct pleat_named_tensor *
pleat_safetensors_at(const struct pleat_safetensors *file, size_t index);

/* Returns the tensor of that name, or NULL. It belongs to the file. */
PLEAT_API const struct pleat_tensor *pleat_safetensors_find(const struct pleat_safetensors *file,
                                                            const char *name);

/* Returns the metadata's string of that key, or NULL. It belongs to the file. */
PLEAT_API const char *pleat_safetensors_metadata(const struct pleat_safetensors *file,
                                                 const char *key);

#ifdef __cplusplus
}
#endif

#endif
