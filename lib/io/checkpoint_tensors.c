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

const char *pleat__checkpoint_name_in_part(const char *part, const char *name) {
    const size_t length = part != NULL ? strlen(part) : 0;
    if (length == 0)
        return name;
    return strncmp(name, part, length) == 0 && name[length] == '/' ? name + length + 1 : NULL;
}

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

/* Appends a tensor whose name is part, prefix, kind, parameter; its text takes `bytes`. */
static void append(struct pleat__checkpoint_tensors *tensors, size_t bytes, const char *part,
                   const char *prefix, const char *kind, const char *parameter,
                   const struct pleat_tensor *value) {
    char *name = tensors->names + tensors->count * bytes;
    snprintf(name, bytes, "%s%s%s%s%s%s", part, part[0] != '\0' ? "/" : "", prefix, kind,
             kind[0] != '\0' ? "/" : "", parameter);
    tensors->list[tensors->count++] = (struct pleat_named_tensor){name, *value};
}

static void append_part(struct pleat__checkpoint_tensors *tensors, size_t bytes,
                        const struct pleat_checkpoint_part *part, bool training) {
    const struct pleat_model *model = part->model;
    const char *name = part->name != NULL ? part->name : "";
    for (int i = 0; i < count_tensors(model); i++) {
        const struct pleat_named_tensor own = model_tensor(model, i);
        append(tensors, bytes, name, "", "", own.name, &own.tensor);
    }
    if (!training)
        return;
    const struct pleat_training *t = &part->training;
    for (int i = 0; i < pleat_optimizer_state_count(t->optimizer); i++) {
        const struct pleat_optimizer_state s = pleat_optimizer_state_at(t->optimizer, i);
        append(tensors, bytes, name, OPTIMIZER, s.name, s.parameter, &s.value);
    }
    for (int i = 0; i < pleat_model_parameter_count(model) && t->average != NULL; i++) {
        const struct pleat_tensor value = pleat_average_value(t->average, i);
        append(tensors, bytes, name, AVERAGE, "", pleat_model_parameter(model, i).name, &value);
    }
}

/* The number of tensors of a part, at most; raises *bytes to what the longest name takes. */
static size_t measure(const struct pleat_checkpoint_part *part, size_t *bytes) {
    const size_t before = MOST_BEFORE + (part->name != NULL ? strlen(part->name) : 0);
    for (int i = 0; i < count_tensors(part->model); i++) {
        const size_t length = strlen(model_tensor(part->model, i).name) + before;
        *bytes = length > *bytes ? length : *bytes;
    }
    return (size_t)count_tensors(part->model) +
           (size_t)pleat_optimizer_state_count(part->training.optimizer) +
           (size_t)pleat_model_parameter_count(part->model);
}

enum pleat_status pleat__checkpoint_tensors_make(struct pleat__checkpoint_tensors *tensors,
                                                 const struct pleat_checkpoint_part *parts,
                                                 int count, bool training,
                                                 struct pleat_error *error) {
    size_t room = 0, bytes = 0;
    for (int i = 0; i < count; i++)
        room += measure(&parts[i], &bytes);
    *tensors =
        (struct pleat__checkpoint_tensors){.list = pleat__allocate(room, sizeof *tensors->list),
                                           .names = pleat__allocate(room, bytes)};
    if (tensors->list == NULL || tensors->names == NULL) {
        pleat__checkpoint_tensors_free(tensors);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a list of %zu tensors", room);
    }
    for (int i = 0; i < count; i++)
        append_part(tensors, bytes, &parts[i], training);
    return PLEAT_OK;
}

void pleat__checkpoint_tensors_free(struct pleat__checkpoint_tensors *tensors) {
    pleat__free(tensors->list);
    pleat__free(tensors->names);
}
