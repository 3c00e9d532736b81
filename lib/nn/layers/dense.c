/* The layer dense: every output of every input. */
#include <pleat/layers.h>

#include "conv/gemm.h"
#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/error.h"

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    const int64_t largest =
        pleat__max(pleat__max(input->extent[0], input->extent[1]), layer->channels);
    if (largest > pleat__gemm_max_extent())
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "images and channels must be at most %lld for the BLAS",
                           (long long)pleat__gemm_max_extent());
    needs->output.extent[1] = layer->channels;
    needs->flops = 2 * (double)pleat_tensor_size(input) * (double)layer->channels;
    return PLEAT_OK;
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat_tensor *x = &call->input[0];
    const void *bias = call->parameter_count > 1 ? call->parameter[1].value.data : NULL;
    pleat__layer_kernels(x->dtype)->dense(x->extent[0], x->extent[1], call->layer->channels,
                                          x->data, call->parameter[0].value.data, bias,
                                          call->output.data, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat_tensor *x = &call->input[0];
    void *grad_bias = call->parameter_count > 1 ? call->parameter[1].grad.data : NULL;
    pleat__layer_kernels(x->dtype)->dense_gradient(
        x->extent[0], x->extent[1], call->layer->channels, x->data, call->parameter[0].value.data,
        call->grad_output.data, call->grad_input[0].data, call->parameter[0].grad.data, grad_bias,
        call->threads);
    return PLEAT_OK;
}

/* w[OC][IC] */
static void weight_form(const struct pleat__layer *layer, int64_t *groups, int64_t *inputs) {
    (void)layer;
    *groups = *inputs = 1;
}

static const struct pleat__layer_kind kind = {.backward_reads_input = true,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .weight_form = weight_form};

enum pleat_status pleat_model_add_dense(struct pleat_model *model, const char *name,
                                        const char *input, int64_t out_channels, int bias,
                                        struct pleat_error *error) {
    struct pleat__layer layer = {.kind = &kind, .label = "dense", .channels = out_channels};
    int64_t channels;
    int rank;
    PLEAT__TRY(pleat__model_layer_shape(model, input, &channels, &rank, error));
    if (rank != 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "dense reads vectors, \"%s\" has rank %d: reshape it first", input,
                           rank);
    if (out_channels < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "out_channels must be at least 1, got %lld", (long long)out_channels);
    const struct pleat__parameter_spec spec[] = {
        {.suffix = "weight", .rank = 2, .extent = {out_channels, channels}, .drawn = true},
        {.suffix = "bias", .rank = 1, .extent = {out_channels}}};
    return pleat__model_add_layer(model, &layer, sizeof layer, name, 1, &input, bias != 0 ? 2 : 1,
                                  spec, error);
}
