/* Softmax cross-entropy over the classes of each pixel; the formula stands in pleat/loss.h. */
#include <math.h>
#include <stddef.h>

#include <pleat/loss.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels/chunks.h"
#include "nn/losses/labels.h"

struct pleat_cross_entropy_options pleat_cross_entropy_options_init(void) {
    return (struct pleat_cross_entropy_options){.ignored = -100};
}

static enum pleat_status check_weight(const struct pleat_tensor *weight,
                                      const struct pleat_tensor *prediction,
                                      struct pleat_error *error) {
    if (weight == NULL)
        return PLEAT_OK;
    PLEAT__TRY(pleat__tensor_expect(weight, "weight", 1, &prediction->extent[1], error));
    if (weight->dtype != prediction->dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "weight is %s, but prediction is %s",
                           pleat_dtype_name(weight->dtype), pleat_dtype_name(prediction->dtype));
    for (int64_t i = 0; i < weight->extent[0]; i++) {
        const double number = pleat__element(weight, i);
        if (!isfinite(number) || number < 0)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "weight[%lld] must be finite and at least 0, got %g", (long long)i,
                               number);
    }
    return PLEAT_OK;
}

/* Checks every label and overwrites *total with the sum of the weights. */
static enum pleat_status sum_weights(const struct pleat__scores *scores,
                                     const struct pleat_cross_entropy_options *options,
                                     double *total, struct pleat_error *error) {
    const int64_t count = scores->batch * scores->pixels;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const int32_t label = scores->label[i];
        if (label == options->ignored)
            continue;
        if (label < 0 || label >= scores->classes)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "label %d at element %lld: classes are 0 to %lld, %d is ignored",
                               (int)label, (long long)i, (long long)scores->classes - 1,
                               (int)options->ignored);
        sum += options->weight != NULL ? pleat__element(options->weight, label) : 1;
    }
    *total = sum;
    return PLEAT_OK;
}

enum pleat_status pleat_loss_cross_entropy(const struct pleat_tensor *prediction,
                                           const struct pleat_labels *labels,
                                           const struct pleat_cross_entropy_options *options,
                                           double *value, const struct pleat_tensor *grad,
                                           struct pleat_error *error) {
    const struct pleat_cross_entropy_options defaults = pleat_cross_entropy_options_init();
    if (options == NULL)
        options = &defaults;
    struct pleat__scores scores;
    PLEAT__TRY(pleat__scores_check(&scores, prediction, "prediction", labels, error));
    PLEAT__TRY(check_weight(options->weight, prediction, error));
    if (grad != NULL)
        PLEAT__TRY(pleat__tensor_like(grad, "grad", prediction, "prediction", error));
    double total = 0;
    PLEAT__TRY(sum_weights(&scores, options, &total, error));
    const double mean = total > 0 ? 1 / total : 0;
    const double sum =
        pleat__kernels(prediction->dtype)
            ->cross_entropy(&scores, options->weight != NULL ? options->weight->data : NULL,
                            options->ignored, mean, grad != NULL ? grad->data : NULL,
                            pleat__chunk_threads(pleat_tensor_size(prediction)));
    if (value != NULL)
        *value = total > 0 ? mean * sum : 0;
    return PLEAT_OK;
}
