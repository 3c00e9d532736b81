/* Taps as shifts, for the fold product: along an axis, fine pixel v S + q - P, of phase q, sums coarse
 * pixels v - a through taps k D = a S + q. */
#ifndef PLEAT_CONV_DIRECT_SHIFTS_H
#define PLEAT_CONV_DIRECT_SHIFTS_H

#include "conv/geometry.h"

/* Shifts first, first + step, .., that all phases below `phases` have in common. */
struct pleat__shifts {
    int64_t phases, first, step, count;
};

/* Most phases have as many taps, the first K mod S one more: [0] all phases, [1] those first, whose
 * count is 0 where there is nothing over. Stride or dilation 1. */
static inline void pleat__shifts_of(const struct pleat__geometry *g, int axis,
                                    struct pleat__shifts shifts[2]) {
    const int64_t kernel = g->kernel[axis], stride = g->stride[axis];
    const int64_t phases = kernel < stride ? kernel : stride, over = kernel % phases;
    const int64_t step = stride == 1 ? g->dilation[axis] : 1;
    shifts[0] = (struct pleat__shifts){phases, 0, step, kernel / phases};
    shifts[1] = (struct pleat__shifts){over, kernel / phases, step, over > 0};
}

/* The tap of a phase and shift. */
static inline int64_t pleat__shift_tap(const struct pleat__geometry *g, int axis, int64_t phase,
                                       int64_t shift) {
    return (shift * g->stride[axis] + phase) / g->dilation[axis];
}

#endif
