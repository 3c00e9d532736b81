/* What every kind of layer may call. */
#include "nn/model/layer.h"

#include "base/checked.h"
#include "base/error.h"

bool pleat__extent_bytes(const struct pleat_tensor *tensor, size_t element, size_t *bytes) {
    int64_t size = (int64_t)element;
    for (int i = 0; i < tensor->rank; i++)
        if (!pleat__multiply(size, tensor->extent[i], &size))
            return false;
    *bytes = (size_t)size;
    return (uint64_t)size <= SIZE_MAX;
}

int64_t pleat__plane_size(const struct pleat_tensor *tensor) {
    int64_t pixels = 1;
    for (int i = 2; i < tensor->rank; i++)
        pixels *= tensor->extent[i];
    return pixels;
}

enum pleat_status pleat__fail_in_layer(const char *name, enum pleat_status status,
                                       struct pleat_error *error) {
    if (error != NULL) {
        const struct pleat_error detail = *error;
        return pleat__fail(error, status, "layer \"%s\": %s", name, detail.message);
    }
    return status;
}
