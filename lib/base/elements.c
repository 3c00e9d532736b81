/* Checking a tensor, alone and against what is expected. */
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

enum pleat_status pleat__tensor_require(const struct pleat_tensor *tensor, const char *name,
                                        struct pleat_error *error) {
    if (tensor == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", name);
    if (tensor->rank < 0 || tensor->rank > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "%s must have 0 to %d extents, got %d", name,
                           PLEAT_MAX_RANK, tensor->rank);
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] < 0)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent %d of %s must be at least 0, got %lld", i, name,
                               (long long)tensor->extent[i]);
    return pleat__tensor_expect(tensor, name, tensor->rank, tensor->extent, error);
}

enum pleat_status pleat__tensor_like(const struct pleat_tensor *tensor, const char *name,
                                     const struct pleat_tensor *like, const char *like_name,
                                     struct pleat_error *error) {
    if (tensor == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", name);
    if (tensor->dtype != like->dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s is %s, but %s is %s", name,
                           pleat_dtype_name(tensor->dtype), like_name,
                           pleat_dtype_name(like->dtype));
    if (tensor->rank != like->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "%s has %d extents, but %s has %d", name,
                           tensor->rank, like_name, like->rank);
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] != like->extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent %d of %s is %lld, but %s's is %lld", i, name,
                               (long long)tensor->extent[i], like_name, (long long)like->extent[i]);
    return pleat__tensor_expect(tensor, name, like->rank, like->extent, error);
}
