/* The layer max pooling. */
#include <pleat/layers.h>

#include "nn/model/layer.h"
#include "nn/kernels/layer_kernels.h"

#include "base/checked.h"
#include "base/error.h"

struct pool_layer {
    struct pleat__layer base;
    struct pleat_pool_params params;
};

/* The geometry for those extents, on three axes of which the first may be idle. */
static struct pleat__pool pool_of(const struct pool_layer *layer, const struct pleat_tensor *input,
                                  const struct pleat_tensor *output) {
    struct pleat__pool pool = {
        .kernel = {1, 1, 1}, .stride = {1, 1, 1}, .in = {1, 1, 1}, .out = {1, 1, 1}};
    for (int i = 0; i < layer->params.rank; i++) {
        const int axis = PLEAT_MAX_AXES - layer->params.rank + i;
        pool.kernel[axis] = layer->params.axis[i].kernel;
        pool.stride[axis] = layer->params.axis[i].stride;
        pool.padding[axis] = layer->params.axis[i].padding;
        pool.in[axis] = input->extent[2 + i];
        pool.out[axis] = output->extent[2 + i];
    }
    return pool;
}

static enum pleat_status prepare(const struct pleat__layer *base, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    (void)options;
    const struct pool_layer *layer = (const struct pool_layer *)base;
    double taps = 1;
    for (int i = 0; i < layer->params.rank; i++) {
        const struct pleat_pool_axis *axis = &layer->params.axis[i];
        const int64_t room = input->extent[2 + i] + 2 * axis->padding - axis->kernel;
        if (room < 0)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "axis %d: a kernel of %lld needs more than %lld pixels with padding "
                               "%lld",
                               i, (long long)axis->kernel, (long long)input->extent[2 + i],
                               (long long)axis->padding);
        needs->output.extent[2 + i] = room / axis->stride + 1;
        taps *= (double)axis->kernel;
    }
    if (pleat__plane_size(input) > INT32_MAX ||
        !pleat__extent_bytes(&needs->output, sizeof(int32_t), &needs->saved))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "the pixels of a plane must fit in 31 bits, all pixels in size_t");
    needs->flops = taps * (double)pleat_tensor_size(&needs->output);
    return PLEAT_OK;
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__pool pool =
        pool_of((const struct pool_layer *)call->layer, &call->input[0], &call->output);
    pleat__layer_kernels(call->output.dtype)
        ->max_pool(call->output.extent[0] * call->output.extent[1], &pool, call->input[0].data,
                   call->output.data, call->saved, call->threads);
    return PLEAT_OK;
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    (void)error;
    const struct pleat__pool pool =
        pool_of((const struct pool_layer *)call->layer, &call->input[0], &call->output);
    pleat__layer_kernels(call->output.dtype)
        ->max_pool_gradient(call->output.extent[0] * call->output.extent[1], &pool,
                            call->grad_output.data, call->saved, call->grad_input[0].data,
                            call->threads);
    return PLEAT_OK;
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    arguments->pool = ((const struct pool_layer *)layer)->params;
}

static bool find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    const struct pleat_pool_axis *pool = &((const struct pool_layer *)layer)->params.axis[axis];
    *reach = (struct pleat__reach){
        .step = 1, .count = pool->kernel, .shrink = pool->stride, .enlarge = 1};
    return pleat__multiply(o, pool->stride, &reach->first) &&
           pleat__subtract(reach->first, pool->padding, &reach->first);
}

static const struct pleat__layer_kind kind = {.passes = true,
                                              .describe = describe,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .reach = find_reach};

struct pleat_pool_params pleat_pool_params_init(int rank, int64_t kernel, int64_t stride,
                                                int64_t padding) {
    struct pleat_pool_params params = {.rank = rank};
    for (int i = 0; i < PLEAT_MAX_AXES; i++)
        params.axis[i] = (struct pleat_pool_axis){kernel, stride, padding};
    return params;
}

static enum pleat_status check(const struct pleat_pool_params *params, int rank,
                               struct pleat_error *error) {
    if (params->rank != rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "rank must be %d, as that of the input, got %d", rank, params->rank);
    if (rank < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "there is no axis to pool over");
    for (int i = 0; i < rank; i++) {
        const struct pleat_pool_axis *axis = &params->axis[i];
        if (axis->kernel < 1 || axis->kernel > INT32_MAX || axis->stride < 1 ||
            axis->stride > INT32_MAX)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "axis %d: kernel and stride must be 1 to 2^31 - 1, got %lld and "
                               "%lld",
                               i, (long long)axis->kernel, (long long)axis->stride);
        if (axis->padding < 0 || axis->padding > axis->kernel / 2)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "axis %d: padding must be 0 to half the kernel, got %lld", i,
                               (long long)axis->padding);
    }
    return PLEAT_OK;
}

enum pleat_status pleat_model_add_max_pool(struct pleat_model *model, const char *name,
                                           const char *input,
                                           const struct pleat_pool_params *params,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(name, error);
    PLEAT__REQUIRE(params, error);
    struct pool_layer layer = {.base = {.kind = &kind, .label = "max_pool"}, .params = *params};
    PLEAT__TRY(
        pleat__model_layer_shape(model, input, &layer.base.channels, &layer.base.rank, error));
    const enum pleat_status status = check(params, layer.base.rank, error);
    if (status != PLEAT_OK)
        return pleat__fail_in_layer(name, status, error);
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input, 0, NULL,
                                  error);
}
