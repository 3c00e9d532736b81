/* Plans: the geometry and tiles of one operator, and how the three products make its passes. */
#include <omp.h>

#include <pleat/conv.h>

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/gemm.h"
#include "conv/instructions.h"
#include "conv/packed_weight.h"
#include "conv/plan.h"

struct pleat_plan_options pleat_plan_options_init(void) {
    return (struct pleat_plan_options){.dtype = PLEAT_FLOAT32};
}

static enum pleat_status check_options(const struct pleat_plan_options *options,
                                       struct pleat_error *error) {
    if (pleat_dtype_size(options->dtype) == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "dtype %d is no element type",
                           (int)options->dtype);
    if (options->threads < 0 || options->threads > PLEAT_MAX_THREADS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "threads must be 0 to %d, got %d",
                           PLEAT_MAX_THREADS, options->threads);
    if ((int)options->method < 0 || options->method > PLEAT_METHOD_LAST)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "method %d is no method",
                           (int)options->method);
    if (options->instructions != PLEAT_INSTRUCTIONS_AUTO &&
        !pleat__instructions_present(options->instructions))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "instructions \"%s\" are not present",
                           pleat_instructions_name(options->instructions));
    return PLEAT_OK;
}

/* Whether both gradients unfold the same thing, and their method has a way to do so once. */
static bool choose_both(struct pleat_plan *plan) {
    const struct pleat__choice *unfold = &plan->choice[PLEAT__UNFOLD];
    const struct pleat__choice *filter = &plan->choice[PLEAT__FILTER];
    const enum pleat_method method = unfold->work.method;
    return plan->op == PLEAT_CONV_TRANSPOSE && filter->work.method == method &&
           plan->kernels->methods[method].both != NULL && unfold->work.least_batch == 0 &&
           filter->work.least_batch == 0 &&
           pleat__make_ready(&plan->both, PLEAT__BOTH, &plan->geometry,
                             pleat_dtype_size(plan->options.dtype), method, false,
                             NULL) == PLEAT_OK;
}

/* Makes a product ready as the options ask. */
static enum pleat_status choose_product(struct pleat_plan *plan, enum pleat__kind kind,
                                        struct pleat_error *error) {
    const struct pleat_plan_options *o = &plan->options;
    const size_t element = pleat_dtype_size(o->dtype);
    struct pleat__choice *choice = &plan->choice[kind];
    return o->method == PLEAT_METHOD_AUTO
               ? pleat__choose(choice, kind, &plan->geometry, element, o->exact, error)
               : pleat__make_ready(&choice->work, kind, &plan->geometry, element, o->method,
                                   o->exact, error);
}

/* The most scratch that a thread takes for a product, whatever the batch. */
static size_t thread_bytes(const struct pleat__choice *choice) {
    const size_t work = choice->work.thread_bytes, fewer = choice->fewer.thread_bytes;
    return work > fewer ? work : fewer;
}

enum pleat_status pleat_plan_create(struct pleat_plan **plan, enum pleat_operator op,
                                    const struct pleat_conv_params *params,
                                    const int64_t *in_extent,
                                    const struct pleat_plan_options *options,
                                    struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    struct pleat_plan made = {.op = op,
                              .options = options != NULL ? *options : pleat_plan_options_init()};
    PLEAT__TRY(check_options(&made.options, error));
    PLEAT__TRY(pleat__geometry_create(&made.geometry, op, params, in_extent, error));
    for (enum pleat__kind kind = 0; kind < PLEAT__BOTH; kind++)
        PLEAT__TRY(choose_product(&made, kind, error));
    made.params = *params;
    for (int i = 0; i < params->rank; i++)
        made.in_extent[i] = in_extent[i];
    if (made.options.threads == 0)
        made.options.threads = (int)pleat__min(omp_get_max_threads(), PLEAT_MAX_THREADS);
    if (made.options.instructions == PLEAT_INSTRUCTIONS_AUTO)
        made.options.instructions = pleat__instructions_best();
    made.kernels = pleat__kernels(made.options.dtype, made.options.instructions);
    made.shares = choose_both(&made);
    for (enum pleat__kind kind = 0; kind < PLEAT__BOTH; kind++)
        if (thread_bytes(&made.choice[kind]) > (size_t)(INT64_MAX / 4 / made.options.threads))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the scratch of %d threads does not fit in 63 bits",
                               made.options.threads);
    struct pleat_plan *memory = pleat__allocate(1, sizeof *memory);
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a plan");
    *memory = made;
    *plan = memory;
    return PLEAT_OK;
}

