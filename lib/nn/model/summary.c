/* The summary of a model. */
#include <pleat/summary.h>

#include <string.h>

#include "base/error.h"
#include "base/writer.h"
#include "nn/model/graph.h"

int pleat_model_layer_count(const struct pleat_model *model) {
    return model != NULL ? model->layer_count : 0;
}

struct pleat_layer_summary pleat_model_layer(const struct pleat_model *model, int index) {
    if (index < 0 || index >= pleat_model_layer_count(model))
        return (struct pleat_layer_summary){.name = NULL};
    const struct pleat__layer *layer = model->layer[index];
    struct pleat_layer_summary summary = {.name = layer->name, .kind = layer->label};
    for (int k = 0; layer->original == index && k < layer->parameter_count; k++)
        summary.parameters +=
            pleat_tensor_size(&model->parameter[layer->first_parameter + k].value);
    struct pleat__arguments arguments;
    pleat__layer_describe(layer, &arguments);
    summary.conv = arguments.conv;
    if (model->program == NULL)
        return summary;
    const struct pleat__step *step = &model->program->step[index];
    summary.output = step->value;
    summary.output.data = NULL;
    summary.output.extent[0] = model->program->options.batch;
    summary.flops = step->flops;
    if (step->source != index)
        summary.within = model->layer[step->source]->name;
    else
        summary.bytes = (size_t)pleat_tensor_size(&summary.output) * pleat_dtype_size(model->dtype);
    return summary;
}

/* What a model holds with that program, which may be NULL. */
static struct pleat_model_memory memory_with(const struct pleat_model *model,
                                             const struct pleat__program *program) {
    struct pleat_model_memory memory = {.parameters = model->block_bytes};
    const bool training = program != NULL && program->options.mode == PLEAT_TRAINING;
    memory.gradients = model->grads != NULL || training ? model->block_bytes : 0;
    for (int i = 0; i < pleat_model_state_count(model); i++) {
        const struct pleat_state state = pleat_model_state(model, i);
        memory.states += (size_t)pleat_tensor_size(&state.value) * pleat_dtype_size(model->dtype);
    }
    if (program != NULL) {
        memory.activations = program->activation_bytes;
        memory.apart = program->apart_bytes;
        memory.scratch = program->scratch_bytes;
        for (int i = 0; i < program->step_count; i++)
            memory.frozen += program->step[i].frozen.bytes;
    }
    return memory;
}

struct pleat_model_memory pleat_model_memory(const struct pleat_model *model) {
    return model != NULL ? memory_with(model, model->program)
                         : (struct pleat_model_memory){.states = 0};
}

enum pleat_status pleat_model_measure(const struct pleat_model *model,
                                      const struct pleat_compile_options *options,
                                      struct pleat_model_memory *memory,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(options, error);
    PLEAT__REQUIRE(memory, error);
    struct pleat__program *sketch;
    PLEAT__TRY(pleat__program_make(&sketch, model, options, true, error));
    *memory = memory_with(model, sketch);
    pleat__program_free(model, sketch);
    return PLEAT_OK;
}

/* "2 x 16 x 256 x 256", or "" before a compile. */
static void format_extents(const struct pleat_tensor *tensor, char *text, size_t capacity) {
    struct pleat__writer w = {text, capacity, 0};
    pleat__print(&w, "%s", "");
    for (int i = 0; i < tensor->rank; i++)
        pleat__print(&w, "%s%lld", i > 0 ? " x " : "", (long long)tensor->extent[i]);
}

/* The width of the column of names. */
static int name_width(const struct pleat_model *model) {
    size_t width = strlen("layer");
    for (int i = 0; i < model->layer_count; i++) {
        const size_t length = strlen(model->layer[i]->name);
        width = length > width ? length : width;
    }
    return (int)width;
}

static double mebibytes(size_t bytes) {
    return (double)bytes / (1 << 20);
}

static void print_memory(struct pleat__writer *w, const struct pleat_model_memory *m) {
    pleat__print(w, "parameters %.2f MiB, gradients %.2f MiB, states %.2f MiB\n",
                 mebibytes(m->parameters), mebibytes(m->gradients), mebibytes(m->states));
    if (m->activations > 0)
        pleat__print(w, "activations %.2f MiB, without reuse %.2f MiB; scratch %.2f MiB\n",
                     mebibytes(m->activations), mebibytes(m->apart), mebibytes(m->scratch));
    if (m->frozen > 0)
        pleat__print(w, "frozen %.2f MiB\n", mebibytes(m->frozen));
}

size_t pleat_model_summary(const struct pleat_model *model, char *text, size_t capacity) {
    struct pleat__writer w = {text, capacity, 0};
    if (model == NULL)
        return 0;
    const int width = name_width(model);
    int64_t parameters = 0;
    double flops = 0;
    pleat__print(&w, "%-*s  %-14s  %-26s %12s %10s %9s\n", width, "layer", "kind", "output",
                 "parameters", "Mflop", "MiB");
    for (int i = 0; i < model->layer_count; i++) {
        const struct pleat_layer_summary s = pleat_model_layer(model, i);
        char extents[128];
        format_extents(&s.output, extents, sizeof extents);
        pleat__print(&w, "%-*s  %-14s  %-26s %12lld %10.2f %9.2f%s%s\n", width, s.name,
                     s.kind != NULL ? s.kind : "", extents, (long long)s.parameters, s.flops / 1e6,
                     mebibytes(s.bytes), s.within != NULL ? "  within " : "",
                     s.within != NULL ? s.within : "");
        parameters += s.parameters;
        flops += s.flops;
    }
    pleat__print(&w, "%-*s  %-14s  %-26s %12lld %10.2f\n", width, "total", "", "",
                 (long long)parameters, flops / 1e6);
    const struct pleat_model_memory memory = pleat_model_memory(model);
    print_memory(&w, &memory);
    return w.length;
}
