/* The layer softmax over channels. */
#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/error.h"

static struct pleat__planes planes_of(const struct pleat_tensor *y) {
    return (struct pleat__planes){y->extent[0], y->extent[1], pleat__plane_size(y)};
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__planes planes = planes_of(&call->output);
    pleat__layer_kernels(call->output.dtype)
        ->softmax(&planes, call->input[0].data, call->output.data, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__planes planes = planes_of(&call->output);
    pleat__layer_kernels(call->output.dtype)
        ->softmax_gradient(&planes, call->output.data, call->grad_output.data,
                           call->grad_input[0].data, call->threads);
    return PLEAT_OK;
}

static const struct pleat__layer_kind kind = {
    .in_place = true, .backward_reads_output = true, .forward = forward, .backward = backward};

enum pleat_status pleat_model_add_softmax(struct pleat_model *model, const char *name,
                                          const char *input, struct pleat_error *error) {
    struct pleat__layer layer = {.kind = &kind, .label = "softmax"};
    PLEAT__TRY(pleat__model_layer_shape(model, input, &layer.channels, &layer.rank, error));
    return pleat__model_add_layer(model, &layer, sizeof layer, name, 1, &input, 0, NULL, error);
}
