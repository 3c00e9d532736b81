/* What every kind of layer may call. */
#include "nn/layer.h"

#include "base/error.h"

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
