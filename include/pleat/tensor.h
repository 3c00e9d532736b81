/* Tensors: views of dense arrays, their element types and extents. */
#ifndef PLEAT_TENSOR_H
#define PLEAT_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pleat_dtype {
    PLEAT_FLOAT32, /* float */
    PLEAT_FLOAT64  /* double */
};

#define PLEAT_MAX_RANK 5

/* A view of a dense array in row-major order (the last extent runs fastest):
 * name[extent[0]][extent[1]]...[extent[rank - 1]]. The view does not own its data. A function
 * that takes `const struct pleat_tensor *` leaves the view alone; which data it writes, its
 * docstring says. Extents may be 0 (an empty batch); data may then be NULL. Rank 0 is a single
 * number. */
struct pleat_tensor {
    void *data;
    enum pleat_dtype dtype;
    int rank;
    int64_t extent[PLEAT_MAX_RANK];
};

/* Returns the view of data as an array of rank extents, copied from extent[rank]. A rank outside
 * 0..PLEAT_MAX_RANK gives a view that every function refuses. */
PLEAT_API struct pleat_tensor pleat_tensor_view(const void *data, enum pleat_dtype dtype, int rank,
                                                const int64_t *extent);

/* Returns the size in bytes of one element of the type, or 0 for a value that is no type. */
PLEAT_API size_t pleat_dtype_size(enum pleat_dtype dtype);

/* Returns "float32" or "float64", or "unknown". */
PLEAT_API const char *pleat_dtype_name(enum pleat_dtype dtype);

/* Returns the number of elements, the product of the extents (1 for rank 0). The tensor must be
 * one whose extents have been checked, as pleat_tensor_allocate does. */
PLEAT_API int64_t pleat_tensor_size(const struct pleat_tensor *tensor);

/* Allocates a tensor of zeros, aligned to 64 bytes, and overwrites *tensor with its view; freed by
 * pleat_tensor_free.
 *
 * PLEAT_INVALID_ARGUMENT: tensor NULL, no such dtype, rank outside 0..PLEAT_MAX_RANK, a negative
 * extent, or extent NULL with a rank above 0.
 * PLEAT_SIZE_OVERFLOW: the size in bytes does not fit. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_tensor_allocate(struct pleat_tensor *tensor,
                                                                  enum pleat_dtype dtype, int rank,
                                                                  const int64_t *extent,
                                                                  struct pleat_error *error);

/* Frees the data that pleat_tensor_allocate, or a function that says so, allocated, and sets data
 * to NULL. Nothing happens where tensor or its data is NULL. Never call it on a view of other
 * memory. */
PLEAT_API void pleat_tensor_free(struct pleat_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
