/* The layers conv and conv_transpose: a plan and its two passes. */
#include "nn/model/layer.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/geometry.h"
#include "conv/plan.h"

struct conv_layer {
    struct pleat__layer base;
    enum pleat_operator op;
    struct pleat_conv_params params;
};

/* What a compile prepares: a plan, and in inference what makes its forward faster. */
struct conv_run {
    struct pleat_plan *plan;
    struct pleat_packed_weight *packed; /* or NULL */
    struct pleat_activation activation;
};

static const struct conv_layer *as_conv(const struct pleat__layer *layer) {
    return (const struct conv_layer *)layer;
}

/* 2 N IC (OC/G) prod(K) prod(coarse extents), in double, which never overflows. */
static double flops(const struct conv_layer *conv, int64_t batch, const int64_t *coarse) {
    const struct pleat_conv_params *p = &conv->params;
    double product =
        2 * (double)batch * (double)p->in_channels * (double)(p->out_channels / p->groups);
    for (int i = 0; i < p->rank; i++)
        product *= (double)p->axis[i].kernel * (double)coarse[i];
    return product;
}

static void release(void *plan) {
    struct conv_run *run = plan;
    pleat_packed_weight_free(run->packed);
    pleat_plan_free(run->plan);
    pleat__free(run);
}

/* Packs the weight that will not change. */
static enum pleat_status pack(struct conv_run *run, struct pleat__needs *needs,
                              struct pleat_error *error) {
    PLEAT__TRY(pleat_packed_weight_create(&run->packed, run->plan, &needs->frozen[0].value, error));
    needs->packed_bytes = pleat__packed_bytes(run->plan);
    return PLEAT_OK;
}

static enum pleat_status make_run(const struct conv_layer *conv, const int64_t *in_extent,
                                  const struct pleat_plan_options *options,
                                  struct pleat__needs *needs, struct conv_run **made,
                                  struct pleat_error *error) {
    struct conv_run *run = pleat__allocate(1, sizeof *run);
    if (run == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a plan");
    run->activation = needs->activation;
    enum pleat_status status =
        pleat_plan_create(&run->plan, conv->op, &conv->params, in_extent, options, error);
    if (status == PLEAT_OK && needs->frozen != NULL)
        status = pack(run, needs, error);
    if (status == PLEAT_OK)
        *made = run;
    else
        release(run);
    return status;
}

static enum pleat_status prepare(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error) {
    const struct conv_layer *conv = as_conv(layer);
    struct conv_run *run = NULL;
    PLEAT__TRY(make_run(conv, input->extent + 2, options, needs, &run, error));
    const struct pleat_plan *plan = run->plan;
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_output_extent(plan, input->extent[0], extent);
    needs->output = pleat_tensor_view(NULL, options->dtype, rank, extent);
    needs->plan = run;
    needs->forward_scratch = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    needs->backward_scratch = pleat_plan_scratch_size(plan, PLEAT_BACKWARD, NULL);
    needs->flops =
        flops(conv, input->extent[0], conv->op == PLEAT_CONV ? extent + 2 : input->extent + 2);
    return PLEAT_OK;
}

static enum pleat_status forward(const struct pleat__layer_call *call, struct pleat_error *error) {
    const struct conv_run *run = call->plan;
    const struct pleat_tensor *bias = call->parameter_count > 1 ? &call->parameter[1].value : NULL;
    return pleat_plan_forward_activated(run->plan, &call->input[0],
                                        run->packed == NULL ? &call->parameter[0].value : NULL,
                                        run->packed, bias, &run->activation, &call->output,
                                        call->scratch, call->scratch_bytes, error);
}

static enum pleat_status backward(const struct pleat__layer_call *call, struct pleat_error *error) {
    const struct pleat_tensor *grad_input =
        call->grad_input[0].data != NULL ? &call->grad_input[0] : NULL;
    const struct pleat_tensor *grad_bias =
        call->parameter_count > 1 ? &call->parameter[1].grad : NULL;
    const struct conv_run *run = call->plan;
    return pleat_plan_backward(run->plan, &call->input[0], &call->parameter[0].value,
                               &call->grad_output, grad_input, &call->parameter[0].grad, grad_bias,
                               call->scratch, call->scratch_bytes, error);
}

static void describe(const struct pleat__layer *layer, struct pleat__arguments *arguments) {
    const struct conv_layer *conv = as_conv(layer);
    arguments->op = conv->op;
    arguments->conv = conv->params;
}

/* conv: i = o S - P + k D. */
static bool reach_of_conv(const struct pleat_axis *axis, int64_t o, struct pleat__reach *reach) {
    *reach = (struct pleat__reach){
        .step = axis->dilation, .count = axis->kernel, .shrink = axis->stride, .enlarge = 1};
    return pleat__multiply(o, axis->stride, &reach->first) &&
           pleat__subtract(reach->first, axis->padding_begin, &reach->first);
}

/* conv_transpose: i S = o + P - k D. Taps that S divides follow each other S/g apart, and their i
 * D/g, with g the greatest common divisor; the lowest i is that of the last tap. */
static bool reach_of_transpose(const struct pleat_axis *axis, int64_t o,
                               struct pleat__reach *reach) {
    const int64_t divisor = pleat__common_divisor(axis->stride, axis->dilation),
                  taps_apart = axis->stride / divisor;
    *reach = (struct pleat__reach){
        .step = axis->dilation / divisor, .shrink = 1, .enlarge = axis->stride};
    int64_t place, tap = 0, last;
    if (!pleat__add(o, axis->padding_begin, &place))
        return false;
    while (tap < axis->kernel && tap < taps_apart && place % axis->stride != 0) {
        tap++;
        if (!pleat__subtract(place, axis->dilation, &place))
            return false;
    }
    if (tap == axis->kernel || place % axis->stride != 0)
        return true; /* a gap between taps: the bias alone */
    reach->count = (axis->kernel - 1 - tap) / taps_apart + 1;
    return pleat__multiply(reach->count - 1, reach->step, &last) &&
           pleat__subtract(place / axis->stride, last, &reach->first);
}

static bool find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    const struct conv_layer *conv = as_conv(layer);
    return (conv->op == PLEAT_CONV ? reach_of_conv : reach_of_transpose)(&conv->params.axis[axis],
                                                                         o, reach);
}

