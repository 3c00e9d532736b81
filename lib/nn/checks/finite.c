/* Looking for NaN and infinity. */
#include <pleat/finite.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"

/* Refuses a tensor, called part and name, that is not finite. */
static enum pleat_status check(const struct pleat_tensor *tensor, const char *part,
                               const char *name, struct pleat_error *error) {
    const int64_t count = pleat_tensor_size(tensor);
    const int64_t at = pleat__kernels(tensor->dtype)->find_not_finite(count, tensor->data);
    if (at == count)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_NOT_FINITE, "%s%s is %g at element %lld of %lld", part, name,
                       pleat__element(tensor, at), (long long)at, (long long)count);
}

enum pleat_status pleat_tensor_check_finite(const struct pleat_tensor *tensor, const char *name,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(name, error);
    PLEAT__TRY(pleat__tensor_require(tensor, name, error));
    return check(tensor, "", name, error);
}

enum pleat_status pleat_model_check_finite(const struct pleat_model *model,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    for (int i = 0; i < model->parameter_count; i++)
        PLEAT__TRY(
            check(&model->parameter[i].value, "parameter ", model->parameter[i].name, error));
    for (int i = model->parameter_count - 1; i >= 0 && model->grads != NULL; i--)
        if (model->parameter[i].rate != 0)
            PLEAT__TRY(check(&model->parameter[i].grad, "the gradient of ",
                             model->parameter[i].name, error));
    return PLEAT_OK;
}
