/* Views, sizes and owned tensors. */
#include <pleat/tensor.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

struct pleat_tensor pleat_tensor_view(const void *data, enum pleat_dtype dtype, int rank,
                                      const int64_t *extent) {
    /* The struct has one pointer for inputs and outputs; const struct pleat_tensor * keeps inputs
     * from being written. */
    struct pleat_tensor tensor = {.data = (void *)(uintptr_t)data, .dtype = dtype, .rank = rank};
    for (int i = 0; i < rank && i < PLEAT_MAX_RANK; i++)
        tensor.extent[i] = extent[i];
    return tensor;
}

size_t pleat_dtype_size(enum pleat_dtype dtype) {
    switch (dtype) {
    case PLEAT_FLOAT32:
        return sizeof(float);
    case PLEAT_FLOAT64:
        return sizeof(double);
    }
    return 0;
}

const char *pleat_dtype_name(enum pleat_dtype dtype) {
    switch (dtype) {
    case PLEAT_FLOAT32:
        return "float32";
    case PLEAT_FLOAT64:
        return "float64";
    }
    return "unknown";
}

int64_t pleat_tensor_size(const struct pleat_tensor *tensor) {
    int64_t size = 1;
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] == 0)
            return 0; /* whatever the other extents would make */
    for (int i = 0; i < tensor->rank; i++)
        size *= tensor->extent[i];
    return size;
}

/* Computes the number of elements; a zero extent makes it 0 whatever the others are. */
static enum pleat_status count_elements(int rank, const int64_t *extent, int64_t *count,
                                        struct pleat_error *error) {
    int64_t product = 1;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (extent[i] < 0)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] must not be negative, got %lld", i,
                               (long long)extent[i]);
        empty = empty || extent[i] == 0;
    }
    for (int i = 0; i < rank && !empty; i++)
        if (!pleat__multiply(product, extent[i], &product))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the tensor's number of elements does not fit in 63 bits");
    *count = empty ? 0 : product;
    return PLEAT_OK;
}

enum pleat_status pleat_tensor_allocate(struct pleat_tensor *tensor, enum pleat_dtype dtype,
                                        int rank, const int64_t *extent,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    const size_t element = pleat_dtype_size(dtype);
    if (element == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "dtype %d is no element type",
                           (int)dtype);
    if (rank < 0 || rank > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "rank must be 0 to %d, got %d",
                           PLEAT_MAX_RANK, rank);
    if (rank > 0)
        PLEAT__REQUIRE(extent, error);
    int64_t count = 0;
    PLEAT__TRY(count_elements(rank, extent, &count, error));
    if ((uint64_t)count > (SIZE_MAX / 2) / element)
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the tensor's bytes do not fit in size_t");
    void *data = pleat__allocate((size_t)count, element);
    if (data == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a tensor of %lld %ss",
                           (long long)count, pleat_dtype_name(dtype));
    *tensor = pleat_tensor_view(data, dtype, rank, extent);
    return PLEAT_OK;
}

void pleat_tensor_free(struct pleat_tensor *tensor) {
    if (tensor == NULL)
        return;
    pleat__free(tensor->data);
    tensor->data = NULL;
}
