#include "golden_check.h"

#include <check.h>
#include <math.h>

#include "support.h"

void golden_fill(const struct pleat_tensor *tensor, int64_t seed) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, (double)((i * 37 + seed * 11) % 61 - 30) / 64);
}

double golden_tolerance(enum pleat_dtype dtype) {
    return dtype == PLEAT_FLOAT64 ? 1e-10 : 1e-4;
}

int64_t golden_compare(const struct pleat_tensor *tensor, const double *expected,
                       const char *what) {
    const double tolerance = golden_tolerance(tensor->dtype);
    const int64_t count = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(tensor_get(tensor, i) - expected[i]) <= tolerance))
            ck_abort_msg("%s[%lld] is %.17g, not %.17g", what, (long long)i, tensor_get(tensor, i),
                         expected[i]);
    return count;
}
