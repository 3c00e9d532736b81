/* Listing the tensors of a checkpoint. */
#include "io/checkpoint_tensors.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define OPTIMIZER "optimizer/" /* then "velocity/up.weight" */
#define AVERAGE "average/"     /* then "up.weight" */

/* What stands before a parameter's name, at most, with the end of the text. */
enum { MOST_BEFORE = 32 };

bool pleat__checkpoint_name_is_training(const char *name) {
    return strncmp(name, OPTIMIZER, sizeof OPTIMIZER - 1) == 0 ||
           strncmp(name, AVERAGE, sizeof AVERAGE - 1) == 0;
}

/* Appends a tensor whose name is prefix, kind, parameter; its text takes `bytes`. */
static void append(struct pleat__checkpoint_tensors *tensors, size_t bytes, const char *prefix,
                   const char *kind, const char *parameter, const struct pleat_tensor *value) {
    char *name = tensors->names + tensors->count * bytes;
    snprintf(name, bytes, "%s%s%s%s", prefix, kind, kind[0] != '\0' ? "/" : "", parameter);
    tensors->list[tensors->count++] = (struct pleat_named_tensor){name, *value};
}

static void append_all(struct pleat__checkpoint_tensors *tensors, size_t bytes,
                       const struct pleat_model *model, const struct pleat_training *training) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        append(tensors, bytes, "", "", p.name, &p.value);
    }
    if (training == NULL)
        return;
    for (int i = 0; i < pleat_optimizer_state_count(training->optimizer); i++) {
        const struct pleat_optimizer_state s = pleat_optimizer_state_at(training->optimizer, i);
        append(tensors, bytes, OPTIMIZER, s.name, s.parameter, &s.value);
    }
    for (int i = 0; i < pleat_model_parameter_count(model) && training->average != NULL; i++) {
        const struct pleat_tensor value = pleat_average_value(training->average, i);
        append(tensors, bytes, AVERAGE, "", pleat_model_parameter(model, i).name, &value);
    }
}

enum pleat_status pleat__checkpoint_tensors_make(struct pleat__checkpoint_tensors *tensors,
                                                 const struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 struct pleat_error *error) {
    const size_t parameters = (size_t)pleat_model_parameter_count(model);
    size_t count = parameters, bytes = 0;
    if (training != NULL) {
        count += (size_t)pleat_optimizer_state_count(training->optimizer);
        count += training->average != NULL ? parameters : 0;
    }
    for (size_t i = 0; i < parameters; i++) {
        const size_t length = strlen(pleat_model_parameter(model, (int)i).name) + MOST_BEFORE;
        bytes = length > bytes ? length : bytes;
    }
    *tensors =
        (struct pleat__checkpoint_tensors){.list = pleat__allocate(count, sizeof *tensors->list),
                                           .names = pleat__allocate(count, bytes)};
    if (tensors->list == NULL || tensors->names == NULL) {
        pleat__checkpoint_tensors_free(tensors);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a list of %zu tensors",
                           count);
    }
    append_all(tensors, bytes, model, training);
    return PLEAT_OK;
}

void pleat__checkpoint_tensors_free(struct pleat__checkpoint_tensors *tensors) {
    pleat__free(tensors->list);
    pleat__free(tensors->names);
}
