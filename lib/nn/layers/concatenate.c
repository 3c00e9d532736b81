/* The layer concatenate: the channels of its inputs, one input behind the other. */
#include <string.h>

#include <pleat/layers.h>

#include "nn/layers/join.h"

#include "base/error.h"

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    needs->output.extent[1] = layer->channels;
    return pleat__join_check(layer, input, error);
}

/* The bytes of one image. */
static size_t image_bytes(const struct pleat_tensor *tensor) {
    return (size_t)(tensor->extent[1] * pleat__plane_size(tensor)) *
           pleat_dtype_size(tensor->dtype);
}

/* Copies the images of part to or from their places in whole, which begin at the byte `at` of each
 * image. */
static void copy(const struct pleat_tensor *part, const struct pleat_tensor *whole, size_t at,
                 bool from_whole, int threads) {
    const size_t bytes = image_bytes(part), pitch = image_bytes(whole);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (int64_t n = 0; n < part->extent[0]; n++) {
        unsigned char *a = (unsigned char *)part->data + (size_t)n * bytes;
        unsigned char *b = (unsigned char *)whole->data + (size_t)n * pitch + at;
        memcpy(from_whole ? a : b, from_whole ? b : a, bytes);
    }
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    size_t at = 0;
    for (int k = 0; k < call->layer->input_count; k++) {
        copy(&call->input[k], &call->output, at, false, call->threads);
        at += image_bytes(&call->input[k]);
    }
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    size_t at = 0;
    for (int k = 0; k < call->layer->input_count; k++) {
        if (call->grad_input[k].data != NULL)
            copy(&call->grad_input[k], &call->grad_output, at, true, call->threads);
        at += image_bytes(&call->input[k]);
    }
    return PLEAT_OK;
}

static const struct pleat__layer_kind kind = {
    .passes = true, .prepare = prepare, .forward = forward, .backward = backward};

enum pleat_status pleat_model_add_concatenate(struct pleat_model *model, const char *name,
                                              int count, const char *const *inputs,
                                              struct pleat_error *error) {
    struct pleat__layer layer = {.kind = &kind, .label = "concatenate"};
    PLEAT__REQUIRE(model, error);
    PLEAT__TRY(pleat__join_shape(model, name, count, inputs, &layer.channels, &layer.rank, error));
    return pleat__model_add_layer(model, &layer, sizeof layer, name, count, inputs, 0, NULL, error);
}
