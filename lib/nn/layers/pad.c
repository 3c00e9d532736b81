/* The layer pad: zeros around the image, or crops where they are negative. */
#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/error.h"

struct pad_layer {
    struct pleat__layer base;
    struct pleat_pad_params params;
};

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    const struct pleat_pad_params *params = &((const struct pad_layer *)layer)->params;
    for (int i = 0; i < params->rank; i++) {
        int64_t *extent = &needs->output.extent[2 + i];
        if (!pleat__add(input->extent[2 + i], params->begin[i], extent) ||
            !pleat__add(*extent, params->end[i], extent))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "axis %d does not fit in int64_t", i);
        if (*extent < 1)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "axis %d: nothing is left of %lld pixels with %lld and %lld more", i,
                               (long long)input->extent[2 + i], (long long)params->begin[i],
                               (long long)params->end[i]);
    }
    return PLEAT_OK;
}

/* Moves forward from input to output, or back. */
static void move(const struct pleat__layer_call *call, const struct pleat_tensor *from,
                 const struct pleat_tensor *to, int sign) {
    const struct pleat_pad_params *params = &((const struct pad_layer *)call->layer)->params;
    int64_t from_extent[3] = {1, 1, 1}, to_extent[3] = {1, 1, 1}, shift[3] = {0};
    for (int i = 0; i < params->rank; i++) {
        const int axis = PLEAT_MAX_AXES - params->rank + i;
        from_extent[axis] = from->extent[2 + i];
        to_extent[axis] = to->extent[2 + i];
        shift[axis] = sign * params->begin[i];
    }
    pleat__layer_kernels(from->dtype)
        ->shift(from->extent[0] * from->extent[1], from_extent, to_extent, shift, from->data,
                to->data, call->threads);
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    move(call, &call->input[0], &call->output, 1);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    move(call, &call->grad_output, &call->grad_input[0], -1);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    arguments->pad = ((const struct pad_layer *)layer)->params;
}

static bool find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    const struct pleat_pad_params *params = &((const struct pad_layer *)layer)->params;
    *reach = (struct pleat__reach){.step = 1, .count = 1, .shrink = 1, .enlarge = 1};
    return pleat__subtract(o, params->begin[axis], &reach->first);
}

static const struct pleat__layer_kind kind = {.passes = true,
                                              .describe = describe,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .reach = find_reach};

/* Whether sums with an extent cannot overflow; too much padding is refused for its memory. */
static bool is_moderate(int64_t pixels) {
    return pixels >= -(INT64_MAX / 4);
}

enum pleat_status pleat_model_add_pad(struct pleat_model *model, const char *name,
                                      const char *input, const struct pleat_pad_params *params,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(params, error);
    struct pad_layer layer = {.base = {.kind = &kind, .label = "pad"}, .params = *params};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    if (params->rank != layer.base.rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "rank must be %d, as that of \"%s\", got %d",
                           layer.base.rank, input, params->rank);
    for (int i = 0; i < params->rank; i++)
        if (!is_moderate(params->begin[i]) || !is_moderate(params->end[i]))
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s[%d] is out of range",
                               is_moderate(params->begin[i]) ? "end" : "begin", i);
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}
