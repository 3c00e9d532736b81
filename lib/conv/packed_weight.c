/* Packed weights: a method that rearranges or transforms the weight does so once, others read a copy. */
#include "conv/packed_weight.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "conv/operands.h"

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

static const struct pleat__choice *forward_choice(const struct pleat_plan *plan) {
    return &plan->choice[forward_kind(plan)];
}

/* The bytes of the weight as that work reads it, aligned. */
static size_t form_bytes(const struct pleat_plan *plan, const struct pleat__work *work) {
    const size_t bytes = work->packed_bytes > 0 ? work->packed_bytes : weight_bytes(plan);
    return pleat__aligned(bytes);
}

size_t pleat__packed_bytes(const struct pleat_plan *plan) {
    const struct pleat__choice *choice = forward_choice(plan);
    return form_bytes(plan, &choice->work) +
           (choice->work.least_batch > 0 ? form_bytes(plan, &choice->fewer) : 0);
}

/* Overwrites data with the weight as that work of a plan reads it. */
static enum pleat_status pack(const struct pleat_plan *plan, const struct pleat__work *work,
                              const void *weight, void *data, struct pleat_error *error) {
    if (work->packed_bytes == 0) {
        memcpy(data, weight, weight_bytes(plan));
        return PLEAT_OK;
    }
    char *scratch = pleat__allocate(work->shared_bytes, 1);
    if (scratch == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to pack a weight with");
    const struct pleat__product product = {.geometry = &plan->geometry,
                                           .work = work,
                                           .threads = plan->options.threads,
                                           .scratch = scratch};
    const struct pleat__products *products = &plan->kernels->methods[work->method];
    (forward_kind(plan) == PLEAT__FOLD ? products->pack_for_fold
                                       : products->pack_for_unfold)(&product, weight, data);
    pleat__free(scratch);
    return PLEAT_OK;
}

/* Overwrites the memory of *made with the weight in all its forms. */
static enum pleat_status pack_all(const struct pleat_packed_weight *made,
                                  const struct pleat_plan *plan, const void *weight,
                                  struct pleat_error *error) {
    const struct pleat__choice *choice = forward_choice(plan);
    PLEAT__TRY(pack(plan, &choice->work, weight, made->data, error));
    if (choice->work.least_batch > 0)
        PLEAT__TRY(pack(plan, &choice->fewer, weight, made->fewer_data, error));
    return PLEAT_OK;
}

enum pleat_status pleat_packed_weight_create(struct pleat_packed_weight **packed,
                                             const struct pleat_plan *plan,
                                             const struct pleat_tensor *weight,
                                             struct pleat_error *error) {
    PLEAT__REQUIRE(packed, error);
    PLEAT__REQUIRE(plan, error);
    PLEAT__TRY(pleat__check_weight(plan, "weight", weight, error));
    const struct pleat__choice *choice = forward_choice(plan);
    struct pleat_packed_weight *made = pleat__allocate(1, sizeof *made);
    char *data = pleat__allocate(pleat__packed_bytes(plan), 1);
    enum pleat_status status;
    if (made == NULL || data == NULL) {
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a packed weight");
    } else {
        *made = (struct pleat_packed_weight){.kind = forward_kind(plan),
                                             .geometry = plan->geometry,
                                             .method = choice->work.method,
                                             .fewer = choice->fewer.method,
                                             .dtype = plan->options.dtype,
                                             .instructions = plan->options.instructions,
                                             .data = data,
                                             .fewer_data = data + form_bytes(plan, &choice->work)};
        status = pack_all(made, plan, weight->data, error);
    }
    if (status != PLEAT_OK) {
        pleat__free(data);
        pleat__free(made);
        return status;
    }
    *packed = made;
    return PLEAT_OK;
}

const void *pleat__packed_for(const struct pleat_packed_weight *weight,
                              const struct pleat_plan *plan, int64_t batch, bool *packed) {
    const struct pleat__choice *choice = forward_choice(plan);
    const struct pleat__work *work = pleat__work_for(choice, batch);
    *packed = work->packed_bytes > 0;
    return work == &choice->work ? weight->data : weight->fewer_data;
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
    const struct pleat__choice *choice = forward_choice(plan);
    const char *other = NULL;
    if (weight->dtype != plan->options.dtype)
        other = "type";
    else if (weight->kind != forward_kind(plan))
        other = "operator";
    else if (memcmp(&weight->geometry, &plan->geometry, sizeof plan->geometry) != 0)
        other = "geometry"; /* a struct of integers of one size has no padding */
    else if (weight->method != choice->work.method || weight->fewer != choice->fewer.method)
        other = "method";
    else if (weight->instructions != plan->options.instructions)
        other = "instruction set";
    if (other != NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "weight was packed for a plan of another %s", other);
    return PLEAT_OK;
}
