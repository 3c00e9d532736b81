/* The geometry of one image, the same for both operators: a coarse side and a fine side.
 *
 * coarse: conv_transpose's input, conv's output. fine: the other. Coarse pixel c and tap k meet at
 * fine pixel c stride - padding + k dilation, on each axis. Always three axes (d, h, w): a lower
 * rank has leading axes of extent 1, kernel 1. */
#ifndef PLEAT_CONV_GEOMETRY_H
#define PLEAT_CONV_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/conv.h>

#include "conv/range.h"

struct pleat__geometry {
    int64_t groups;
    int64_t coarse_channels; /* C, of one group */
    int64_t fine_channels;   /* F, of one group */
    int64_t coarse[3], fine[3];
    int64_t kernel[3], stride[3], dilation[3];
    int64_t padding[3]; /* at the beginning; the end's follows from the extents */
};

/* Checks all of params that can be checked without extents. Statuses as pleat_plan_create. */
enum pleat_status pleat__conv_params_check(const struct pleat_conv_params *params,
                                           struct pleat_error *error);

/* Checks params and in_extent[params->rank] and overwrites *geometry.
 * PLEAT_INVALID_ARGUMENT, PLEAT_INVALID_SHAPE, PLEAT_SIZE_OVERFLOW as pleat_plan_create. */
enum pleat_status pleat__geometry_create(struct pleat__geometry *geometry, enum pleat_operator op,
                                         const struct pleat_conv_params *params,
                                         const int64_t *in_extent, struct pleat_error *error);

/* Pixels of one channel. */
int64_t pleat__coarse_pixels(const struct pleat__geometry *geometry);
int64_t pleat__fine_pixels(const struct pleat__geometry *geometry);

/* Taps of one filter. */
int64_t pleat__taps(const struct pleat__geometry *geometry);

/* The floating-point operations of one image by the formula, the same for the three products. */
double pleat__formula_flops(const struct pleat__geometry *geometry);

/* The coarse indices on an axis from the first to the last that any of the taps connects with any
 * of the fine indices (both ranges not empty); an empty range where none does. */
struct pleat__range pleat__coarse_range(const struct pleat__geometry *geometry, int axis,
                                        struct pleat__range fine, struct pleat__range taps);

/* The positions v before the stride of an axis' fine indices v stride + q - padding, 0 <= q < stride:
 * through tap a stride + q, v meets coarse index v - a. */
struct pleat__range pleat__positions(const struct pleat__geometry *geometry, int axis);

/* Whether some coarse index on an axis meets this fine index through this tap: *coarse. */
static inline bool pleat__meets(const struct pleat__geometry *geometry, int axis, int64_t fine,
                                int64_t tap, int64_t *coarse) {
    const int64_t steps = fine + geometry->padding[axis] - tap * geometry->dilation[axis];
    *coarse = steps / geometry->stride[axis];
    return steps >= 0 && steps % geometry->stride[axis] == 0 && *coarse < geometry->coarse[axis];
}

#endif
