/* Moments, extremes and counts. */
#include "inspect/statistics.h"

#include <math.h>
#include <stdbool.h>

double tensor_number(const struct pleat_tensor *tensor, int64_t i) {
    return tensor->dtype == PLEAT_FLOAT64 ? ((const double *)tensor->data)[i]
                                          : (double)((const float *)tensor->data)[i];
}

struct statistics statistics_of(const struct pleat_tensor *tensor) {
    struct statistics s = {.count = pleat_tensor_size(tensor), .low = NAN, .high = NAN};
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < s.count; i++) {
        const double value = tensor_number(tensor, i);
        if (!isfinite(value)) {
            s.not_finite++;
            continue;
        }
        sum += value;
        s.zeros += value == 0;
        s.low = fmin(s.low, value); /* of a number and NaN the number */
        s.high = fmax(s.high, value);
    }
    s.mean = sum / (double)(s.count - s.not_finite);
    for (int64_t i = 0; i < s.count; i++) {
        const double distance = tensor_number(tensor, i) - s.mean;
        squares += isfinite(distance) ? distance * distance : 0;
    }
    s.deviation = sqrt(squares / (double)(s.count - s.not_finite));
    return s;
}

/* Whether channel c is one number in all images. */
static bool is_constant(const struct pleat_tensor *values, int64_t c, int64_t plane) {
    const int64_t channels = values->extent[1];
    const double first = tensor_number(values, c * plane);
    for (int64_t n = 0; n < values->extent[0]; n++)
        for (int64_t i = 0; i < plane; i++)
            if (tensor_number(values, (n * channels + c) * plane + i) != first)
                return false;
    return true;
}

int64_t constant_channels(const struct pleat_tensor *values) {
    int64_t count = 0, plane = 1;
    for (int axis = 2; axis < values->rank; axis++)
        plane *= values->extent[axis];
    for (int64_t c = 0; c < values->extent[1]; c++)
        count += is_constant(values, c, plane);
    return count;
}
