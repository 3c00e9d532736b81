/* The layer reshape: the same numbers of each image under other extents. */
#include <string.h>

#include <pleat/layers.h>

#include "nn/model/layer.h"

#include "base/checked.h"
#include "base/error.h"

struct reshape_layer {
    struct pleat__layer base;
    int64_t extent[PLEAT_MAX_AXES];
};

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    const struct reshape_layer *reshape = (const struct reshape_layer *)layer;
    int64_t extent[PLEAT_MAX_RANK] = {input->extent[0], layer->channels};
    memcpy(extent + 2, reshape->extent, sizeof reshape->extent);
    needs->output = pleat_tensor_view(NULL, options->dtype, 2 + layer->rank, extent);
    const int64_t numbers = input->extent[1] * pleat__plane_size(input),
                  wanted = layer->channels * pleat__plane_size(&needs->output);
    if (numbers != wanted)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "an image of the input has %lld numbers, of the output %lld",
                           (long long)numbers, (long long)wanted);
    return PLEAT_OK;
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    pleat__copy_values(&call->input[0], &call->output);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    pleat__copy_values(&call->grad_output, &call->grad_input[0]);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    memcpy(arguments->extent, ((const struct reshape_layer *)layer)->extent,
           sizeof arguments->extent);
}

static const struct pleat__layer_kind kind = {.passes = true,
                                              .describe = describe,
                                              .in_place = true,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .mixes = true};

/* Refuses extents below 1 and a product that does not fit. */
static enum pleat_status check(int64_t channels, int rank, const int64_t *extent,
                               struct pleat_error *error) {
    if (rank < 0 || rank > PLEAT_MAX_AXES)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "rank must be 0 to %d, got %d",
                           PLEAT_MAX_AXES, rank);
    if (rank > 0)
        PLEAT__REQUIRE(extent, error);
    if (channels < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "channels must be at least 1, got %lld",
                           (long long)channels);
    int64_t numbers = channels;
    for (int i = 0; i < rank; i++) {
        if (extent[i] < 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] must be at least 1, got %lld", i, (long long)extent[i]);
        if (!pleat__multiply(numbers, extent[i], &numbers))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the numbers of an image do not fit in int64_t");
    }
    return PLEAT_OK;
}

enum pleat_status pleat_model_add_reshape(struct pleat_model *model, const char *name,
                                          const char *input, int64_t channels, int rank,
                                          const int64_t *extent, struct pleat_error *error) {
    PLEAT__TRY(check(channels, rank, extent, error));
    struct reshape_layer layer = {
        .base = {.kind = &kind, .label = "reshape", .channels = channels, .rank = rank}};
    if (rank > 0)
        memcpy(layer.extent, extent, (size_t)rank * sizeof *extent);
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}
