/* The function that a forward pass applies to its results before it stores them: to vectors of them
 * in registers, or to a row that has just been made. Each is nn's of the same name, to the bit. */
#ifndef PLEAT_CONV_ACTIVATE_H
#define PLEAT_CONV_ACTIVATE_H

#include "conv/products.h"
#include "conv/vector.h"

static inline real slope_of(const struct pleat__activation *a, int64_t channel) {
    return a->slopes != NULL ? ((const real *)a->slopes)[channel] : (real)a->slope;
}

/* Returns f(x), f being one of those with a slope. */
INLINE vector bend(vector x, real slope) {
    const lane_mask above = x > (vector){0};
    return (vector)(((lane_mask)x & above) | ((lane_mask)(x * slope) & ~above));
}

/* Returns max(x, 0), or NaN where x is. */
INLINE vector cut_below(vector x) {
    const lane_mask below = x <= (vector){0};
    return (vector)((lane_mask)x & ~below);
}

/* Applies the function to some results of one channel; a is NULL where there is none. */
static inline void activate(const struct pleat__activation *a, int64_t channel, int64_t count,
                            real *values) {
    if (a == NULL)
        return;
    int64_t i = 0;
    if (a->function == PLEAT_FUNCTION_RELU) {
        for (; i + LANES <= count; i += LANES)
            store(values + i, cut_below(load(values + i)));
        for (; i < count; i++)
            values[i] = values[i] <= 0 ? 0 : values[i];
    } else {
        const real slope = slope_of(a, channel);
        for (; i + LANES <= count; i += LANES)
            store(values + i, bend(load(values + i), slope));
        for (; i < count; i++)
            values[i] = values[i] > 0 ? values[i] : slope * values[i];
    }
}

#endif
