/* Data sets of images: idx files and folders. */
#ifndef PLEAT_DATASET_H
#define PLEAT_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most numbers of an idx file that is read: 4 GiB of float32. */
#define PLEAT_IDX_MAX_NUMBERS (INT64_C(1) << 30)

/* Reads an idx file of unsigned bytes, plain or compressed by gzip, of rank 1 to PLEAT_MAX_RANK,
 * and overwrites *tensor with its values as float32; freed by pleat_tensor_free. This is the format
 * of MNIST (http://yann.lecun.com/exdb/mnist): 0, 0, type 8, rank, the extents in 4 bytes each,
 * big-endian, the data. Images are [count][height][width], labels [count].
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_IO: the file cannot be read. PLEAT_BAD_FORMAT: no
 * idx file, damaged, cut short, or with more data than its header promises (but what follows the
 * end of the compressed data and is not gzip's is ignored, as zlib does). PLEAT_UNSUPPORTED:
 * another element type, a higher rank, more than PLEAT_IDX_MAX_NUMBERS. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_idx_read(struct pleat_tensor *tensor, const char *path, struct pleat_error *error);

/* A number of images in memory, as planes of luma. Opaque and immutable: any number of threads may
 * read it. */
struct pleat_dataset;

/* Reads a data set and overwrites *dataset; freed by pleat_dataset_free. path is an idx file of
 * rank 3, or a folder: then it is every file in it whose name ends in .png, .jpg or .jpeg (upper
 * case too) and does not begin with a dot, in the order of their names' bytes, folders in it not
 * looked into. Colours become luma as pleat_image_to_y says.
 *
 * PLEAT_BAD_FORMAT: also a folder or an idx file without images, or an idx file of another rank;
 * the message of an unreadable image names it. PLEAT_INVALID_ARGUMENT, PLEAT_IO, PLEAT_UNSUPPORTED,
 * PLEAT_OUT_OF_MEMORY: as pleat_idx_read and pleat_image_read. Cost: 4 bytes a pixel. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dataset_read(struct pleat_dataset **dataset, const char *path, struct pleat_error *error);

/* Frees a data set with its planes and names; NULL is allowed. */
PLEAT_API void pleat_dataset_free(struct pleat_dataset *dataset);

/* Returns the number of images, at least 1. */
PLEAT_API size_t pleat_dataset_count(const struct pleat_dataset *dataset);

/* Returns an image's plane, float32 [height][width], values 0..255, or NULL where index is not
 * below the count. It belongs to the data set. */
PLEAT_API const struct pleat_tensor *pleat_dataset_plane(const struct pleat_dataset *dataset,
                                                         size_t index);

/* Returns the name of an image's file in its folder, or NULL where the data set came from an idx
 * file or index is not below the count. */
PLEAT_API const char *pleat_dataset_name(const struct pleat_dataset *dataset, size_t index);

#ifdef __cplusplus
}
#endif

#endif
