/* What the tilings of several methods ask of a geometry. */
#ifndef PLEAT_CONV_BOUNDS_H
#define PLEAT_CONV_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "conv/geometry.h"

/* Whether an axis is of a size with which a method may count without checks: kernel, stride and
 * dilation at most 2^18, extents and padding at most 2^30, so that positions on the axis and a plane of
 * two such axes are far below 2^63. Longer axes are left to the tiled method. */
bool pleat__is_moderate(const struct pleat__geometry *geometry, int axis);

/* Whether there are one or two axes, both moderate, and at most 2^20 channels of a group on each side. */
bool pleat__is_moderate_plane(const struct pleat__geometry *geometry);

/* Refuses a geometry that the method of that name does not compute. */
enum pleat_status pleat__refuse_geometry(const char *method, struct pleat_error *error);

/* The bytes of count elements of that size, rounded up to the alignment; they must fit. */
static inline size_t pleat__aligned_bytes(int64_t count, int64_t element) {
    return pleat__aligned((size_t)(count * element));
}

#endif
