/* The layer pixel shuffle: groups of channels become the pixels between. */
#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/error.h"

struct shuffle_layer {
    struct pleat__layer base;
    int64_t factor;
};

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options, (void)error;
    const int64_t factor = ((const struct shuffle_layer *)layer)->factor;
    needs->output.extent[1] = layer->channels;
    for (int i = 2; i < 4; i++) /* as many numbers as the input has: no overflow */
        needs->output.extent[i] = input->extent[i] * factor;
    return PLEAT_OK;
}

static void shuffle(const struct pleat__layer_call *call, bool back, const void *from, void *to) {
    const struct shuffle_layer *layer = (const struct shuffle_layer *)call->layer;
    pleat__layer_kernels(call->output.dtype)
        ->pixel_shuffle(call->output.extent[0] * call->output.extent[1], layer->factor,
                        call->input[0].extent[2], call->input[0].extent[3], back, from, to,
                        call->threads);
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    shuffle(call, false, call->input[0].data, call->output.data);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    shuffle(call, true, call->grad_output.data, call->grad_input[0].data);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    arguments->factor = ((const struct shuffle_layer *)layer)->factor;
}

static bool find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    (void)axis;
    const int64_t factor = ((const struct shuffle_layer *)layer)->factor;
    *reach = (struct pleat__reach){.first = pleat__floor_divide(o, factor),
                                   .step = 1,
                                   .count = 1,
                                   .shrink = 1,
                                   .enlarge = factor};
    return true;
}

static const struct pleat__layer_kind kind = {.passes = true,
                                              .describe = describe,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .reach = find_reach};

enum pleat_status pleat_model_add_pixel_shuffle(struct pleat_model *model, const char *name,
                                                const char *input, int64_t factor,
                                                struct pleat_error *error) {
    struct shuffle_layer layer = {.base = {.kind = &kind, .label = "pixel_shuffle"},
                                  .factor = factor};
    int64_t channels, square;
    PLEAT__TRY(pleat__model_layer_shape(model, input, &channels, &layer.base.rank, error));
    if (layer.base.rank != 2)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "rank must be 2, that of \"%s\" is %d",
                           input, layer.base.rank);
    if (factor < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "factor must be at least 1, got %lld",
                           (long long)factor);
    if (!pleat__multiply(factor, factor, &square) || channels % square != 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "the square of the factor %lld must divide the %lld channels",
                           (long long)factor, (long long)channels);
    layer.base.channels = channels / square;
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}
