/* Which method computes a product. */
#include "conv/method.h"

#include "base/error.h"

const char *pleat_method_name(enum pleat_method method) {
    switch (method) {
    case PLEAT_METHOD_AUTO:
        return "auto";
    case PLEAT_METHOD_TILED:
        return "tiled";
    }
    return "unknown";
}

enum pleat_status pleat__choose(struct pleat__work *work, enum pleat__kind kind,
                                const struct pleat__geometry *geometry, size_t element,
                                enum pleat_method method, bool exact, struct pleat_error *error) {
    (void)exact;
    (void)method;
    *work =
        (struct pleat__work){.method = PLEAT_METHOD_TILED, .flops = pleat__formula_flops(geometry)};
    return pleat__tiled_prepare(work, kind, geometry, element, error);
}
