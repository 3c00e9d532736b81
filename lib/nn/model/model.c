/* Building a model: its layers and parameters. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nn/model/graph.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"
#include "base/memory.h"

enum pleat_status pleat_model_create(struct pleat_model **model, enum pleat_dtype dtype,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (pleat_dtype_size(dtype) == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "dtype %d is no element type",
                           (int)dtype);
    struct pleat_model *created = pleat__allocate(1, sizeof *created);
    if (created == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a model");
    created->dtype = dtype;
    *model = created;
    return PLEAT_OK;
}

void pleat_model_free(struct pleat_model *model) {
    if (model == NULL)
        return;
    pleat__program_free(model, model->program);
    for (int i = 0; i < model->layer_count; i++) {
        if (model->layer[i]->original == i)
            pleat__free(model->layer[i]->state_memory);
        pleat__free(model->layer[i]);
    }
    pleat__free(model->layer);
    pleat__free(model->parameter);
    pleat__free(model->values);
    pleat__free(model->grads);
    pleat__free(model);
}

int pleat__find_layer(const struct pleat_model *model, const char *name) {
    for (int i = 0; i < model->layer_count; i++)
        if (strcmp(model->layer[i]->name, name) == 0)
            return i;
    return -1;
}

/* Finds a layer that another one reads. */
static enum pleat_status find_input(const struct pleat_model *model, const char *name, int *index,
                                    struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (name == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the name of an input must not be NULL");
    const int found = pleat__find_layer(model, name);
    if (found < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "no layer added so far is named \"%s\"",
                           name);
    *index = found;
    return PLEAT_OK;
}

enum pleat_status pleat__model_layer_shape(const struct pleat_model *model, const char *name,
                                           int64_t *channels, int *rank,
                                           struct pleat_error *error) {
    int index;
    PLEAT__TRY(find_input(model, name, &index, error));
    *channels = model->layer[index]->channels;
    *rank = model->layer[index]->rank;
    return PLEAT_OK;
}

static enum pleat_status check_new_name(const struct pleat_model *model, const char *name,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(name, error);
    if (model->program != NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "layer \"%s\" comes too late: the model has been compiled", name);
    if (name[0] == '\0' || strlen(name) > PLEAT_MAX_NAME)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a layer's name must have 1 to %d bytes, got %zu", PLEAT_MAX_NAME,
                           strlen(name));
    if (pleat__find_layer(model, name) >= 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "there is already a layer named \"%s\": each needs a name of its own",
                           name);
    return PLEAT_OK;
}

/* Adds to *total the bytes of the parameters, or of the states, among the specs; each begins at a
 * multiple of PLEAT__ALIGNMENT. */
static enum pleat_status add_bytes(enum pleat_dtype dtype, int count,
                                   const struct pleat__parameter_spec *spec, bool state,
                                   size_t *total, struct pleat_error *error) {
    for (int i = 0; i < count; i++) {
        size_t size = pleat_dtype_size(dtype);
        bool fits = true;
        for (int axis = 0; axis < spec[i].rank; axis++)
            fits = fits && pleat__multiply_size(size, (size_t)spec[i].extent[axis], &size);
        fits = fits && pleat__add_size(size, PLEAT__ALIGNMENT - 1, &size);
        size = size / PLEAT__ALIGNMENT * PLEAT__ALIGNMENT;
        if (spec[i].state != state && fits)
            continue;
        if (!fits || !pleat__add_size(*total, size, total) || *total > PTRDIFF_MAX)
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the parameters' bytes do not fit in memory's range");
    }
    return PLEAT_OK;
}

/* The memory of a model with one more layer. */
struct growth {
    struct pleat__layer *layer, **layers;
    struct pleat_parameter *parameters;
    unsigned char *values, *states;
};

static bool allocate_growth(const struct pleat_model *model, size_t layer_bytes,
                            int parameter_count, size_t block_bytes, size_t state_bytes,
                            struct growth *g) {
    g->layer = pleat__allocate(1, layer_bytes);
    g->layers = pleat__allocate((size_t)model->layer_count + 1, sizeof(struct pleat__layer *));
    g->parameters = pleat__allocate((size_t)model->parameter_count + (size_t)parameter_count,
                                    sizeof *g->parameters);
    g->values = pleat__allocate(block_bytes, 1);
    g->states = state_bytes > 0 ? pleat__allocate(state_bytes, 1) : NULL;
    if (g->layer != NULL && g->layers != NULL && g->parameters != NULL && g->values != NULL &&
        (g->states != NULL || state_bytes == 0))
        return true;
    pleat__free(g->layer);
    pleat__free(g->layers);
    pleat__free(g->parameters);
    pleat__free(g->values);
    pleat__free(g->states);
    return false;
}

static void fill(const struct pleat_tensor *tensor, double number) {
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        pleat__set_element(tensor, i, number);
}

/* Takes over what the model had into its new memory, and moves the views. */
static void move_into(struct pleat_model *model, const struct growth *g) {
    for (int i = 0; i < model->layer_count; i++)
        g->layers[i] = model->layer[i];
    for (int i = 0; i < model->parameter_count; i++) {
        g->parameters[i] = model->parameter[i];
        const unsigned char *data = model->parameter[i].value.data;
        g->parameters[i].value.data = g->values + (data - (unsigned char *)model->values);
    }
    if (model->block_bytes > 0)
        memcpy(g->values, model->values, model->block_bytes);
    pleat__free(model->layer);
    pleat__free(model->parameter);
    pleat__free(model->values);
    model->layer = g->layers;
    model->parameter = g->parameters;
    model->values = g->values;
}

