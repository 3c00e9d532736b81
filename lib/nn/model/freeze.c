/* Copying and folding values. */
#include "nn/model/freeze.h"

#include <string.h>

#include "base/elements.h"
#include "base/error.h"
#include "base/memory.h"

static size_t bytes_of(const struct pleat_tensor *tensor) {
    return (size_t)pleat_tensor_size(tensor) * pleat_dtype_size(tensor->dtype);
}

/* Gives a tensor memory of its own, with what `from` holds or zeros. */
static enum pleat_status copy(const struct pleat__layer *layer, struct pleat_tensor *tensor,
                              const void *from, struct pleat__frozen *frozen,
                              struct pleat_error *error) {
    const size_t bytes = bytes_of(tensor);
    tensor->data = pleat__allocate(bytes, 1);
    if (tensor->data == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY,
                           "no memory for the frozen values of layer \"%s\"", layer->name);
    if (from != NULL)
        memcpy(tensor->data, from, bytes);
    frozen->bytes += bytes;
    return PLEAT_OK;
}

static enum pleat_status copy_values(const struct pleat__compilation *c, int i,
                                     struct pleat_error *error) {
    const struct pleat__layer *layer = c->model->layer[i];
    struct pleat__frozen *frozen = &c->program->step[i].frozen;
    for (; frozen->parameter_count < layer->parameter_count; frozen->parameter_count++) {
        struct pleat_parameter *made = &frozen->parameter[frozen->parameter_count];
        *made = c->model->parameter[layer->first_parameter + frozen->parameter_count];
        const void *from = made->value.data;
        PLEAT__TRY(copy(layer, &made->value, from, frozen, error));
    }
    for (int k = 0; k < layer->state_count; k++) {
        struct pleat_tensor made = layer->state[k];
        PLEAT__TRY(copy(layer, &made, layer->state[k].data, frozen, error));
        frozen->state[k] = made;
    }
    return PLEAT_OK;
}

/* Gives the layer a bias of zeros where it has none. */
static enum pleat_status require_bias(const struct pleat__compilation *c, int i,
                                      struct pleat_error *error) {
    const struct pleat__layer *layer = c->model->layer[i];
    struct pleat__frozen *frozen = &c->program->step[i].frozen;
    if (frozen->parameter_count > 1)
        return PLEAT_OK;
    struct pleat_tensor bias = pleat_tensor_view(NULL, c->model->dtype, 1, &layer->channels);
    PLEAT__TRY(copy(layer, &bias, NULL, frozen, error));
    frozen->parameter[frozen->parameter_count++].value = bias;
    return PLEAT_OK;
}

/* weight[groups][inputs][channels / groups][taps] *= factor of its channel, and the bias. */
static void fold(const struct pleat__layer *layer, const struct pleat__frozen *frozen,
                 const double *factor, const double *shift) {
    const struct pleat_tensor *weight = &frozen->parameter[0].value;
    const struct pleat_tensor *bias = &frozen->parameter[1].value;
    int64_t groups, inputs;
    layer->kind->weight_form(layer, &groups, &inputs);
    const int64_t channels = layer->channels / groups;
    const int64_t taps = pleat_tensor_size(weight) / (layer->channels * inputs);
    for (int64_t i = 0; i < pleat_tensor_size(weight); i++) {
        const int64_t group = i / (inputs * channels * taps);
        pleat__set_element(
            weight, i, factor[group * channels + i / taps % channels] * pleat__element(weight, i));
    }
    for (int64_t o = 0; o < layer->channels; o++)
        pleat__set_element(bias, o, factor[o] * pleat__element(bias, o) + shift[o]);
}

/* Folds layer j into layer i. */
static enum pleat_status fold_layer(const struct pleat__compilation *c, int i, int j,
                                    struct pleat_error *error) {
    const struct pleat__layer *layer = c->model->layer[i], *norm = c->model->layer[j];
    double *factor = pleat__allocate((size_t)layer->channels, 2 * sizeof *factor);
    if (factor == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to fold layer \"%s\"",
                           norm->name);
    const enum pleat_status status = require_bias(c, i, error);
    if (status == PLEAT_OK) {
        norm->kind->affine(norm, c->model->parameter + norm->first_parameter, factor,
                           factor + layer->channels);
        fold(layer, &c->program->step[i].frozen, factor, factor + layer->channels);
    }
    pleat__free(factor);
    return status;
}

enum pleat_status pleat__freeze_layer(const struct pleat__compilation *c, int i,
                                      struct pleat_error *error) {
    PLEAT__TRY(copy_values(c, i, error));
    for (int j = i + 1; j < c->model->layer_count; j++)
        if (c->program->step[j].source == i && c->model->layer[j]->kind->affine != NULL)
            PLEAT__TRY(fold_layer(c, i, j, error));
    return PLEAT_OK;
}

void pleat__freeze_packed(struct pleat__frozen *frozen, size_t bytes) {
    frozen->bytes = frozen->bytes - bytes_of(&frozen->parameter[0].value) + bytes;
    pleat__free(frozen->parameter[0].value.data);
    frozen->parameter[0].value.data = NULL;
}

void pleat__freeze_end(struct pleat__frozen *frozen) {
    for (int k = 0; k < frozen->parameter_count; k++)
        pleat__free(frozen->parameter[k].value.data);
    for (int k = 0; k < PLEAT__MAX_STATES; k++)
        pleat__free(frozen->state[k].data);
}
