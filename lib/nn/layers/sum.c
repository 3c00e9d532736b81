/* The layer sum: y = a + b + ..., element by element. */
#include <pleat/layers.h>

#include "nn/layers/join.h"
#include "nn/kernels/kernels.h"

#include "base/error.h"

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    needs->flops = (double)(layer->input_count - 1) * (double)pleat_tensor_size(&input[0]);
    return pleat__join_check(layer, input, error);
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    pleat__copy_values(&call->input[0], &call->output);
    for (int k = 1; k < call->layer->input_count; k++)
        pleat__kernels(call->output.dtype)
            ->add(pleat_tensor_size(&call->output), call->input[k].data, call->output.data,
                  call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    for (int k = 0; k < call->layer->input_count; k++)
        pleat__copy_values(&call->grad_output, &call->grad_input[k]);
    return PLEAT_OK;
}

static const struct pleat__layer_kind kind = {
    .passes = true, .in_place = true, .prepare = prepare, .forward = forward, .backward = backward};

enum pleat_status pleat_model_add_sum(struct pleat_model *model, const char *name, int count,
                                      const char *const *inputs, struct pleat_error *error) {
    struct pleat__layer layer = {.kind = &kind, .label = "sum"};
    int64_t total;
    PLEAT__REQUIRE(model, error);
    PLEAT__TRY(pleat__join_shape(model, name, count, inputs, &total, &layer.rank, error));
    for (int k = count - 1; k >= 0; k--) {
        int64_t channels;
        int rank;
        PLEAT__TRY(pleat__model_layer_shape(model, inputs[k], &channels, &rank, error));
        if (total % count != 0 || channels != total / count)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "layer \"%s\": its inputs differ in their channels, \"%s\" has "
                               "%lld of the %lld together",
                               name, inputs[k], (long long)channels, (long long)total);
        layer.channels = channels;
    }
    return pleat__model_add_layer(model, &layer, sizeof layer, name, count, inputs, 0, NULL, error);
}
