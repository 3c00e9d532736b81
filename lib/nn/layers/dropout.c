/* The layer dropout, with a mask that is drawn or read. */
#include <string.h>

#include <pleat/layers.h>

#include "nn/model/graph.h"
#include "nn/layers/join.h"
#include "nn/kernels/layer_kernels.h"

#include "base/error.h"

struct dropout_layer {
    struct pleat__layer base;
    double probability;
};

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options, (void)needs;
    return pleat__join_check(layer, input, error);
}

/* The bytes of the tensor; 0 where it is empty. */
static size_t bytes_of(const struct pleat_tensor *tensor) {
    return (size_t)pleat_tensor_size(tensor) * pleat_dtype_size(tensor->dtype);
}

static void drop(const struct pleat__layer_call *call, const void *from, void *to) {
    const struct dropout_layer *layer = (const struct dropout_layer *)call->layer;
    const void *mask = layer->base.input_count > 1 ? call->input[1].data : NULL;
    pleat__layer_kernels(call->output.dtype)
        ->dropout(pleat_tensor_size(&call->output), layer->probability, call->key, mask, from, to,
                  call->threads);
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const void *from = call->input[0].data;
    if (call->training)
        drop(call, from, call->output.data);
    else if (call->output.data != from && bytes_of(&call->output) > 0)
        memcpy(call->output.data, from, bytes_of(&call->output));
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    if (call->grad_input[0].data != NULL)
        drop(call, call->grad_output.data, call->grad_input[0].data);
    if (call->layer->input_count > 1 && call->grad_input[1].data != NULL)
        memset(call->grad_input[1].data, 0, bytes_of(&call->grad_input[1]));
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    arguments->probability = ((const struct dropout_layer *)layer)->probability;
}

/* A mask that is read must still be there. */
static const struct pleat__layer_kind drawn_kind = {.passes = true,
                                                    .describe = describe,
                                                    .in_place = true,
                                                    .prepare = prepare,
                                                    .forward = forward,
                                                    .backward = backward,
                                                    .vanishes = true};
static const struct pleat__layer_kind masked_kind = {.passes = true,
                                                     .describe = describe,
                                                     .in_place = true,
                                                     .backward_reads_input = true,
                                                     .prepare = prepare,
                                                     .forward = forward,
                                                     .backward = backward};

static enum pleat_status check_mask(const struct pleat_model *model, const char *mask,
                                    const struct pleat__layer *like, struct pleat_error *error) {
    int64_t channels;
    int rank;
    PLEAT__TRY(pleat__model_layer_shape(model, mask, &channels, &rank, error));
    if (channels != like->channels || rank != like->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "the mask \"%s\" must have %lld channels and rank %d, has %lld and %d",
                           mask, (long long)like->channels, like->rank, (long long)channels, rank);
    return PLEAT_OK;
}

enum pleat_status pleat_model_add_dropout(struct pleat_model *model, const char *name,
                                          const char *input, const char *mask, double probability,
                                          struct pleat_error *error) {
    struct dropout_layer layer = {
        .base = {.kind = mask != NULL ? &masked_kind : &drawn_kind, .label = "dropout"},
        .probability = probability};
    const char *const inputs[] = {input, mask};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    if (!(probability >= 0 && probability < 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "probability must be at least 0 and below 1, got %g", probability);
    if (mask != NULL)
        PLEAT__TRY(check_mask(model, mask, &layer.base, error));
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, mask != NULL ? 2 : 1,
                                  inputs, 0, NULL, error);
}

enum pleat_status pleat_model_set_dropout(struct pleat_model *model, uint64_t seed, uint64_t step,
                                          struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    model->dropout_seed = seed;
    model->dropout_step = step;
    return PLEAT_OK;
}

enum pleat_status pleat_model_dropout(const struct pleat_model *model, uint64_t *seed,
                                      uint64_t *step, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(seed, error);
    PLEAT__REQUIRE(step, error);
    *seed = model->dropout_seed;
    *step = model->dropout_step;
    return PLEAT_OK;
}
