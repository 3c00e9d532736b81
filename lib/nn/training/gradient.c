/* Mixing and clipping gradients. */
#include <math.h>
#include <stddef.h>

#include <pleat/finite.h>
#include <pleat/gradient.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"

static enum pleat_status check_factor(double factor, struct pleat_error *error) {
    if (isfinite(factor))
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "factor must be finite, got %g", factor);
}

enum pleat_status pleat_gradient_scale(const struct pleat_tensor *grad, double factor,
                                       struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(grad, "grad", error));
    PLEAT__TRY(check_factor(factor, error));
    pleat__kernels(grad->dtype)->scale(pleat_tensor_size(grad), factor, grad->data, 1);
    return PLEAT_OK;
}

enum pleat_status pleat_gradient_add(const struct pleat_tensor *sum, double factor,
                                     const struct pleat_tensor *grad, struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(sum, "sum", error));
    PLEAT__TRY(pleat__tensor_like(grad, "grad", sum, "sum", error));
    PLEAT__TRY(check_factor(factor, error));
    pleat__kernels(sum->dtype)->add_scaled(pleat_tensor_size(sum), factor, grad->data, sum->data);
    return PLEAT_OK;
}

static enum pleat_status check_clipping(const struct pleat_model *model, double most,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (!(most > 0))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "most must be above 0, got %g", most);
    if (model->grads == NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model must be compiled for training before gradients are clipped");
    return PLEAT_OK;
}

/* Says which parameter makes the norm what it is. */
static enum pleat_status fail_not_finite(const struct pleat_model *model, double norm,
                                         struct pleat_error *error) {
    PLEAT__TRY(pleat_model_check_finite(model, error));
    return pleat__fail(error, PLEAT_NOT_FINITE, "the norm of the gradients is %g", norm);
}

enum pleat_status pleat_model_clip_norm(struct pleat_model *model, double most, double *norm,
                                        struct pleat_error *error) {
    PLEAT__TRY(check_clipping(model, most, error));
    const struct pleat__kernels *kernels = pleat__kernels(model->dtype);
    double sum = 0;
    for (int i = 0; i < model->parameter_count; i++) {
        const struct pleat_parameter *p = &model->parameter[i];
        if (p->rate != 0)
            sum += kernels->squared_norm(pleat_tensor_size(&p->grad), p->grad.data);
    }
    const double length = sqrt(sum), factor = most / (length + 1e-6);
    if (!isfinite(length))
        return fail_not_finite(model, length, error);
    for (int i = 0; factor < 1 && i < model->parameter_count; i++) {
        const struct pleat_parameter *p = &model->parameter[i];
        if (p->rate != 0)
            kernels->scale(pleat_tensor_size(&p->grad), factor, p->grad.data,
                           model->program->threads);
    }
    if (norm != NULL)
        *norm = length;
    return PLEAT_OK;
}

enum pleat_status pleat_model_clip_value(struct pleat_model *model, double most,
                                         struct pleat_error *error) {
    PLEAT__TRY(check_clipping(model, most, error));
    for (int i = 0; i < model->parameter_count; i++) {
        const struct pleat_parameter *p = &model->parameter[i];
        if (p->rate != 0)
            pleat__kernels(model->dtype)
                ->clamp(pleat_tensor_size(&p->grad), most, p->grad.data, model->program->threads);
    }
    return PLEAT_OK;
}
