/* Writing a model as text. */
#include <pleat/text.h>

#include <string.h>

#include "nn/model/graph.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "text/kind.h"
#include "text/setting.h"

static void print_layer(const struct pleat_model *model, int index, struct pleat__writer *writer) {
    const struct pleat__layer *layer = model->layer[index];
    const bool shared = layer->original != index;
    const char *word = shared ? "shared" : layer->label;
    const struct pleat__text_kind *kind =
        pleat__text_find_kind((struct pleat__word){word, strlen(word)});
    struct pleat__arguments arguments;
    pleat__layer_describe(layer, &arguments);
    strcpy(arguments.original, model->layer[layer->original]->name);
    pleat__print_name(writer, layer->name);
    pleat__print(writer, " = %s", word);
    for (int i = 0; i < layer->input_count; i++) {
        pleat__print(writer, " ");
        pleat__print_name(writer, model->layer[layer->input[i]]->name);
    }
    for (int i = 0; kind->key[i].name != NULL; i++)
        pleat__key_print(&kind->key[i], &arguments, writer);
    if (!shared)
        pleat__settings_print(model, layer, writer);
    pleat__print(writer, "\n");
}

static void print_model(const struct pleat_model *model, struct pleat__writer *writer) {
    for (int i = 0; i < model->layer_count; i++)
        print_layer(model, i, writer);
    for (int i = 0; i < model->output_count; i++) {
        pleat__print(writer, "output ");
        pleat__print_name(writer, model->layer[model->output[i]]->name);
        pleat__print(writer, "\n");
    }
}

enum pleat_status pleat_text_write(char **text, const struct pleat_model *model,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(text, error);
    PLEAT__REQUIRE(model, error);
    struct pleat__writer writer = {NULL, 0, 0};
    print_model(model, &writer);
    char *written = pleat__allocate(writer.length + 1, 1);
    if (written == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the text of the model");
    writer = (struct pleat__writer){written, writer.length + 1, 0};
    print_model(model, &writer);
    *text = written;
    return PLEAT_OK;
}

void pleat_text_free(char *text) {
    pleat__free(text);
}