void pleat_plan_free(struct pleat_plan *plan) {
    pleat__free(plan);
}

static int image_extent(const struct pleat_plan *plan, int64_t batch, int64_t channels,
                        const int64_t *spatial, int64_t extent[PLEAT_MAX_RANK]) {
    extent[0] = batch;
    extent[1] = channels;
    for (int i = 0; i < plan->params.rank; i++)
        extent[2 + i] = spatial[i];
    return plan->params.rank + 2;
}

int pleat_plan_input_extent(const struct pleat_plan *plan, int64_t batch,
                            int64_t extent[PLEAT_MAX_RANK]) {
    return image_extent(plan, batch, plan->params.in_channels, plan->in_extent, extent);
}

int pleat_plan_output_extent(const struct pleat_plan *plan, int64_t batch,
                             int64_t extent[PLEAT_MAX_RANK]) {
    const struct pleat__geometry *g = &plan->geometry;
    const int64_t *spatial = plan->op == PLEAT_CONV_TRANSPOSE ? g->fine : g->coarse;
    return image_extent(plan, batch, plan->params.out_channels,
                        spatial + PLEAT_MAX_AXES - plan->params.rank, extent);
}

int pleat_plan_weight_extent(const struct pleat_plan *plan, int64_t extent[PLEAT_MAX_RANK]) {
    const struct pleat__geometry *g = &plan->geometry;
    extent[0] = g->groups * g->coarse_channels;
    extent[1] = g->fine_channels;
    for (int i = 0; i < plan->params.rank; i++)
        extent[2 + i] = plan->params.axis[i].kernel;
    return plan->params.rank + 2;
}

int pleat__pass_products(const struct pleat_plan *plan, enum pleat_pass pass,
                         enum pleat__kind kinds[PLEAT__PASS_PRODUCTS]) {
    const bool transpose = plan->op == PLEAT_CONV_TRANSPOSE;
    switch (pass) {
    case PLEAT_FORWARD:
        kinds[0] = transpose ? PLEAT__FOLD : PLEAT__UNFOLD;
        return 1;
    case PLEAT_BACKWARD_INPUT:
    case PLEAT_BACKWARD:
        kinds[0] = transpose ? PLEAT__UNFOLD : PLEAT__FOLD;
        kinds[1] = PLEAT__FILTER;
        return pass == PLEAT_BACKWARD ? 2 : 1;
    case PLEAT_BACKWARD_FILTER:
        kinds[0] = PLEAT__FILTER;
        return 1;
    }
    return 0;
}

static size_t work_bytes(const struct pleat__work *work, int threads) {
    return work->shared_bytes + (size_t)threads * work->thread_bytes;
}

/* What a product takes, whatever the batch. */
static size_t choice_bytes(const struct pleat__choice *choice, int threads) {
    const size_t work = work_bytes(&choice->work, threads);
    const size_t fewer = work_bytes(&choice->fewer, threads);
    return work > fewer ? work : fewer;
}

/* Room to align the caller's scratch, then the largest of the pass's products, which are also
 * executed alone. */
