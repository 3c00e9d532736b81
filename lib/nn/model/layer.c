/* What every kind of layer may call. */
#include "nn/model/layer.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"

void pleat__layer_describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    *arguments = (struct pleat__arguments){
        .rank = layer->rank, .channels = layer->channels, .bias = layer->parameter_count > 1};
    if (layer->kind->describe != NULL)
        layer->kind->describe(layer, arguments);
}

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

void pleat__copy_values(const struct pleat_tensor *from, const struct pleat_tensor *to) {
    if (to->data != NULL && to->data != from->data && from->extent[0] > 0)
        memcpy(to->data, from->data,
               (size_t)pleat_tensor_size(from) * pleat_dtype_size(from->dtype));
}

enum pleat_status pleat__fail_in_layer(const char *name, enum pleat_status status,
                                       struct pleat_error *error) {
    if (error != NULL) {
        const struct pleat_error detail = *error;
        return pleat__fail(error, status, "layer \"%s\": %s", name, detail.message);
    }
    return status;
}
