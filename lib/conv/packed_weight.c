/* Packed weights: a method that rearranges or transforms the weight does so once, others read a copy. */
#include "conv/packed_weight.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static enum pleat__kind forward_kind(const struct pleat_plan *plan) {
    enum pleat__kind kinds[PLEAT__PASS_PRODUCTS];
    pleat__pass_products(plan, PLEAT_FORWARD, kinds);
    return kinds[0];
}

static size_t weight_bytes(const struct pleat_plan *plan) {
    const struct pleat__geometry *g = &plan->geometry;
    return (size_t)(g->groups * g->coarse_channels * g->fine_channels * pleat__taps(g)) *
           pleat_dtype_size(plan->options.dtype);
}

size_t pleat__packed_bytes(const struct pleat_plan *plan) {
    const size_t packed = plan->work[forward_kind(plan)].packed_bytes;
    return packed > 0 ? packed : weight_bytes(plan);
}

/* Overwrites the memory of *made with the weight. */
static enum pleat_status pack(const struct pleat_packed_weight *made, const struct pleat_plan *plan,
                              const void *weight, struct pleat_error *error) {
    if (!made->packed) {
        memcpy(made->data, weight, weight_bytes(plan));
        return PLEAT_OK;
    }
    const struct pleat__work *work = &plan->work[made->kind];
    char *scratch = pleat__allocate(work->shared_bytes, 1);
    if (scratch == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to pack a weight with");
    const struct pleat__product product = {.geometry = &plan->geometry,
                                           .work = work,
                                           .threads = plan->options.threads,
                                           .scratch = scratch};
    const struct pleat__products *products = &plan->kernels->methods[work->method];
    (made->kind == PLEAT__FOLD ? products->pack_for_fold
                               : products->pack_for_unfold)(&product, weight, made->data);
    pleat__free(scratch);
    return PLEAT_OK;
}

enum pleat_status pleat_packed_weight_create(struct pleat_packed_weight **packed,
                                             const struct pleat_plan *plan,
                                             const struct pleat_tensor *weight,
                                             struct pleat_error *error) {
    PLEAT__REQUIRE(packed, error);
    PLEAT__REQUIRE(plan, error);
    PLEAT__TRY(pleat__plan_check_weight(plan, "weight", weight, error));
    const enum pleat__kind kind = forward_kind(plan);
    struct pleat_packed_weight *made = pleat__allocate(1, sizeof *made);
    void *data = pleat__allocate(pleat__packed_bytes(plan), 1);
    enum pleat_status status;
    if (made == NULL || data == NULL) {
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a packed weight");
    } else {
        *made = (struct pleat_packed_weight){.kind = kind,
                                             .geometry = plan->geometry,
                                             .method = plan->work[kind].method,
                                             .dtype = plan->options.dtype,
                                             .instructions = plan->options.instructions,
                                             .packed = plan->work[kind].packed_bytes > 0,
                                             .data = data};
        status = pack(made, plan, weight->data, error);
    }
    if (status != PLEAT_OK) {
        pleat__free(data);
        pleat__free(made);
        return status;
    }
    *packed = made;
    return PLEAT_OK;
}

void pleat_packed_weight_free(struct pleat_packed_weight *packed) {
    if (packed != NULL)
        pleat__free(packed->data);
    pleat__free(packed);
}

enum pleat_status pleat__packed_weight_check(const struct pleat_packed_weight *weight,
                                             const struct pleat_plan *plan,
                                             struct pleat_error *error) {
    PLEAT__REQUIRE(weight, error);
    const enum pleat__kind kind = forward_kind(plan);
    const struct pleat__work *work = &plan->work[kind];
    const char *other = NULL;
    if (weight->dtype != plan->options.dtype)
        other = "type";
    else if (weight->kind != kind)
        other = "operator";
    else if (memcmp(&weight->geometry, &plan->geometry, sizeof plan->geometry) != 0)
        other = "geometry"; /* a struct of integers of one size has no padding */
    else if (weight->method != work->method)
        other = "method";
    else if (weight->instructions != plan->options.instructions)
        other = "instruction set";
    if (other != NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "weight was packed for a plan of another %s", other);
    return PLEAT_OK;
}
