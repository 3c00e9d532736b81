/* Looking for NaN and infinity. */
#include <stdio.h>
#include <string.h>

#include <pleat/finite.h>

#include "base/elements.h"
#include "base/error.h"
#include "base/memory.h"
#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"

/* Refuses a tensor, called part and name, that is not finite. */
static enum pleat_status check(const struct pleat_tensor *tensor, const char *part,
                               const char *name, struct pleat_error *error) {
    const int64_t count = pleat_tensor_size(tensor);
    const int64_t at = pleat__kernels(tensor->dtype)->find_not_finite(count, tensor->data);
    if (at == count)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_NOT_FINITE, "%s%s is %g at element %lld of %lld", part, name,
                       pleat__element(tensor, at), (long long)at, (long long)count);
}

enum pleat_status pleat_tensor_check_finite(const struct pleat_tensor *tensor, const char *name,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(name, error);
    PLEAT__TRY(pleat__tensor_require(tensor, name, error));
    return check(tensor, "", name, error);
}

enum pleat_status pleat_model_check_finite(const struct pleat_model *model,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    for (int i = 0; i < model->parameter_count; i++)
        PLEAT__TRY(
            check(&model->parameter[i].value, "parameter ", model->parameter[i].name, error));
    for (int i = model->parameter_count - 1; i >= 0 && model->grads != NULL; i--)
        if (model->parameter[i].rate != 0)
            PLEAT__TRY(check(&model->parameter[i].grad, "the gradient of ",
                             model->parameter[i].name, error));
    return PLEAT_OK;
}

/* Copies all states to or from memory, one behind the other. */
static void move_states(const struct pleat_model *model, unsigned char *memory, bool back) {
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_tensor state = pleat_model_state(model, i).value;
        const size_t bytes = (size_t)pleat_tensor_size(&state) * pleat_dtype_size(state.dtype);
        memcpy(back ? state.data : memory, back ? memory : state.data, bytes);
        memory += bytes;
    }
}

static size_t state_bytes(const struct pleat_model *model) {
    size_t bytes = 0;
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_tensor state = pleat_model_state(model, i).value;
        bytes += (size_t)pleat_tensor_size(&state) * pleat_dtype_size(state.dtype);
    }
    return bytes;
}

/* Looks at each value before a later layer may take over its memory; what another layer computes in
 * its stead has been looked at as that one's. */
static enum pleat_status forward_and_check(const struct pleat_model *model,
                                           struct pleat_error *error) {
    for (int i = 0; i < model->program->step_count; i++) {
        const struct pleat__layer *layer = model->layer[i];
        char name[PLEAT_MAX_NAME + 3];
        if (model->program->step[i].source != i)
            continue;
        PLEAT__TRY(pleat__forward_layer(model, i, error));
        snprintf(name, sizeof name, "\"%s\"", layer->name);
        PLEAT__TRY(check(&model->program->step[i].value,
                         layer->input_count > 0 ? "the output of layer " : "the input ", name,
                         error));
    }
    return PLEAT_OK;
}

enum pleat_status pleat_model_check_forward_finite(struct pleat_model *model,
                                                   struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (model->program == NULL || !model->program->has_inputs)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "there is no forward since the last compile to run again");
    unsigned char *states = pleat__allocate(state_bytes(model), 1);
    if (states == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a copy of the states");
    move_states(model, states, false);
    model->program->forward_done = false;
    const enum pleat_status status = forward_and_check(model, error);
    move_states(model, states, true);
    pleat__free(states);
    return status;
}