static size_t scratch_size(const struct pleat_plan *plan, enum pleat_pass pass, int threads) {
    enum pleat__kind kinds[PLEAT__PASS_PRODUCTS];
    const int products = pleat__pass_products(plan, pass, kinds);
    size_t largest = 0;
    for (int i = 0; i < products; i++) {
        const size_t bytes = choice_bytes(&plan->choice[kinds[i]], threads);
        largest = bytes > largest ? bytes : largest;
    }
    if (pass == PLEAT_BACKWARD && plan->shares) {
        const size_t bytes = work_bytes(&plan->both, threads);
        largest = bytes > largest ? bytes : largest;
    }
    return largest + PLEAT__ALIGNMENT;
}

size_t pleat_plan_scratch_size(const struct pleat_plan *plan, enum pleat_pass pass,
                               size_t *minimum) {
    if (minimum != NULL)
        *minimum = scratch_size(plan, pass, 1);
    return scratch_size(plan, pass, plan->options.threads);
}

/* Refuses a tensor that is not the one the plan expects. */
static enum pleat_status check_tensor(const struct pleat_plan *plan,
                                      const struct pleat_tensor *tensor, const char *name, int rank,
                                      const int64_t *extent, struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_expect(tensor, name, rank, extent, error));
    if (tensor->dtype != plan->options.dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s is %s, but the plan is %s", name,
                           pleat_dtype_name(tensor->dtype), pleat_dtype_name(plan->options.dtype));
    return PLEAT_OK;
}

/* A tensor without extents has no batch; its rank is refused later. */
static int64_t batch_of(const struct pleat_tensor *tensor) {
    return tensor->rank > 0 ? tensor->extent[0] : 0;
}

