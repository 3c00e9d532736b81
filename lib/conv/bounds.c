/* Which geometries are of moderate size. */
#include "conv/bounds.h"

#include "base/error.h"

bool pleat__is_moderate(const struct pleat__geometry *g, int axis) {
    const int64_t small = 1 << 18, large = 1 << 30;
    return g->kernel[axis] <= small && g->stride[axis] <= small && g->dilation[axis] <= small &&
           g->coarse[axis] <= large && g->fine[axis] <= large && g->padding[axis] <= large &&
           g->padding[axis] >= -large;
}

bool pleat__is_moderate_plane(const struct pleat__geometry *g) {
    const int64_t channels = 1 << 20;
    return g->kernel[0] == 1 && g->coarse[0] == 1 && g->fine[0] == 1 && g->padding[0] == 0 &&
           pleat__is_moderate(g, 1) && pleat__is_moderate(g, 2) && g->coarse_channels <= channels &&
           g->fine_channels <= channels;
}

enum pleat_status pleat__refuse_geometry(const char *method, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                       "method \"%s\" does not compute this geometry", method);
}
