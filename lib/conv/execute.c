/* Executing a plan: the checks of its tensors, and the products that make its passes. */
#include <math.h>

#include <pleat/conv.h>

#include "base/error.h"
#include "base/memory.h"
#include "conv/gemm.h"
#include "conv/operands.h"
#include "conv/packed_weight.h"

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
    const size_t minimum = pleat__pass_scratch(plan, pass, 1);
    if (scratch == NULL || scratch_bytes < minimum)
        return pleat__fail(error, PLEAT_SCRATCH_TOO_SMALL,
                           "scratch must hold at least %zu bytes, got %zu%s", minimum,
                           scratch_bytes, scratch == NULL ? " at NULL" : "");
    int threads = plan->options.threads;
    while (threads > 1 && pleat__pass_scratch(plan, pass, threads) > scratch_bytes)
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

/* Overwrites *made with the activation as the products take it; *is_some tells whether there is one. */
static enum pleat_status take_activation(const struct pleat_plan *plan,
                                         const struct pleat_activation *activation,
                                         struct pleat__activation *made, bool *is_some,
                                         struct pleat_error *error) {
    *is_some = activation != NULL && activation->function != PLEAT_FUNCTION_NONE;
    if (!*is_some)
        return PLEAT_OK;
    *made =
        (struct pleat__activation){.function = activation->function, .slope = activation->slope};
    switch (activation->function) {
    case PLEAT_FUNCTION_NONE:
    case PLEAT_FUNCTION_RELU:
        return PLEAT_OK;
    case PLEAT_FUNCTION_LEAKY_RELU:
        if (!isfinite(activation->slope))
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "slope must be finite, got %g",
                               activation->slope);
        return PLEAT_OK;
    case PLEAT_FUNCTION_PRELU:
        PLEAT__TRY(pleat__check_channels(plan, "slopes", activation->slopes, error));
        made->slopes = activation->slopes->data;
        return PLEAT_OK;
    }
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "function %d is no function",
                       (int)activation->function);
}

/* The forward pass with a weight that has been checked, or a packed one. */
static enum pleat_status forward(const struct pleat_plan *plan, const struct pleat_tensor *input,
                                 const void *weight, const struct pleat_packed_weight *packed,
                                 const struct pleat_tensor *bias,
                                 const struct pleat_activation *activation,
                                 const struct pleat_tensor *output, void *scratch,
                                 size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(input, error);
    const int64_t batch = pleat__batch_of(input);
    PLEAT__TRY(pleat__check_batch(plan, batch, error));
    PLEAT__TRY(pleat__check_input(plan, "input", input, batch, error));
    if (bias != NULL)
        PLEAT__TRY(pleat__check_channels(plan, "bias", bias, error));
    PLEAT__TRY(pleat__check_output(plan, "output", output, batch, error));
    struct pleat__activation made;
    bool is_some;
    PLEAT__TRY(take_activation(plan, activation, &made, &is_some, error));
    struct pleat__product product;
    struct pleat__gemm_region region;
    PLEAT__TRY(
        begin_pass(plan, PLEAT_FORWARD, batch, scratch, scratch_bytes, &product, &region, error));
    if (packed != NULL)
        weight = pleat__packed_for(packed, plan, batch, &product.packed);
    if (is_some)
        product.activation = &made;
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
    PLEAT__TRY(pleat__check_weight(plan, "weight", weight, error));
    return forward(plan, input, weight->data, NULL, bias, NULL, output, scratch, scratch_bytes,
                   error);
}

enum pleat_status pleat_plan_forward_packed(const struct pleat_plan *plan,
                                            const struct pleat_tensor *input,
                                            const struct pleat_packed_weight *weight,
                                            const struct pleat_tensor *bias,
                                            const struct pleat_tensor *output, void *scratch,
                                            size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__TRY(pleat__packed_weight_check(weight, plan, error));
    return forward(plan, input, NULL, weight, bias, NULL, output, scratch, scratch_bytes, error);
}

enum pleat_status pleat_plan_forward_activated(const struct pleat_plan *plan,
                                               const struct pleat_tensor *input,
                                               const struct pleat_tensor *weight,
                                               const struct pleat_packed_weight *packed,
                                               const struct pleat_tensor *bias,
                                               const struct pleat_activation *activation,
                                               const struct pleat_tensor *output, void *scratch,
                                               size_t scratch_bytes, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    if ((weight == NULL) == (packed == NULL))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "one of weight and packed must be NULL, and only one");
    if (packed != NULL)
        PLEAT__TRY(pleat__packed_weight_check(packed, plan, error));
    else
        PLEAT__TRY(pleat__check_weight(plan, "weight", weight, error));
    return forward(plan, input, weight != NULL ? weight->data : NULL, packed, bias, activation,
                   output, scratch, scratch_bytes, error);
}

/* The checks of pleat_plan_backward; what is not wanted is not needed. */
static enum pleat_status
check_backward(const struct pleat_plan *plan, const struct pleat_tensor *input,
               const struct pleat_tensor *weight, const struct pleat_tensor *grad_output,
               const struct pleat_tensor *grad_input, const struct pleat_tensor *grad_weight,
               const struct pleat_tensor *grad_bias, struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__REQUIRE(grad_output, error);
    const int64_t batch = pleat__batch_of(grad_output);
    PLEAT__TRY(pleat__check_batch(plan, batch, error));
    PLEAT__TRY(pleat__check_output(plan, "grad_output", grad_output, batch, error));
    if (grad_weight != NULL && input == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "grad_weight needs input, which is NULL");
    if (grad_input != NULL && weight == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "grad_input needs weight, which is NULL");
    if (input != NULL)
        PLEAT__TRY(pleat__check_input(plan, "input", input, batch, error));
    if (weight != NULL)
        PLEAT__TRY(pleat__check_weight(plan, "weight", weight, error));
    if (grad_input != NULL)
        PLEAT__TRY(pleat__check_input(plan, "grad_input", grad_input, batch, error));
    if (grad_weight != NULL)
        PLEAT__TRY(pleat__check_weight(plan, "grad_weight", grad_weight, error));
    if (grad_bias != NULL)
        PLEAT__TRY(pleat__check_channels(plan, "grad_bias", grad_bias, error));
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
    PLEAT__TRY(begin_pass(plan, pass, pleat__batch_of(grad_output), scratch, scratch_bytes,
                          &product, &region, error));
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