/* Refuses a batch that is negative or whose bytes cannot be counted. */
static enum pleat_status check_batch(const struct pleat_plan *plan, int64_t batch,
                                     struct pleat_error *error) {
    const struct pleat__geometry *g = &plan->geometry;
    const int64_t largest = pleat__max(g->coarse_channels * pleat__coarse_pixels(g),
                                       g->fine_channels * pleat__fine_pixels(g));
    int64_t bytes;
    if (batch < 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "the batch must be at least 0, got %lld",
                           (long long)batch);
    if (!pleat__multiply(batch, largest * g->groups * (int64_t)sizeof(double), &bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the bytes of a batch of %lld do not fit",
                           (long long)batch);
    return PLEAT_OK;
}

static enum pleat_status check_input(const struct pleat_plan *plan, const char *name,
                                     const struct pleat_tensor *tensor, int64_t batch,
                                     struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_input_extent(plan, batch, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

static enum pleat_status check_output(const struct pleat_plan *plan, const char *name,
                                      const struct pleat_tensor *tensor, int64_t batch,
                                      struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_output_extent(plan, batch, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

enum pleat_status pleat__plan_check_weight(const struct pleat_plan *plan, const char *name,
                                           const struct pleat_tensor *tensor,
                                           struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    const int rank = pleat_plan_weight_extent(plan, extent);
    return check_tensor(plan, tensor, name, rank, extent, error);
}

static enum pleat_status check_bias(const struct pleat_plan *plan, const char *name,
                                    const struct pleat_tensor *tensor, struct pleat_error *error) {
    return check_tensor(plan, tensor, name, 1, &plan->params.out_channels, error);
}

/* Whether a product of the pass calls the BLAS, whose threads are then to be held. */
static bool calls_gemm(const struct pleat_plan *plan, enum pleat_pass pass, int64_t batch) {
    enum pleat__kind kinds[PLEAT__PASS_PRODUCTS];
    const int products = pleat__pass_products(plan, pass, kinds);
    for (int i = 0; i < products; i++)
        if (pleat__work_for(&plan->choice[kinds[i]], batch)->method == PLEAT_METHOD_TILED)
            return true;
    return false;
}

/* Lays out the scratch of one pass, as many threads as it holds, and opens a gemm region if need
 * be: until end_pass. */
static enum pleat_status begin_pass(const struct pleat_plan *plan, enum pleat_pass pass,
                                    int64_t batch, void *scratch, size_t scratch_bytes,
                                    struct pleat__product *product,
                                    struct pleat__gemm_region *region, struct pleat_error *error) {
    const size_t minimum = scratch_size(plan, pass, 1);
    if (scratch == NULL || scratch_bytes < minimum)
        return pleat__fail(error, PLEAT_SCRATCH_TOO_SMALL,
                           "scratch must hold at least %zu bytes, got %zu%s", minimum,
                           scratch_bytes, scratch == NULL ? " at NULL" : "");
    int threads = plan->options.threads;
    while (threads > 1 && scratch_size(plan, pass, threads) > scratch_bytes)
        threads--;
    const uintptr_t misaligned = (uintptr_t)scratch % PLEAT__ALIGNMENT;
    *region = calls_gemm(plan, pass, batch) ? pleat__gemm_begin(threads)
                                            : (struct pleat__gemm_region){.threads = threads};
    *product = (struct pleat__product){
        .geometry = &plan->geometry,
        .batch = batch,
        .threads = region->threads,
        .scratch = (char *)scratch + (misaligned == 0 ? 0 : PLEAT__ALIGNMENT - misaligned),
    };
    return PLEAT_OK;
}

static void end_pass(const struct pleat_plan *plan, enum pleat_pass pass, int64_t batch,
                     const struct pleat__gemm_region *region) {
    if (calls_gemm(plan, pass, batch))
        pleat__gemm_end(region);
}

/* The fold or the unfold product: to is overwritten. */
static void transform(const struct pleat_plan *plan, enum pleat_pass pass,
                      struct pleat__product *product, const void *from, const void *weight,
                      const void *bias, void *to) {
    enum pleat__kind kinds[PLEAT__PASS_PRODUCTS];
    pleat__pass_products(plan, pass, kinds);
    product->work = pleat__work_for(&plan->choice[kinds[0]], product->batch);
    const struct pleat__products *products = &plan->kernels->methods[product->work->method];
    (kinds[0] == PLEAT__FOLD ? products->fold : products->unfold)(product, from, weight, bias, to);
}

/* The forward pass with a weight that has been checked, or a packed one. */
static enum pleat_status forward(const struct pleat_plan *plan, const struct pleat_tensor *input,
                                 const void *weight, const struct pleat_packed_weight *packed,
                                 const struct pleat_tensor *bias, const struct pleat_tensor *output,
                                 void *scratch, size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(input, error);
    const int64_t batch = batch_of(input);
    PLEAT__TRY(check_batch(plan, batch, error));
    PLEAT__TRY(check_input(plan, "input", input, batch, error));
    if (bias != NULL)
        PLEAT__TRY(check_bias(plan, "bias", bias, error));
    PLEAT__TRY(check_output(plan, "output", output, batch, error));
    struct pleat__product product;
    struct pleat__gemm_region region;
    PLEAT__TRY(
        begin_pass(plan, PLEAT_FORWARD, batch, scratch, scratch_bytes, &product, &region, error));
    if (packed != NULL)
        weight = pleat__packed_for(packed, plan, batch, &product.packed);
    transform(plan, PLEAT_FORWARD, &product, input->data, weight, bias != NULL ? bias->data : NULL,
              output->data);
    end_pass(plan, PLEAT_FORWARD, batch, &region);
    return PLEAT_OK;
}

enum pleat_status pleat_plan_forward(const struct pleat_plan *plan,
                                     const struct pleat_tensor *input,
                                     const struct pleat_tensor *weight,
                                     const struct pleat_tensor *bias,
                                     const struct pleat_tensor *output, void *scratch,
                                     size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__TRY(pleat__plan_check_weight(plan, "weight", weight, error));
    return forward(plan, input, weight->data, NULL, bias, output, scratch, scratch_bytes, error);
}

enum pleat_status pleat_plan_forward_packed(const struct pleat_plan *plan,
                                            const struct pleat_tensor *input,
                                            const struct pleat_packed_weight *weight,
                                            const struct pleat_tensor *bias,
                                            const struct pleat_tensor *output, void *scratch,
                                            size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__TRY(pleat__packed_weight_check(weight, plan, error));
    return forward(plan, input, NULL, weight, bias, output, scratch, scratch_bytes, error);
}

/* The checks of pleat_plan_backward; what is not wanted is not needed. */
static enum pleat_status
check_backward(const struct pleat_plan *plan, const struct pleat_tensor *input,
               const struct pleat_tensor *weight, const struct pleat_tensor *grad_output,
               const struct pleat_tensor *grad_input, const struct pleat_tensor *grad_weight,
               const struct pleat_tensor *grad_bias, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__REQUIRE(grad_output, error);
    const int64_t batch = batch_of(grad_output);
    PLEAT__TRY(check_batch(plan, batch, error));
    PLEAT__TRY(check_output(plan, "grad_output", grad_output, batch, error));
    if (grad_weight != NULL && input == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "grad_weight needs input, which is NULL");
    if (grad_input != NULL && weight == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "grad_input needs weight, which is NULL");
    if (input != NULL)
        PLEAT__TRY(check_input(plan, "input", input, batch, error));
    if (weight != NULL)
        PLEAT__TRY(pleat__plan_check_weight(plan, "weight", weight, error));
    if (grad_input != NULL)
        PLEAT__TRY(check_input(plan, "grad_input", grad_input, batch, error));
    if (grad_weight != NULL)
        PLEAT__TRY(pleat__plan_check_weight(plan, "grad_weight", grad_weight, error));
    if (grad_bias != NULL)
        PLEAT__TRY(check_bias(plan, "grad_bias", grad_bias, error));
    return PLEAT_OK;
}

enum pleat_status
pleat_plan_backward(const struct pleat_plan *plan, const struct pleat_tensor *input,
                    const struct pleat_tensor *weight, const struct pleat_tensor *grad_output,
                    const struct pleat_tensor *grad_input, const struct pleat_tensor *grad_weight,
                    const struct pleat_tensor *grad_bias, void *scratch, size_t scratch_bytes,
                    struct pleat_error *error) {
    PLEAT__TRY(check_backward(plan, input, weight, grad_output, grad_input, grad_weight, grad_bias,
                              error));
    struct pleat__product product;
    struct pleat__gemm_region region;
    const enum pleat_pass pass = grad_input == NULL    ? PLEAT_BACKWARD_FILTER
                                 : grad_weight == NULL ? PLEAT_BACKWARD_INPUT
                                                       : PLEAT_BACKWARD;
    PLEAT__TRY(begin_pass(plan, pass, batch_of(grad_output), scratch, scratch_bytes, &product,
                          &region, error));
    const bool shares = pass == PLEAT_BACKWARD && plan->shares;
    if (shares) {
        product.work = &plan->both;
        plan->kernels->methods[product.work->method].both(&product, input->data, grad_output->data,
                                                          weight->data, grad_input->data,
                                                          grad_weight->data);
    }
    if (grad_input != NULL && !shares)
        transform(plan, pass, &product, grad_output->data, weight->data, NULL, grad_input->data);
    if (grad_weight != NULL && !shares) {
        const bool transpose = plan->op == PLEAT_CONV_TRANSPOSE;
        const void *coarse = transpose ? input->data : grad_output->data;
        const void *fine = transpose ? grad_output->data : input->data;
        product.work = pleat__work_for(&plan->choice[PLEAT__FILTER], product.batch);
        plan->kernels->methods[product.work->method].filter(&product, coarse, fine,
                                                            grad_weight->data);
    }
    if (grad_bias != NULL) {
        int64_t extent[PLEAT_MAX_RANK], pixels = 1;
        const int rank = pleat_plan_output_extent(plan, 1, extent);
        for (int i = 2; i < rank; i++)
            pixels *= extent[i];
        plan->kernels->bias(&product, grad_output->data, extent[1], pixels, grad_bias->data);
    }
    end_pass(plan, pass, product.batch, &region);
    return PLEAT_OK;
}
