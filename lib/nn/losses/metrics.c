/* Peak signal-to-noise ratio. */
#include <math.h>

#include <pleat/metrics.h>

#include "base/elements.h"
#include "base/error.h"

static enum pleat_status check(const struct pleat_tensor *a, const struct pleat_tensor *b,
                               int64_t border, struct pleat_error *error) {
    if (a->dtype != b->dtype || pleat_dtype_size(a->dtype) == 0)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "a and b must have one type, got %s and %s",
                           pleat_dtype_name(a->dtype), pleat_dtype_name(b->dtype));
    if (a->rank < 2 || a->rank > PLEAT_MAX_RANK || a->rank != b->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "a and b must have one rank of 2 to %d, got %d and %d", PLEAT_MAX_RANK,
                           a->rank, b->rank);
    for (int i = 0; i < a->rank; i++) {
        const int64_t least = i >= a->rank - 2 && border <= INT64_MAX / 2 ? 2 * border : 0;
        if (a->extent[i] != b->extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent[%d] of a and b must agree, got %lld and %lld", i,
                               (long long)a->extent[i], (long long)b->extent[i]);
        if (a->extent[i] <= least || border > INT64_MAX / 2)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent[%d] = %lld leaves nothing within a border of %lld", i,
                               (long long)a->extent[i], (long long)border);
    }
    PLEAT__REQUIRE(a->data, error);
    PLEAT__REQUIRE(b->data, error);
    return PLEAT_OK;
}

/* Returns the sum of squared differences within the border of one plane. */
static double squared_error(const struct pleat_tensor *a, const struct pleat_tensor *b,
                            int64_t plane, int64_t border) {
    const int64_t height = a->extent[a->rank - 2], width = a->extent[a->rank - 1];
    double sum = 0;
    for (int64_t y = border; y < height - border; y++)
        for (int64_t x = border; x < width - border; x++) {
            const int64_t i = (plane * height + y) * width + x;
            const double difference = pleat__element(a, i) - pleat__element(b, i);
            sum += difference * difference;
        }
    return sum;
}

enum pleat_status pleat_psnr(const struct pleat_tensor *a, const struct pleat_tensor *b,
                             double peak, int64_t border, double *psnr, struct pleat_error *error) {
    PLEAT__REQUIRE(a, error);
    PLEAT__REQUIRE(b, error);
    PLEAT__REQUIRE(psnr, error);
    if (!(peak > 0))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "peak must be above 0, got %g", peak);
    if (border < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "border must be at least 0, got %lld",
                           (long long)border);
    PLEAT__TRY(check(a, b, border, error));
    const int64_t height = a->extent[a->rank - 2], width = a->extent[a->rank - 1];
    const int64_t planes = pleat_tensor_size(a) / (height * width);
    double sum = 0;
    for (int64_t plane = 0; plane < planes; plane++)
        sum += squared_error(a, b, plane, border);
    const double count =
        (double)planes * (double)(height - 2 * border) * (double)(width - 2 * border);
    *psnr = 10 * log10(peak * peak / (sum / count));
    return PLEAT_OK;
}
