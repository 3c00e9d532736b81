/* All layers' outputs, by copies of the model whose outputs are some of the layers each: an output is
 * neither merged into another layer nor overwritten by one. */
#include "inspect/maps.h"

#include <string.h>

#include <pleat/summary.h>
#include <pleat/text.h>

#include "fault.h"

static size_t bytes_of(const struct pleat_tensor *tensor) {
    return (size_t)pleat_tensor_size(tensor) * pleat_dtype_size(tensor->dtype);
}

/* Makes an uncompiled copy with the same values. */
static enum pleat_status copy_model(struct pleat_model **copy, const struct pleat_model *model,
                                    struct pleat_error *error) {
    char *text;
    TRY(pleat_text_write(&text, model, error));
    const enum pleat_status status = pleat_text_read(copy, text, pleat_model_dtype(model), error);
    pleat_text_free(text);
    TRY(status);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_tensor from = pleat_model_parameter(model, i).value;
        memcpy(pleat_model_parameter(*copy, i).value.data, from.data, bytes_of(&from));
    }
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_tensor from = pleat_model_state(model, i).value;
        memcpy(pleat_model_state(*copy, i).value.data, from.data, bytes_of(&from));
    }
    return PLEAT_OK;
}

/* Makes the layer an output, if it is none. Once one is marked, those that were outputs for want of
 * marks are no longer. */
static enum pleat_status mark(struct pleat_model *copy, const char *name,
                              struct pleat_error *error) {
    return pleat_model_find_output(copy, name) >= 0 ? PLEAT_OK
                                                    : pleat_model_mark_output(copy, name, error);
}

/* Marks layers from `first` on as long as there is room beside the last one, which no layer reads and
 * which must be an output, and returns the first that is not marked. */
static enum pleat_status mark_group(struct pleat_model *copy, int first, int *end,
                                    struct pleat_error *error) {
    const int count = pleat_model_layer_count(copy);
    const struct pleat_layer_summary last = pleat_model_layer(copy, count - 1);
    int i = first;
    for (; i < count; i++) {
        const struct pleat_layer_summary layer = pleat_model_layer(copy, i);
        const bool there =
            strcmp(layer.kind, "input") == 0 || pleat_model_find_output(copy, layer.name) >= 0;
        if (!there && pleat_model_output_count(copy) >= PLEAT_MAX_OUTPUTS)
            break;
        if (!there) {
            TRY(mark(copy, layer.name, error));
            TRY(mark(copy, last.name, error));
        }
    }
    *end = i;
    return i > first ? PLEAT_OK
                     : fault(error, PLEAT_UNSUPPORTED,
                             "a model of %d outputs has no room for others", PLEAT_MAX_OUTPUTS);
}

static enum pleat_status forward(struct pleat_model *copy, const struct pleat_tensor *input,
                                 struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = PLEAT_INFERENCE;
    options.batch = input->extent[0];
    for (int axis = 2; axis < input->rank; axis++)
        options.extent[axis - 2] = input->extent[axis];
    TRY(pleat_model_compile(copy, &options, error));
    return pleat_model_forward(copy, input, error);
}

static enum pleat_status keep(struct pleat_tensor *kept, const struct pleat_tensor *value,
                              struct pleat_error *error) {
    TRY(pleat_tensor_allocate(kept, value->dtype, value->rank, value->extent, error));
    memcpy(kept->data, value->data, bytes_of(value));
    return PLEAT_OK;
}

static enum pleat_status run_group(struct pleat_model *copy, const struct pleat_tensor *input,
                                   struct pleat_tensor *output, int first, int *end,
                                   struct pleat_error *error) {
    TRY(mark_group(copy, first, end, error));
    TRY(forward(copy, input, error));
    for (int i = first; i < *end; i++) {
        const int number = pleat_model_find_output(copy, pleat_model_layer(copy, i).name);
        TRY(keep(&output[i], number < 0 ? input : pleat_model_output_at(copy, number), error));
    }
    return PLEAT_OK;
}

enum pleat_status maps_make(struct pleat_tensor *output, const struct pleat_model *model,
                            const struct pleat_tensor *input, struct pleat_error *error) {
    const int count = pleat_model_layer_count(model);
    enum pleat_status status = PLEAT_OK;
    for (int i = 0; i < count; i++)
        output[i] = (struct pleat_tensor){.data = NULL};
    for (int first = 0, end = 0; status == PLEAT_OK && first < count; first = end) {
        struct pleat_model *copy = NULL;
        status = copy_model(&copy, model, error);
        if (status == PLEAT_OK)
            status = run_group(copy, input, output, first, &end, error);
        pleat_model_free(copy);
    }
    for (int i = 0; status != PLEAT_OK && i < count; i++)
        pleat_tensor_free(&output[i]);
    return status;
}
