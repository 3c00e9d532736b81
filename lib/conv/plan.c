/* Making a plan: the geometry of one operator, its products made ready, and what they take. */
#include <omp.h>

#include <pleat/conv.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/instructions.h"
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

size_t pleat__pass_scratch(const struct pleat_plan *plan, enum pleat_pass pass, int threads) {
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
        *minimum = pleat__pass_scratch(plan, pass, 1);
    return pleat__pass_scratch(plan, pass, plan->options.threads);
}
