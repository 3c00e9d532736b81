/* The layer batch normalisation. */
#include <math.h>

#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"

struct norm_layer {
    struct pleat__layer base;
    double epsilon, momentum;
};

/* What is saved: a mean and a factor a channel. */
static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    if (needs->training && input->extent[0] == 1 && pleat__plane_size(input) == 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "batch normalisation needs more than one value a channel in training");
    needs->saved = 2 * (size_t)layer->channels * sizeof(double);
    needs->flops = 2 * (double)pleat_tensor_size(input);
    return PLEAT_OK;
}

static struct pleat__norm norm_of(const struct pleat__layer_call *call) {
    const struct norm_layer *layer = (const struct norm_layer *)call->layer;
    const struct pleat_tensor *x = &call->input[0];
    return (struct pleat__norm){.planes = {x->extent[0], x->extent[1], pleat__plane_size(x)},
                                .epsilon = layer->epsilon,
                                .momentum = layer->momentum};
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__layer_kernels *kernels = pleat__layer_kernels(call->output.dtype);
    const struct pleat__norm norm = norm_of(call);
    const void *weight = call->parameter[0].value.data, *bias = call->parameter[1].value.data;
    void *mean = call->state[0].data, *variance = call->state[1].data;
    if (call->training)
        kernels->norm_train(&norm, call->input[0].data, weight, bias, mean, variance, call->saved,
                            call->output.data, call->threads);
    else
        kernels->norm_apply(&norm, call->input[0].data, weight, bias, mean, variance,
                            call->output.data, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__norm norm = norm_of(call);
    pleat__layer_kernels(call->output.dtype)
        ->norm_gradient(&norm, call->input[0].data, call->parameter[0].value.data, call->saved,
                        call->grad_output.data, call->grad_input[0].data,
                        call->parameter[0].grad.data, call->parameter[1].grad.data, call->threads);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    const struct norm_layer *norm = (const struct norm_layer *)layer;
    arguments->norm.epsilon = norm->epsilon;
    arguments->norm.momentum = norm->momentum;
}

/* By the running statistics. */
static void affine(const struct pleat__layer *base, const struct pleat_parameter *parameter,
                   double *factor, double *shift) {
    const struct norm_layer *layer = (const struct norm_layer *)base;
    for (int64_t c = 0; c < base->channels; c++) {
        const double variance = pleat__element(&base->state[1], c);
        factor[c] = pleat__element(&parameter[0].value, c) / sqrt(variance + layer->epsilon);
        shift[c] =
            pleat__element(&parameter[1].value, c) - factor[c] * pleat__element(&base->state[0], c);
    }
}

static const struct pleat__layer_kind kind = {.in_place = true,
                                              .passes = true,
                                              .describe = describe,
                                              .backward_reads_input = true,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .affine = affine};

struct pleat_batch_norm_params pleat_batch_norm_params_init(void) {
    return (struct pleat_batch_norm_params){.epsilon = 1e-5, .momentum = 0.1};
}

enum pleat_status pleat_model_add_batch_norm(struct pleat_model *model, const char *name,
                                             const char *input,
                                             const struct pleat_batch_norm_params *params,
                                             struct pleat_error *error) {
    const struct pleat_batch_norm_params usual = pleat_batch_norm_params_init();
    params = params != NULL ? params : &usual;
    struct norm_layer layer = {.base = {.kind = &kind, .label = "batch_norm"},
                               .epsilon = params->epsilon,
                               .momentum = params->momentum};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    if (!isfinite(layer.epsilon) || layer.epsilon <= 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "epsilon must be finite and above 0, got %g", layer.epsilon);
    if (!(layer.momentum >= 0 && layer.momentum <= 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "momentum must be 0 to 1, got %g",
                           layer.momentum);
    const int64_t channels = layer.base.channels;
    const struct pleat__parameter_spec spec[] = {
        {.suffix = "weight", .rank = 1, .extent = {channels}, .fill = 1},
        {.suffix = "bias", .rank = 1, .extent = {channels}},
        {.suffix = "running_mean", .rank = 1, .extent = {channels}, .state = true},
        {.suffix = "running_var", .rank = 1, .extent = {channels}, .fill = 1, .state = true}};
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 4, spec,
                                  error);
}
