/* What the numbers of a tensor are like. */
#ifndef PLEAT_TOOLS_STATISTICS_H
#define PLEAT_TOOLS_STATISTICS_H

#include <pleat/tensor.h>

/* Of the finite ones; NaN where there are none. */
struct statistics {
    int64_t count, zeros, not_finite;
    double mean, deviation, low, high;
};

struct statistics statistics_of(const struct pleat_tensor *tensor);

/* Returns element i of a tensor of either type. */
double tensor_number(const struct pleat_tensor *tensor, int64_t i);

/* Returns how many of the channels of values[N][C][...] are one number everywhere. */
int64_t constant_channels(const struct pleat_tensor *values);

#endif
