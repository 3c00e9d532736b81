/* The moving average of a model's parameters, in a block laid out as theirs is. */
#include <stdbool.h>
#include <string.h>

#include <pleat/average.h>

#include "base/error.h"
#include "base/memory.h"
#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"

struct pleat_average {
    struct pleat_model *model;
    unsigned char *block;
    int64_t updates;
    bool swapped; /* block holds the parameters, the model the average */
};

enum pleat_status pleat_average_create(struct pleat_average **average, struct pleat_model *model,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(average, error);
    PLEAT__REQUIRE(model, error);
    if (model->program == NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model must be compiled before its average is made");
    struct pleat_average *created = pleat__allocate(1, sizeof *created);
    unsigned char *block = pleat__allocate(model->block_bytes, 1);
    if (created == NULL || block == NULL) {
        pleat__free(created);
        pleat__free(block);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for an average of %zu bytes",
                           model->block_bytes);
    }
    if (model->block_bytes > 0)
        memcpy(block, model->values, model->block_bytes);
    created->model = model;
    created->block = block;
    *average = created;
    return PLEAT_OK;
}

void pleat_average_free(struct pleat_average *average) {
    if (average == NULL)
        return;
    pleat__free(average->block);
    pleat__free(average);
}

/* The elements of a block; between the parameters lie zeros. */
static int64_t element_count(const struct pleat_average *average) {
    return (int64_t)(average->model->block_bytes / pleat_dtype_size(average->model->dtype));
}

enum pleat_status pleat_average_update(struct pleat_average *average, double decay,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(average, error);
    if (!(decay >= 0 && decay <= 1))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "decay must be 0 to 1, got %g", decay);
    if (average->swapped)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "average and parameters are exchanged: swap them back first");
    const struct pleat_model *model = average->model;
    pleat__kernels(model->dtype)
        ->approach(element_count(average), 1 - decay, model->values, average->block,
                   model->program->threads);
    average->updates += average->updates < INT64_MAX;
    return PLEAT_OK;
}

void pleat_average_swap(struct pleat_average *average) {
    if (average == NULL)
        return;
    pleat__kernels(average->model->dtype)
        ->swap(element_count(average), average->model->values, average->block,
               average->model->program->threads);
    average->swapped = !average->swapped;
}

int pleat_average_is_swapped(const struct pleat_average *average) {
    return average != NULL && average->swapped;
}

const struct pleat_model *pleat_average_model(const struct pleat_average *average) {
    return average != NULL ? average->model : NULL;
}

int64_t pleat_average_updates(const struct pleat_average *average) {
    return average != NULL ? average->updates : 0;
}

struct pleat_tensor pleat_average_value(const struct pleat_average *average, int index) {
    if (average == NULL || index < 0 || index >= average->model->parameter_count)
        return (struct pleat_tensor){.data = NULL};
    struct pleat_tensor value = average->model->parameter[index].value;
    value.data =
        average->block + ((unsigned char *)value.data - (unsigned char *)average->model->values);
    return value;
}

enum pleat_status pleat_average_set_updates(struct pleat_average *average, int64_t updates,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(average, error);
    if (updates < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "updates must be at least 0, got %lld",
                           (long long)updates);
    average->updates = updates;
    return PLEAT_OK;
}
