/* The layer PReLU: a leaky ReLU with one learned slope a channel. */
#include "nn/kernels/kernels.h"
#include "nn/model/layer.h"

#include "base/error.h"

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat_tensor *x = &call->input[0];
    pleat__kernels(x->dtype)->prelu(x->extent[0], x->extent[1], pleat__plane_size(x),
                                    call->parameter[0].value.data, x->data, call->output.data,
                                    call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat_tensor *x = &call->input[0];
    pleat__kernels(x->dtype)->prelu_gradient(x->extent[0], x->extent[1], pleat__plane_size(x),
                                             call->parameter[0].value.data, x->data,
                                             call->grad_output.data, call->grad_input[0].data,
                                             call->parameter[0].grad.data, call->threads);
    return PLEAT_OK;
}

#define FIRST_SLOPE 0.25

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    (void)layer;
    arguments->slope = FIRST_SLOPE;
}

static bool activation(const struct pleat__layer *layer, const struct pleat_parameter *parameter,
                       struct pleat_activation *activation) {
    (void)layer;
    *activation =
        (struct pleat_activation){.function = PLEAT_FUNCTION_PRELU, .slopes = &parameter[0].value};
    return true;
}

static const struct pleat__layer_kind prelu_kind = {.describe = describe,
                                                    .in_place = true,
                                                    .backward_reads_input = true,
                                                    .forward = forward,
                                                    .backward = backward,
                                                    .activation = activation};

enum pleat_status pleat_model_add_prelu(struct pleat_model *model, const char *name,
                                        const char *input, struct pleat_error *error) {
    struct pleat__layer layer = {.kind = &prelu_kind, .label = "prelu"};
    PLEAT__TRY(pleat__model_layer_shape(model, input, &layer.channels, &layer.rank, error));
    const struct pleat__parameter_spec spec = {
        .suffix = "weight", .rank = 1, .extent = {layer.channels}, .fill = FIRST_SLOPE};
    return pleat__model_add_layer(model, &layer, sizeof layer, name, 1, &input, 1, &spec, error);
}
