/* Listing the tensors of a checkpoint. */
#include "io/checkpoint_tensors.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define OPTIMIZER "optimizer/" /* then "velocity/up.weight" */
#define AVERAGE "average/"     /* then "up.weight" */

/* What stands before a name, at most, with the end of the text. */
enum { MOST_BEFORE = 32 };

bool pleat__checkpoint_name_is_training(const char *name) {
    return strncmp(name, OPTIMIZER, sizeof OPTIMIZER - 1) == 0 ||
           strncmp(name, AVERAGE, sizeof AVERAGE - 1) == 0;
}

/* The parameters of a model and then its states, numbered through. */
static int count_tensors(const struct pleat_model *model) {
    return pleat_model_parameter_count(model) + pleat_model_state_count(model);
}

static struct pleat_named_tensor model_tensor(const struct pleat_model *model, int index) {
    const int parameters = pleat_model_parameter_count(model);
    if (index < parameters) {
        const struct pleat_parameter p = pleat_model_parameter(model, index);
        return (struct pleat_named_tensor){.name = p.name, .tensor = p.value};
    }
    const struct pleat_state s = pleat_model_state(model, index - parameters);
    return (struct pleat_named_tensor){.name = s.name, .tensor = s.value};
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
    for (int i = 0; i < count_tensors(model); i++) {
        const struct pleat_named_tensor own = model_tensor(model, i);
        append(tensors, bytes, "", "", own.name, &own.tensor);
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
    size_t count = (size_t)count_tensors(model), bytes = 0;
    if (training != NULL) {
        count += (size_t)pleat_optimizer_state_count(training->optimizer);
        count += training->average != NULL ? (size_t)pleat_model_parameter_count(model) : 0;
    }
    for (int i = 0; i < count_tensors(model); i++) {
        const size_t length = strlen(model_tensor(model, i).name) + MOST_BEFORE;
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
