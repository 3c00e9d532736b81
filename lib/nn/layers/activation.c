/* The layers that apply one function to every element: ReLU, leaky ReLU, sigmoid, tanh. Their
 * derivatives follow from the output, so they may run in the memory of their input. */
#include <math.h>

#include "nn/kernels/kernels.h"
#include "nn/model/layer.h"

#include "base/error.h"

struct activation_layer {
    struct pleat__layer base;
    enum pleat__function function;
    double slope; /* of the leaky ReLU */
};

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct activation_layer *layer = (const struct activation_layer *)call->layer;
    pleat__kernels(call->output.dtype)
        ->activation(layer->function, layer->slope, pleat_tensor_size(&call->output),
                     call->input[0].data, call->output.data, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct activation_layer *layer = (const struct activation_layer *)call->layer;
    if (call->grad_input[0].data != NULL)
        pleat__kernels(call->output.dtype)
            ->activation_gradient(layer->function, layer->slope, pleat_tensor_size(&call->output),
                                  call->output.data, call->grad_output.data,
                                  call->grad_input[0].data, call->threads);
    return PLEAT_OK;
}

/* Sigmoid and tanh have slope 1: near 0 they are linear. */
static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    const struct activation_layer *activation = (const struct activation_layer *)layer;
    const bool straight =
        activation->function == PLEAT__SIGMOID || activation->function == PLEAT__TANH;
    arguments->slope = straight ? 1 : activation->slope;
}

/* The time of sigmoid and tanh is arithmetic: a convolution would save little by doing it. */
static bool activation(const struct pleat__layer *base, const struct pleat_parameter *parameter,
                       struct pleat_activation *activation) {
    (void)parameter;
    const struct activation_layer *layer = (const struct activation_layer *)base;
    activation->slope = layer->slope;
    activation->function = layer->function == PLEAT__RELU         ? PLEAT_FUNCTION_RELU
                           : layer->function == PLEAT__LEAKY_RELU ? PLEAT_FUNCTION_LEAKY_RELU
                                                                  : PLEAT_FUNCTION_NONE;
    return activation->function != PLEAT_FUNCTION_NONE;
}

static const struct pleat__layer_kind activation_kind = {.describe = describe,
                                                         .in_place = true,
                                                         .backward_reads_output = true,
                                                         .forward = forward,
                                                         .backward = backward,
                                                         .activation = activation};

static enum pleat_status add(struct pleat_model *model, const char *name, const char *input,
                             enum pleat__function function, double slope,
                             struct pleat_error *error) {
    static const char *const labels[] = {[PLEAT__RELU] = "relu",
                                         [PLEAT__LEAKY_RELU] = "leaky_relu",
                                         [PLEAT__SIGMOID] = "sigmoid",
                                         [PLEAT__TANH] = "tanh"};
    struct activation_layer layer = {.base = {.kind = &activation_kind, .label = labels[function]},
                                     .function = function,
                                     .slope = slope};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}

enum pleat_status pleat_model_add_relu(struct pleat_model *model, const char *name,
                                       const char *input, struct pleat_error *error) {
    return add(model, name, input, PLEAT__RELU, 0, error);
}

enum pleat_status pleat_model_add_leaky_relu(struct pleat_model *model, const char *name,
                                             const char *input, double slope,
                                             struct pleat_error *error) {
    if (!isfinite(slope) || slope < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "slope must be finite and at least 0, got %g", slope);
    return add(model, name, input, PLEAT__LEAKY_RELU, slope, error);
}

enum pleat_status pleat_model_add_sigmoid(struct pleat_model *model, const char *name,
                                          const char *input, struct pleat_error *error) {
    return add(model, name, input, PLEAT__SIGMOID, 0, error);
}

enum pleat_status pleat_model_add_tanh(struct pleat_model *model, const char *name,
                                       const char *input, struct pleat_error *error) {
    return add(model, name, input, PLEAT__TANH, 0, error);
}
