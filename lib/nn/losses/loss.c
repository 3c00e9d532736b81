/* Losses that compare element by element; the formulas stand in pleat/loss.h. */
#include <math.h>
#include <stddef.h>

#include <pleat/loss.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels/chunks.h"
#include "nn/kernels/kernels.h"

static enum pleat_status check(const struct pleat_tensor *prediction,
                               const struct pleat_tensor *target, const struct pleat_tensor *grad,
                               struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(prediction, "prediction", error));
    PLEAT__TRY(pleat__tensor_like(target, "target", prediction, "prediction", error));
    if (grad != NULL)
        PLEAT__TRY(pleat__tensor_like(grad, "grad", prediction, "prediction", error));
    return PLEAT_OK;
}

/* Overwrites *value with scale times the mean of the terms and *grad with its gradient, each unless
 * NULL. The parts into which the arrays are cut do not depend on the threads; a block is read for the
 * gradient while the cache still holds it. */
static void compare(const struct pleat__comparison *comparison, double scale, double epsilon,
                    const struct pleat_tensor *prediction, const struct pleat_tensor *target,
                    double *value, const struct pleat_tensor *grad) {
    enum { BLOCK = 4096 };
    const int64_t count = pleat_tensor_size(prediction);
    const size_t element = pleat_dtype_size(prediction->dtype);
    const double factor = count > 0 ? scale / (double)count : 0;
    const int threads = pleat__chunk_threads(count);
    double part[PLEAT__CHUNKS] = {0};
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int chunk = 0; chunk < PLEAT__CHUNKS; chunk++) {
        const int64_t end = pleat__chunk_begin(count, chunk + 1);
        for (int64_t i = pleat__chunk_begin(count, chunk); i < end; i += BLOCK) {
            const int64_t width = pleat__min(end - i, BLOCK);
            const size_t at = (size_t)i * element;
            const void *a = (const char *)prediction->data + at,
                       *b = (const char *)target->data + at;
            if (value != NULL)
                part[chunk] += comparison->sum(width, epsilon, a, b);
            if (grad != NULL)
                comparison->gradient(width, epsilon, factor, a, b, (char *)grad->data + at);
        }
    }
    if (value != NULL)
        *value = factor * pleat__sum_chunks(part);
}

enum pleat_status pleat_loss_mse(const struct pleat_tensor *prediction,
                                 const struct pleat_tensor *target, double *value,
                                 const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    compare(&pleat__kernels(prediction->dtype)->squared, 2, 0, prediction, target, value, grad);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_l1(const struct pleat_tensor *prediction,
                                const struct pleat_tensor *target, double *value,
                                const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    compare(&pleat__kernels(prediction->dtype)->absolute, 1, 0, prediction, target, value, grad);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_charbonnier(const struct pleat_tensor *prediction,
                                         const struct pleat_tensor *target, double epsilon,
                                         double *value, const struct pleat_tensor *grad,
                                         struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    if (!(epsilon > 0) || !isfinite(epsilon))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "epsilon must be finite and above 0, got %g", epsilon);
    compare(&pleat__kernels(prediction->dtype)->charbonnier, 1, epsilon, prediction, target, value,
            grad);
    return PLEAT_OK;
}

enum pleat_status pleat_loss_binary_cross_entropy(const struct pleat_tensor *prediction,
                                                  const struct pleat_tensor *target, double *value,
                                                  const struct pleat_tensor *grad,
                                                  struct pleat_error *error) {
    PLEAT__TRY(check(prediction, target, grad, error));
    compare(&pleat__kernels(prediction->dtype)->binary_cross_entropy, 1, 0, prediction, target,
            value, grad);
    return PLEAT_OK;
}