static size_t aligned_bytes(const struct pleat_tensor *tensor) {
    const size_t bytes = (size_t)pleat_tensor_size(tensor) * pleat_dtype_size(tensor->dtype);
    return pleat__aligned(bytes);
}

/* Appends a parameter behind the last one in the block. */
static void append_parameter(struct pleat_model *model, struct pleat__layer *layer,
                             const struct pleat__parameter_spec *spec) {
    const int k = layer->parameter_count++;
    char *name = layer->parameter_name[k];
    layer->usual[k] = spec->drawn ? (struct pleat_initialiser){.kind = PLEAT_INITIALISER_HE}
                                  : (struct pleat_initialiser){.kind = PLEAT_INITIALISER_CONSTANT,
                                                               .count = 1,
                                                               .number = {spec->fill}};
    snprintf(name, sizeof layer->parameter_name[0], "%s.%s", layer->name, spec->suffix);
    struct pleat_parameter *p = &model->parameter[model->parameter_count++];
    unsigned char *data = (unsigned char *)model->values + model->block_bytes;
    *p = (struct pleat_parameter){
        .name = name, .layer = layer->name, .rate = 1, .init = layer->usual[k]};
    p->value = pleat_tensor_view(data, model->dtype, spec->rank, spec->extent);
    p->grad = pleat_tensor_view(NULL, model->dtype, spec->rank, spec->extent);
    fill(&p->value, spec->fill);
    model->block_bytes += aligned_bytes(&p->value);
}

/* Gives the layer a state at that place of its block, and returns the next place. */
static unsigned char *append_state(struct pleat__layer *layer, enum pleat_dtype dtype,
                                   const struct pleat__parameter_spec *spec, unsigned char *data) {
    const int k = layer->state_count++;
    snprintf(layer->state_name[k], sizeof layer->state_name[0], "%s.%s", layer->name, spec->suffix);
    layer->state[k] = pleat_tensor_view(data, dtype, spec->rank, spec->extent);
    layer->state_fill[k] = spec->fill;
    fill(&layer->state[k], spec->fill);
    return data + aligned_bytes(&layer->state[k]);
}

enum pleat_status pleat__model_add_layer(struct pleat_model *model,
                                         const struct pleat__layer *layer, size_t bytes,
                                         const char *name, int input_count,
                                         const char *const *input, int parameter_count,
                                         const struct pleat__parameter_spec *parameter,
                                         struct pleat_error *error) {
    PLEAT__TRY(check_new_name(model, name, error));
    int index[PLEAT_MAX_INPUTS];
    for (int i = 0; i < input_count; i++)
        PLEAT__TRY(find_input(model, input[i], &index[i], error));
    size_t block_bytes = model->block_bytes, state_bytes = 0;
    PLEAT__TRY(add_bytes(model->dtype, parameter_count, parameter, false, &block_bytes, error));
    PLEAT__TRY(add_bytes(model->dtype, parameter_count, parameter, true, &state_bytes, error));
    struct growth g;
    if (!allocate_growth(model, bytes, parameter_count, block_bytes, state_bytes, &g))
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for layer \"%s\"", name);
    memcpy(g.layer, layer, bytes);
    strcpy(g.layer->name, name);
    g.layer->bytes = bytes;
    g.layer->original = model->layer_count;
    g.layer->input_count = input_count;
    for (int i = 0; i < input_count; i++)
        g.layer->input[i] = index[i];
    g.layer->first_parameter = model->parameter_count;
    g.layer->parameter_count = g.layer->state_count = 0;
    g.layer->state_memory = g.states;
    move_into(model, &g);
    model->layer[model->layer_count++] = g.layer;
    for (int i = 0; i < parameter_count; i++)
        if (parameter[i].state)
            g.states = append_state(g.layer, model->dtype, &parameter[i], g.states);
        else
            append_parameter(model, g.layer, &parameter[i]);
    return PLEAT_OK;
}

enum pleat_dtype pleat_model_dtype(const struct pleat_model *model) {
    return model->dtype;
}

int pleat_model_parameter_count(const struct pleat_model *model) {
    return model != NULL ? model->parameter_count : 0;
}

struct pleat_parameter pleat_model_parameter(const struct pleat_model *model, int index) {
    if (model == NULL || index < 0 || index >= model->parameter_count)
        return (struct pleat_parameter){.name = NULL};
    return model->parameter[index];
}

int pleat_model_find_parameter(const struct pleat_model *model, const char *name) {
    for (int i = 0; name != NULL && i < pleat_model_parameter_count(model); i++)
        if (strcmp(model->parameter[i].name, name) == 0)
            return i;
    return -1;
}

enum pleat_status pleat_model_set_rate(struct pleat_model *model, int index, double rate,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (index < 0 || index >= model->parameter_count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "index must be 0 to %d, the parameters there are, got %d",
                           model->parameter_count - 1, index);
    if (!isfinite(rate) || rate < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "rate must be finite and at least 0, got %g", rate);
    model->parameter[index].rate = rate;
    return PLEAT_OK;
}

void pleat_model_zero_grad(struct pleat_model *model) {
    if (model != NULL && model->grads != NULL)
        memset(model->grads, 0, model->block_bytes);
}
