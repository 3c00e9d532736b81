/* The list of methods. */
#include "conv/method.h"

static const struct pleat__method *const methods[PLEAT__METHODS] = {
    [PLEAT_METHOD_TILED] = &pleat__tiled_method,
    [PLEAT_METHOD_WINOGRAD] = &pleat__winograd_method,
    [PLEAT_METHOD_DIRECT] = &pleat__direct_method,
    [PLEAT_METHOD_TAPS] = &pleat__taps_method,
    [PLEAT_METHOD_BATCHED] = &pleat__batched_method,
};

const struct pleat__method *pleat__method(enum pleat_method method) {
    return methods[method];
}

const char *pleat_method_name(enum pleat_method method) {
    if (method == PLEAT_METHOD_AUTO)
        return "auto";
    return (int)method > 0 && method <= PLEAT_METHOD_LAST ? methods[method]->name : "unknown";
}
