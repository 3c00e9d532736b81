/* The layer up-sampling, nearest or linear. */
#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/error.h"

struct upsample_layer {
    struct pleat__layer base;
    enum pleat_upsampling method;
    int64_t factor;
};

/* A row of the input a thread, with a pixel more on either side. */
static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    const struct upsample_layer *upsample = (const struct upsample_layer *)layer;
    for (int i = 2; i < input->rank; i++)
        if (!pleat__multiply(input->extent[i], upsample->factor, &needs->output.extent[i]))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the extents do not fit in int64_t");
    size_t row = 0;
    if (!pleat__add_size((size_t)input->extent[input->rank - 1], 2, &row) ||
        !pleat__multiply_size(row, pleat_dtype_size(options->dtype), &row) ||
        !pleat__multiply_size(row, (size_t)options->threads, &needs->forward_scratch))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the bytes of scratch do not fit in size_t");
    needs->backward_scratch = needs->forward_scratch;
    size_t pixels;
    if (upsample->method == PLEAT_UPSAMPLE_LINEAR &&
        pleat__extent_bytes(&needs->output, 1, &pixels))
        needs->flops = (double)(2 * ((1 << layer->rank) - 1)) * (double)pixels;
    return PLEAT_OK;
}

static struct pleat__upsampling upsampling_of(const struct pleat__layer_call *call) {
    const struct upsample_layer *layer = (const struct upsample_layer *)call->layer;
    struct pleat__upsampling u = {
        .linear = layer->method == PLEAT_UPSAMPLE_LINEAR, .factor = {1, 1, 1}, .in = {1, 1, 1}};
    for (int i = 0; i < layer->base.rank; i++) {
        u.factor[PLEAT_MAX_AXES - layer->base.rank + i] = layer->factor;
        u.in[PLEAT_MAX_AXES - layer->base.rank + i] = call->input[0].extent[2 + i];
    }
    return u;
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__upsampling u = upsampling_of(call);
    pleat__layer_kernels(call->output.dtype)
        ->upsample(call->output.extent[0] * call->output.extent[1], &u, call->input[0].data,
                   call->output.data, call->scratch, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__upsampling u = upsampling_of(call);
    pleat__layer_kernels(call->output.dtype)
        ->upsample_gradient(call->output.extent[0] * call->output.extent[1], &u,
                            call->grad_output.data, call->grad_input[0].data, call->scratch,
                            call->threads);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    const struct upsample_layer *upsample = (const struct upsample_layer *)layer;
    arguments->method = upsample->method;
    arguments->factor = upsample->factor;
}

/* Linear: phase p of a pixel lies 2 p + 1 - f halves of an output pixel from its middle, between
 * its neighbours; one beyond the border counts as the pixel itself, which is there already. */
static bool find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    (void)axis;
    const struct upsample_layer *upsample = (const struct upsample_layer *)layer;
    const int64_t pixel = pleat__floor_divide(o, upsample->factor),
                  phase = o - pixel * upsample->factor, opposite = upsample->factor - 1 - phase;
    const bool between = upsample->method == PLEAT_UPSAMPLE_LINEAR && phase != opposite;
    *reach = (struct pleat__reach){.first = pixel,
                                   .step = 1,
                                   .count = between ? 2 : 1,
                                   .shrink = 1,
                                   .enlarge = upsample->factor};
    return !between || phase > opposite || pleat__subtract(pixel, 1, &reach->first);
}

static const struct pleat__layer_kind kind = {.passes = true,
                                              .describe = describe,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .reach = find_reach};

enum pleat_status pleat_model_add_upsample(struct pleat_model *model, const char *name,
                                           const char *input, enum pleat_upsampling method,
                                           int64_t factor, struct pleat_error *error) {
    struct upsample_layer layer = {
        .base = {.kind = &kind, .label = "upsample"}, .method = method, .factor = factor};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    if (method != PLEAT_UPSAMPLE_NEAREST && method != PLEAT_UPSAMPLE_LINEAR)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "method %d is neither nearest nor linear",
                           (int)method);
    if (factor < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "factor must be at least 1, got %lld",
                           (long long)factor);
    if (layer.base.rank < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "\"%s\" has no axis to enlarge", input);
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}
