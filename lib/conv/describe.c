/* What a plan says of itself. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "conv/plan.h"

/* The elements of one image's input and output, and of the weight. */
static double count_elements(const struct pleat__geometry *g) {
    const double coarse = (double)g->coarse_channels, fine = (double)g->fine_channels;
    return (double)g->groups *
           (coarse * (double)pleat__coarse_pixels(g) + fine * (double)pleat__fine_pixels(g) +
            coarse * fine * (double)pleat__taps(g));
}

static struct pleat_product_description
describe_product(const struct pleat_plan *plan, enum pleat__kind kind, enum pleat_pass pass) {
    const struct pleat__choice *choice = &plan->choice[kind];
    const struct pleat__work *work = &choice->work;
    const double elements = count_elements(&plan->geometry);
    struct pleat_product_description d = {
        .pass = pass,
        .method = work->method,
        .least_batch = work->least_batch,
        .fewer = pleat__work_for(choice, 0)->method,
        .formula_flops = pleat__formula_flops(&plan->geometry),
        .flops = work->flops,
        .bytes = elements * (double)pleat_dtype_size(plan->options.dtype),
        .bound = work->flops < PLEAT_MACHINE_BALANCE * elements ? PLEAT_BOUND_MEMORY
                                                                : PLEAT_BOUND_ARITHMETIC,
    };
    pleat__method(work->method)->describe(work, kind, d.tiles);
    if (d.least_batch > 0) {
        const size_t length = strlen(d.tiles);
        snprintf(d.tiles + length, sizeof d.tiles - length, "; fewer than %lld images: %s",
                 (long long)d.least_batch, pleat_method_name(d.fewer));
    }
    return d;
}

/* Appends as much of text as there is room for. */
static void add_text(char tiles[PLEAT_TILES_SIZE], const char *text) {
    const size_t length = strlen(tiles);
    snprintf(tiles + length, PLEAT_TILES_SIZE - length, "%s", text);
}

enum pleat_status pleat_plan_describe(const struct pleat_plan *plan, enum pleat_pass pass,
                                      struct pleat_plan_description *description,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(plan, error);
    PLEAT__REQUIRE(description, error);
    enum pleat__kind kinds[PLEAT__PASS_PRODUCTS];
    const int products = pleat__pass_products(plan, pass, kinds);
    if (products == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "pass %d is no pass", (int)pass);
    *description = (struct pleat_plan_description){.instructions = plan->options.instructions,
                                                   .threads = plan->options.threads,
                                                   .products = products};
    if (pass == PLEAT_FORWARD)
        description->packed_bytes = pleat__packed_bytes(plan);
    description->scratch_bytes = pleat_plan_scratch_size(plan, pass, &description->minimum_bytes);
    for (int i = 0; i < products; i++) {
        const enum pleat_pass one = kinds[i] == PLEAT__FILTER ? PLEAT_BACKWARD_FILTER
                                    : pass == PLEAT_FORWARD   ? PLEAT_FORWARD
                                                              : PLEAT_BACKWARD_INPUT;
        description->product[i] = describe_product(plan, kinds[i], one);
        if (pass == PLEAT_BACKWARD && plan->shares)
            add_text(description->product[i].tiles, ", unfolded once for both gradients");
    }
    return PLEAT_OK;
}

const char *pleat_pass_name(enum pleat_pass pass) {
    switch (pass) {
    case PLEAT_FORWARD:
        return "forward";
    case PLEAT_BACKWARD:
        return "backward";
    case PLEAT_BACKWARD_INPUT:
        return "backward_input";
    case PLEAT_BACKWARD_FILTER:
        return "backward_filter";
    }
    return "unknown";
}

const char *pleat_bound_name(enum pleat_bound bound) {
    switch (bound) {
    case PLEAT_BOUND_ARITHMETIC:
        return "arithmetic";
    case PLEAT_BOUND_MEMORY:
        return "memory";
    }
    return "unknown";
}
