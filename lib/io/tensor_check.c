/* Checking tensors that come from outside. */
#include "base/checked.h"
#include "base/error.h"
#include "io/tensor_check.h"

enum pleat_status pleat__tensor_bytes(const struct pleat_tensor *tensor, size_t *bytes,
                                      struct pleat_error *error) {
    int64_t product = (int64_t)pleat_dtype_size(tensor->dtype);
    bool empty = false;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->extent[i] < 0)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "an extent is negative");
        empty = empty || tensor->extent[i] == 0;
    }
    for (int i = 0; i < tensor->rank && !empty; i++)
        if (!pleat__multiply(product, tensor->extent[i], &product))
            return pleat__fail(error, PLEAT_BAD_FORMAT, "its extents make more than 2^63 bytes");
    if (!empty && (uint64_t)product > SIZE_MAX / 2)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "its bytes do not fit in this machine");
    *bytes = empty ? 0 : (size_t)product;
    return PLEAT_OK;
}

enum pleat_status pleat__tensor_check(const struct pleat_tensor *tensor, size_t *bytes,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    if (pleat_dtype_size(tensor->dtype) == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "dtype %d is no element type",
                           (int)tensor->dtype);
    if (tensor->rank < 0 || tensor->rank > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "rank must be 0 to %d, got %d",
                           PLEAT_MAX_RANK, tensor->rank);
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] < 0)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] must not be negative, got %lld", i,
                               (long long)tensor->extent[i]);
    struct pleat_error detail;
    if (pleat__tensor_bytes(tensor, bytes, &detail) != PLEAT_OK)
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the tensor's bytes do not fit in 63 bits");
    if (*bytes > 0 && tensor->data == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the tensor has extents but no data");
    return PLEAT_OK;
}
