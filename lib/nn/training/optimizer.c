/* Optimizers over the parameters of a model. */
#include <stdbool.h>

#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"
#include "nn/training/update.h"

#include "base/error.h"
#include "base/memory.h"

struct pleat_optimizer {
    struct pleat_model *model;
    bool is_adam;
    struct pleat_sgd_options sgd;
    struct pleat_adam_options adam;
    int64_t steps;
    /* State, each block laid out as the model's parameters are: SGD's velocity or Adam's first
     * moment, and Adam's second. */
    unsigned char *first, *second;
};

static enum pleat_status create(struct pleat_optimizer **optimizer, struct pleat_model *model,
                                const struct pleat_optimizer *prototype,
                                struct pleat_error *error) {
    PLEAT__REQUIRE(optimizer, error);
    PLEAT__REQUIRE(model, error);
    if (model->grads == NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model must be compiled for training before its optimizer is made");
    struct pleat_optimizer *created = pleat__allocate(1, sizeof *created);
    unsigned char *first = pleat__allocate(model->block_bytes, 1);
    unsigned char *second = prototype->is_adam ? pleat__allocate(model->block_bytes, 1) : NULL;
    if (created == NULL || first == NULL || (prototype->is_adam && second == NULL)) {
        pleat__free(created);
        pleat__free(first);
        pleat__free(second);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for an optimizer's state");
    }
    *created = *prototype;
    created->model = model;
    created->first = first;
    created->second = second;
    *optimizer = created;
    return PLEAT_OK;
}

enum pleat_status pleat_optimizer_create_sgd(struct pleat_optimizer **optimizer,
                                             struct pleat_model *model,
                                             const struct pleat_sgd_options *options,
                                             struct pleat_error *error) {
    PLEAT__TRY(pleat__sgd_check(options, error));
    const struct pleat_optimizer prototype = {.sgd = *options};
    return create(optimizer, model, &prototype, error);
}

enum pleat_status pleat_optimizer_create_adam(struct pleat_optimizer **optimizer,
                                              struct pleat_model *model,
                                              const struct pleat_adam_options *options,
                                              struct pleat_error *error) {
    PLEAT__TRY(pleat__adam_check(options, error));
    const struct pleat_optimizer prototype = {.is_adam = true, .adam = *options};
    return create(optimizer, model, &prototype, error);
}

void pleat_optimizer_free(struct pleat_optimizer *optimizer) {
    if (optimizer == NULL)
        return;
    pleat__free(optimizer->first);
    pleat__free(optimizer->second);
    pleat__free(optimizer);
}

/* Where a parameter's part of each block begins. */
static ptrdiff_t offset_of(const struct pleat_model *model, const struct pleat_parameter *p) {
    return (unsigned char *)p->value.data - (unsigned char *)model->values;
}

void pleat_optimizer_step(struct pleat_optimizer *optimizer) {
    if (optimizer == NULL)
        return;
    const struct pleat_model *model = optimizer->model;
    const struct pleat__kernels *kernels = pleat__kernels(model->dtype);
    optimizer->steps += optimizer->steps < INT64_MAX;
    for (int i = 0; i < model->parameter_count; i++) {
        const struct pleat_parameter *p = &model->parameter[i];
        if (p->rate == 0) /* frozen: 0 times an infinite gradient would not be 0 */
            continue;
        const int64_t count = pleat_tensor_size(&p->value);
        const ptrdiff_t offset = offset_of(model, p);
        if (optimizer->is_adam)
            kernels->adam(&optimizer->adam, p->rate, optimizer->steps, count, p->value.data,
                          p->grad.data, optimizer->first + offset, optimizer->second + offset,
                          model->program->threads);
        else
            kernels->sgd(&optimizer->sgd, p->rate, count, p->value.data, p->grad.data,
                         optimizer->first + offset, model->program->threads);
    }
}

const struct pleat_model *pleat_optimizer_model(const struct pleat_optimizer *optimizer) {
    return optimizer != NULL ? optimizer->model : NULL;
}

int64_t pleat_optimizer_steps(const struct pleat_optimizer *optimizer) {
    return optimizer != NULL ? optimizer->steps : 0;
}

double pleat_optimizer_rate(const struct pleat_optimizer *optimizer) {
    if (optimizer == NULL)
        return 0;
    return optimizer->is_adam ? optimizer->adam.rate : optimizer->sgd.rate;
}

enum pleat_status pleat_optimizer_set_rate(struct pleat_optimizer *optimizer, double rate,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(optimizer, error);
    PLEAT__TRY(pleat__check_not_negative(rate, "rate", error));
    optimizer->sgd.rate = optimizer->adam.rate = rate;
    return PLEAT_OK;
}

/* Returns how many tensors of state belong to each parameter. */
static int states_a_parameter(const struct pleat_optimizer *optimizer) {
    return optimizer->is_adam ? 2 : 1;
}

int pleat_optimizer_state_count(const struct pleat_optimizer *optimizer) {
    if (optimizer == NULL)
        return 0;
    return optimizer->model->parameter_count * states_a_parameter(optimizer);
}

struct pleat_optimizer_state pleat_optimizer_state_at(const struct pleat_optimizer *optimizer,
                                                      int index) {
    if (index < 0 || index >= pleat_optimizer_state_count(optimizer))
        return (struct pleat_optimizer_state){.name = NULL};
    const int each = states_a_parameter(optimizer);
    const struct pleat_model *model = optimizer->model;
    const struct pleat_parameter *p = &model->parameter[index / each];
    const bool is_second = index % each == 1;
    struct pleat_optimizer_state state = {.name = !optimizer->is_adam ? "velocity"
                                                  : is_second         ? "second"
                                                                      : "first",
                                          .parameter = p->name,
                                          .value = p->value};
    state.value.data = (is_second ? optimizer->second : optimizer->first) + offset_of(model, p);
    return state;
}

enum pleat_status pleat_optimizer_set_steps(struct pleat_optimizer *optimizer, int64_t steps,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(optimizer, error);
    if (steps < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "steps must be at least 0, got %lld",
                           (long long)steps);
    optimizer->steps = steps;
    return PLEAT_OK;
}
