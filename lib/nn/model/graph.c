/* The ends of a model's graph, its inputs and outputs, and layers that share parameters. */
#include "nn/model/graph.h"

#include <string.h>

#include "base/error.h"

enum pleat_status pleat_model_add_input(struct pleat_model *model, const char *name,
                                        int64_t channels, int rank, struct pleat_error *error) {
    static const struct pleat__layer_kind kind = {.in_place = false};
    PLEAT__REQUIRE(model, error);
    if (channels < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "channels must be at least 1, got %lld",
                           (long long)channels);
    if (rank < 0 || rank > PLEAT_MAX_AXES)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "rank must be 0 to %d, got %d",
                           PLEAT_MAX_AXES, rank);
    if (model->input_count == PLEAT_MAX_INPUTS)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "a model has at most %d inputs",
                           PLEAT_MAX_INPUTS);
    const struct pleat__layer layer = {
        .kind = &kind, .label = "input", .channels = channels, .rank = rank};
    PLEAT__TRY(pleat__model_add_layer(model, &layer, sizeof layer, name, 0, NULL, 0, NULL, error));
    model->input[model->input_count++] = model->layer_count - 1;
    return PLEAT_OK;
}

int pleat_model_input_count(const struct pleat_model *model) {
    return model != NULL ? model->input_count : 0;
}

int pleat_model_find_input(const struct pleat_model *model, const char *name) {
    for (int i = 0; name != NULL && i < pleat_model_input_count(model); i++)
        if (strcmp(model->layer[model->input[i]]->name, name) == 0)
            return i;
    return -1;
}

int pleat_model_input_shape(const struct pleat_model *model, int index, int64_t *channels) {
    *channels = 0;
    if (index < 0 || index >= pleat_model_input_count(model))
        return -1;
    const struct pleat__layer *layer = model->layer[model->input[index]];
    *channels = layer->channels;
    return layer->rank;
}

enum pleat_status pleat_model_mark_output(struct pleat_model *model, const char *name,
                                          struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(name, error);
    const int layer = pleat__find_layer(model, name);
    if (layer < 0 || model->layer[layer]->input_count == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           layer < 0 ? "no layer added so far is named \"%s\""
                                     : "\"%s\" is an input, which cannot be an output as well",
                           name);
    for (int i = 0; i < model->output_count; i++)
        if (model->output[i] == layer)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "\"%s\" is an output already", name);
    if (model->program != NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "output \"%s\" comes too late: the model has been compiled", name);
    if (model->output_count == PLEAT_MAX_OUTPUTS)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "a model has at most %d outputs",
                           PLEAT_MAX_OUTPUTS);
    model->output[model->output_count++] = layer;
    return PLEAT_OK;
}

int pleat__output_count(const struct pleat_model *model) {
    return model->output_count > 0 ? model->output_count : 1;
}

int pleat__output(const struct pleat_model *model, int index) {
    return model->output_count > 0 ? model->output[index] : model->layer_count - 1;
}

int pleat__output_index(const struct pleat_model *model, int layer) {
    for (int i = 0; i < pleat__output_count(model); i++)
        if (pleat__output(model, i) == layer)
            return i;
    return -1;
}

int pleat_model_output_count(const struct pleat_model *model) {
    return model != NULL && model->layer_count > 0 ? pleat__output_count(model) : 0;
}

int pleat_model_find_output(const struct pleat_model *model, const char *name) {
    for (int i = 0; name != NULL && i < pleat_model_output_count(model); i++)
        if (strcmp(model->layer[pleat__output(model, i)]->name, name) == 0)
            return i;
    return -1;
}

/* Refuses what cannot stand for the input of a layer that reads one. */
static enum pleat_status check_shared(const struct pleat_model *model, const char *input,
                                      const char *original, int layer, struct pleat_error *error) {
    int64_t channels;
    int rank;
    PLEAT__TRY(pleat__model_layer_shape(model, input, &channels, &rank, error));
    if (layer < 0 || model->layer[layer]->input_count != 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           layer < 0 ? "no layer added so far is named \"%s\""
                                     : "\"%s\" does not read one layer: it cannot be shared",
                           original);
    const struct pleat__layer *like = model->layer[model->layer[layer]->input[0]];
    if (channels != like->channels || rank != like->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "\"%s\" reads %lld channels of rank %d, \"%s\" has %lld of rank %d",
                           original, (long long)like->channels, like->rank, input,
                           (long long)channels, rank);
    return PLEAT_OK;
}

enum pleat_status pleat_model_add_shared(struct pleat_model *model, const char *name,
                                         const char *input, const char *original,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(original, error);
    const int index = pleat__find_layer(model, original);
    PLEAT__TRY(check_shared(model, input, original, index, error));
    const struct pleat__layer *like = model->layer[index];
    PLEAT__TRY(pleat__model_add_layer(model, like, like->bytes, name, 1, &input, 0, NULL, error));
    struct pleat__layer *added = model->layer[model->layer_count - 1];
    added->original = like->original;
    added->first_parameter = like->first_parameter;
    added->parameter_count = like->parameter_count;
    added->state_count = like->state_count;
    added->state_memory = like->state_memory;
    return PLEAT_OK;
}

/* The states of the layers that own them, in order; NULL where there are no more. */
static const struct pleat__layer *find_state(const struct pleat_model *model, int *index) {
    for (int i = 0; model != NULL && *index >= 0 && i < model->layer_count; i++) {
        const struct pleat__layer *layer = model->layer[i];
        if (layer->original != i)
            continue;
        if (*index < layer->state_count)
            return layer;
        *index -= layer->state_count;
    }
    return NULL;
}

int pleat_model_state_count(const struct pleat_model *model) {
    int count = 0;
    for (int i = 0; model != NULL && i < model->layer_count; i++)
        if (model->layer[i]->original == i)
            count += model->layer[i]->state_count;
    return count;
}

struct pleat_state pleat_model_state(const struct pleat_model *model, int index) {
    const struct pleat__layer *layer = find_state(model, &index);
    if (layer == NULL)
        return (struct pleat_state){.name = NULL};
    return (struct pleat_state){
        .name = layer->state_name[index], .layer = layer->name, .value = layer->state[index]};
}

int pleat_model_find_state(const struct pleat_model *model, const char *name) {
    const int count = name != NULL ? pleat_model_state_count(model) : 0;
    for (int i = 0; i < count; i++)
        if (strcmp(pleat_model_state(model, i).name, name) == 0)
            return i;
    return -1;
}
