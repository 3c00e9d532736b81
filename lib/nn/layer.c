/* What every kind of layer may call. */
#include "nn/layer.h"

#include "base/error.h"

enum pleat_status pleat__fail_in_layer(const char *name, enum pleat_status status,
                                       struct pleat_error *error) {
    if (error != NULL) {
        const struct pleat_error detail = *error;
        return pleat__fail(error, status, "layer \"%s\": %s", name, detail.message);
    }
    return status;
}
