/* Checking a tensor against what is expected. */
#include <stdbool.h>

#include "base/elements.h"

#include "base/error.h"

enum pleat_status pleat__tensor_expect(const struct pleat_tensor *tensor, const char *name,
                                       int rank, const int64_t *extent, struct pleat_error *error) {
    if (tensor == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", name);
    if (pleat_dtype_size(tensor->dtype) == 0)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s has dtype %d, which is no element type",
                           name, (int)tensor->dtype);
    if (tensor->rank != rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "%s must have %d extents, got %d", name,
                           rank, tensor->rank);
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (tensor->extent[i] != extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE, "extent %d of %s must be %lld, got %lld",
                               i, name, (long long)extent[i], (long long)tensor->extent[i]);
        empty = empty || extent[i] == 0;
    }
    if (tensor->data == NULL && !empty)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s has no data", name);
    return PLEAT_OK;
}