/* conv has w[OC][..], conv_transpose w[IC][OC/G][..]. */
static void weight_form(const struct pleat__layer *layer, int64_t *groups, int64_t *inputs) {
    const struct conv_layer *conv = as_conv(layer);
    const bool transpose = conv->op == PLEAT_CONV_TRANSPOSE;
    *groups = transpose ? conv->params.groups : 1;
    *inputs = transpose ? conv->params.in_channels / conv->params.groups : 1;
}

static const struct pleat__layer_kind conv_kind = {.backward_reads_input = true,
                                                   .describe = describe,
                                                   .prepare = prepare,
                                                   .release = release,
                                                   .forward = forward,
                                                   .backward = backward,
                                                   .reach = find_reach,
                                                   .weight_form = weight_form,
                                                   .stores_activation = true};

/* Checks the parameters alone, then against the input's channels and rank. */
static enum pleat_status check(const struct pleat_model *model, const char *name, const char *input,
                               const struct pleat_conv_params *params, struct pleat_error *error) {
    int64_t channels;
    int rank;
    PLEAT__TRY(pleat__model_layer_shape(model, input, &channels, &rank, error));
    const enum pleat_status status = pleat__conv_params_check(params, error);
    if (status != PLEAT_OK)
        return pleat__fail_in_layer(name, status, error);
    if (params->rank != rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "layer \"%s\": rank must be %d, as that of \"%s\", got %d", name, rank,
                           input, params->rank);
    if (params->in_channels != channels)
        return pleat__fail(
            error, PLEAT_INVALID_SHAPE,
            "layer \"%s\": in_channels must be %lld, as many as \"%s\" has, got %lld", name,
            (long long)channels, input, (long long)params->in_channels);
    return PLEAT_OK;
}

static enum pleat_status add(struct pleat_model *model, const char *name, const char *input,
                             enum pleat_operator op, const struct pleat_conv_params *params,
                             int bias, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(name, error);
    PLEAT__REQUIRE(params, error);
    PLEAT__TRY(check(model, name, input, params, error));
    const bool transpose = op == PLEAT_CONV_TRANSPOSE;
    const struct conv_layer layer = {.base = {.kind = &conv_kind,
                                              .label = transpose ? "conv_transpose" : "conv",
                                              .channels = params->out_channels,
                                              .rank = params->rank},
                                     .op = op,
                                     .params = *params};
    struct pleat__parameter_spec spec[2] = {
        {.suffix = "weight",
         .rank = 2 + params->rank,
         .extent = {transpose ? params->in_channels : params->out_channels,
                    (transpose ? params->out_channels : params->in_channels) / params->groups},
         .drawn = true},
        {.suffix = "bias", .rank = 1, .extent = {params->out_channels}}};
    for (int i = 0; i < params->rank; i++)
        spec[0].extent[2 + i] = params->axis[i].kernel;
    return pleat__model_add_layer(model, &layer.base, sizeof layer, name, 1, &input,
                                  bias != 0 ? 2 : 1, spec, error);
}

enum pleat_status pleat_model_add_conv(struct pleat_model *model, const char *name,
                                       const char *input, const struct pleat_conv_params *params,
                                       int bias, struct pleat_error *error) {
    return add(model, name, input, PLEAT_CONV, params, bias, error);
}

enum pleat_status pleat_model_add_conv_transpose(struct pleat_model *model, const char *name,
                                                 const char *input,
                                                 const struct pleat_conv_params *params, int bias,
                                                 struct pleat_error *error) {
    return add(model, name, input, PLEAT_CONV_TRANSPOSE, params, bias, error);
}
