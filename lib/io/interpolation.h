/* Kernels of interpolation and the mirrored border, as resize.h describes them. */
#ifndef PLEAT_IO_INTERPOLATION_H
#define PLEAT_IO_INTERPOLATION_H

#include <math.h>
#include <stdint.h>

static inline double pleat__triangle(double t) {
    t = fabs(t);
    return t < 1 ? 1 - t : 0;
}

/* Keys (1981), equation 15: a = -0.5. */
static inline double pleat__cubic(double t) {
    t = fabs(t);
    if (t <= 1)
        return (1.5 * t - 2.5) * t * t + 1;
    return t <= 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/* Index -1 is pixel 0, index in is pixel in - 1, and so on with period 2 in. */
static inline int64_t pleat__mirror(int64_t index, int64_t in) {
    if (index >= 0 && index < in)
        return index;
    const int64_t period = 2 * in;
    const int64_t place = (index % period + period) % period;
    return place < in ? place : period - 1 - place;
}

#endif
