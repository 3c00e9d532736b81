/* Which method computes a product. */
#include "conv/method.h"

#include "base/error.h"

const char *pleat_method_name(enum pleat_method method) {
    switch (method) {
    case PLEAT_METHOD_AUTO:
        return "auto";
    case PLEAT_METHOD_TILED:
        return "tiled";
    case PLEAT_METHOD_WINOGRAD:
        return "winograd";
    }
    return "unknown";
}

typedef enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                  const struct pleat__geometry *geometry, size_t element,
                                  struct pleat_error *error);

static prepare *const prepare_by[PLEAT__METHODS] = {
    [PLEAT_METHOD_TILED] = pleat__tiled_prepare,
    [PLEAT_METHOD_WINOGRAD] = pleat__winograd_prepare,
};

/* Whether Winograd pays: transforming a channel's pixels must cost little beside multiplying them by
 * the other side's channels. */
static bool suits_winograd(const struct pleat__geometry *g) {
    return g->coarse_channels >= 32 && g->fine_channels >= 32;
}

enum pleat_status pleat__choose(struct pleat__work *work, enum pleat__kind kind,
                                const struct pleat__geometry *geometry, size_t element,
                                enum pleat_method method, bool exact, struct pleat_error *error) {
    const struct pleat__work none = {.flops = pleat__formula_flops(geometry)};
    if (exact && method == PLEAT_METHOD_WINOGRAD)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "method \"winograd\" is not exact");
    if (method == PLEAT_METHOD_AUTO && !exact && suits_winograd(geometry)) {
        *work = none;
        work->method = PLEAT_METHOD_WINOGRAD;
        if (pleat__winograd_prepare(work, kind, geometry, element, NULL) == PLEAT_OK)
            return PLEAT_OK;
    }
    *work = none;
    work->method = method == PLEAT_METHOD_AUTO ? PLEAT_METHOD_TILED : method;
    return prepare_by[work->method](work, kind, geometry, element, error);
}
