/* Compiling a model: shapes, plans and memory. */
#include <string.h>

#include <omp.h>

#include "nn/model/freeze.h"
#include "nn/model/lives.h"
#include "nn/model/merge.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

struct pleat_compile_options pleat_compile_options_init(void) {
    return (struct pleat_compile_options){.mode = PLEAT_TRAINING, .batch = 1};
}

void pleat__program_free(const struct pleat_model *model, struct pleat__program *program) {
    if (program == NULL)
        return;
    for (int i = 0; i < program->step_count; i++) {
        if (program->step[i].plan != NULL)
            model->layer[i]->kind->release(program->step[i].plan);
        pleat__freeze_end(&program->step[i].frozen);
    }
    pleat__free(program->activations);
    pleat__free(program->scratch);
    pleat__free(program);
}

/* The spatial extents of input number i. */
static const int64_t *input_extent(const struct pleat_compile_options *options, int i) {
    return options->input_extent != NULL ? options->input_extent[i] : options->extent;
}

static enum pleat_status check_extents(const struct pleat__layer *input, const int64_t *extent,
                                       struct pleat_error *error) {
    for (int axis = 0; axis < input->rank; axis++)
        if (extent[axis] < 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] of input \"%s\" must be at least 1, got %lld", axis,
                               input->name, (long long)extent[axis]);
    return PLEAT_OK;
}

static enum pleat_status check_options(const struct pleat_model *model,
                                       const struct pleat_compile_options *options,
                                       struct pleat_error *error) {
    if (options->mode != PLEAT_TRAINING && options->mode != PLEAT_INFERENCE)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "mode %d is neither training nor inference", (int)options->mode);
    if (options->batch < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "batch must be at least 1, got %lld",
                           (long long)options->batch);
    if (options->threads < 0 || options->threads > PLEAT_MAX_THREADS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "threads must be 0 to %d, got %d",
                           PLEAT_MAX_THREADS, options->threads);
    for (int i = 0; i < model->input_count; i++)
        PLEAT__TRY(check_extents(model->layer[model->input[i]], input_extent(options, i), error));
    if (options->input_gradient != 0 && options->mode == PLEAT_INFERENCE)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "input_gradient must be 0 in inference: there is no backward");
    if (options->freeze != 0 && options->mode == PLEAT_TRAINING)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "freeze must be 0 in training, which changes the values");
    return PLEAT_OK;
}

static bool is_read(const struct pleat_model *model, int layer) {
    for (int j = layer + 1; j < model->layer_count; j++)
        for (int k = 0; k < model->layer[j]->input_count; k++)
            if (model->layer[j]->input[k] == layer)
                return true;
    return false;
}

/* Refuses a graph with loose ends. */
static enum pleat_status check_graph(const struct pleat_model *model, struct pleat_error *error) {
    if (model->layer_count == model->input_count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a model needs an input and at least one more layer, this one has %d",
                           model->layer_count);
    for (int i = 0; i < model->layer_count; i++)
        if (!is_read(model, i) &&
            (pleat__output_index(model, i) < 0 || model->layer[i]->input_count == 0))
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "no layer reads \"%s\", which is no output: the last layer is one "
                               "unless others are marked",
                               model->layer[i]->name);
    return PLEAT_OK;
}

/* Sets the extents of the inputs. */
static void shape_inputs(const struct pleat__compilation *c) {
    const struct pleat_model *model = c->model;
    for (int i = 0; i < model->input_count; i++) {
        const struct pleat__layer *layer = model->layer[model->input[i]];
        int64_t extent[PLEAT_MAX_RANK] = {c->program->options.batch, layer->channels};
        memcpy(extent + 2, input_extent(&c->program->options, i),
               (size_t)layer->rank * sizeof extent[0]);
        c->program->step[model->input[i]].value =
            pleat_tensor_view(NULL, model->dtype, 2 + layer->rank, extent);
    }
}

/* What a layer reads: its parameters, or their frozen copies. */
static const struct pleat_parameter *values_of(const struct pleat__compilation *c, int i) {
    const struct pleat__step *step = &c->program->step[i];
    return step->frozen.parameter_count > 0
               ? step->frozen.parameter
               : c->model->parameter + c->model->layer[i]->first_parameter;
}

/* Tells the layer what it may do beside its own function. */
static enum pleat_status tell_layer(const struct pleat__compilation *c, int i,
                                    struct pleat__needs *needs, struct pleat_error *error) {
    const struct pleat__step *step = &c->program->step[i];
    const bool freezes = c->program->options.freeze != 0;
    if (freezes && c->model->layer[i]->parameter_count > 0)
        PLEAT__TRY(pleat__freeze_layer(c, i, error));
    if (step->frozen.parameter_count > 0)
        needs->frozen = step->frozen.parameter;
    if (step->activation < 0)
        return PLEAT_OK;
    const struct pleat__layer *activation = c->model->layer[step->activation];
    if (freezes && activation->parameter_count > 0)
        PLEAT__TRY(pleat__freeze_layer(c, step->activation, error));
    activation->kind->activation(activation, values_of(c, step->activation), &needs->activation);
    return PLEAT_OK;
}

/* The step of a layer that was merged into another, which computes it. */
static void prepare_merged(const struct pleat__compilation *c, int i) {
    struct pleat__step *step = &c->program->step[i];
    const struct pleat__step *source = &c->program->step[step->source];
    step->value = source->value;
    step->flops = source->activation == i ? (double)pleat_tensor_size(&step->value) : 0;
}

/* Makes the step of one layer: its plan, the extents of its output, and what it needs. */
static enum pleat_status prepare_layer(const struct pleat__compilation *c, int i,
                                       struct pleat__needs *needs, struct pleat_error *error) {
    const struct pleat__layer *layer = c->model->layer[i];
    struct pleat__program *program = c->program;
    const struct pleat_plan_options options = {.dtype = c->model->dtype,
                                               .threads = program->threads};
    struct pleat_tensor input[PLEAT_MAX_INPUTS];
    for (int k = 0; k < layer->input_count; k++)
        input[k] = program->step[layer->input[k]].value;
    const bool training = program->options.mode == PLEAT_TRAINING;
    *needs = (struct pleat__needs){.training = training, .output = input[0]};
    PLEAT__TRY(tell_layer(c, i, needs, error));
    if (layer->kind->prepare == NULL)
        needs->flops = (double)pleat_tensor_size(&input[0]);
    else {
        const enum pleat_status status = layer->kind->prepare(layer, input, &options, needs, error);
        if (status != PLEAT_OK)
            return pleat__fail_in_layer(layer->name, status, error);
    }
    struct pleat__step *step = &program->step[i];
    step->plan = needs->plan;
    step->value = needs->output;
    step->flops = needs->flops;
    if (needs->packed_bytes > 0)
        pleat__freeze_packed(&step->frozen, needs->packed_bytes);
    if (needs->forward_scratch > program->scratch_bytes)
        program->scratch_bytes = needs->forward_scratch;
    if (training && needs->backward_scratch > program->scratch_bytes)
        program->scratch_bytes = needs->backward_scratch;
    return PLEAT_OK;
}

/* Makes the steps in order. */
static enum pleat_status prepare_layers(struct pleat__compilation *c, struct pleat_error *error) {
    shape_inputs(c);
    for (int i = 0; i < c->model->layer_count; i++) {
        const struct pleat__layer *layer = c->model->layer[i];
        struct pleat__needs needs = {.saved = 0};
        if (c->program->step[i].source != i)
            prepare_merged(c, i);
        else if (layer->input_count > 0)
            PLEAT__TRY(prepare_layer(c, i, &needs, error));
        c->buffer[pleat__buffer_of(i, PLEAT__SAVED)].bytes = needs.saved;
        if (!pleat__extent_bytes(&c->program->step[i].value, pleat_dtype_size(c->model->dtype),
                                 &c->buffer[pleat__buffer_of(i, PLEAT__VALUE)].bytes))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "layer \"%s\": the output's bytes do not fit in size_t",
                               layer->name);
    }
    return PLEAT_OK;
}

/* Decides through which layers gradients flow. */
static void mark_backward(struct pleat__compilation *c) {
    struct pleat__program *program = c->program;
    if (program->options.mode != PLEAT_TRAINING)
        return;
    for (int i = 0; i < program->step_count; i++) {
        const struct pleat__layer *layer = c->model->layer[i];
        bool wanted = layer->input_count > 0 ? layer->parameter_count > 0
                                             : program->options.input_gradient != 0;
        for (int k = 0; k < layer->input_count; k++)
            wanted = wanted || program->step[layer->input[k]].backward;
        program->step[i].backward = wanted;
    }
}

/* Lays out the activations. */
static enum pleat_status lay_out(struct pleat__compilation *c, struct pleat_error *error) {
    struct pleat__program *program = c->program;
    bool fits = true;
    for (int i = 0; i < program->step_count * PLEAT__BUFFERS_A_LAYER; i++)
        if (c->owner[i] != i || c->buffer[i].first <= c->buffer[i].last)
            fits = fits &&
                   pleat__add_size(program->apart_bytes, c->buffer[i].bytes, &program->apart_bytes);
    if (!fits || !pleat__layout(c->buffer, program->step_count * PLEAT__BUFFERS_A_LAYER,
                                &program->activation_bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "the activations' bytes do not fit in size_t");
    return PLEAT_OK;
}

static enum pleat_status allocate_program(struct pleat__program *program,
                                          struct pleat_error *error) {
    program->activations = pleat__allocate(program->activation_bytes, 1);
    program->scratch = pleat__allocate(program->scratch_bytes, 1);
    if (program->activations == NULL || program->scratch == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY,
                           "no memory for %zu bytes of activations and %zu of scratch",
                           program->activation_bytes, program->scratch_bytes);
    return PLEAT_OK;
}

/* Returns the memory of a buffer, or NULL where it never lives. */
static void *memory_of(const struct pleat__compilation *c, int buffer) {
    const struct pleat__buffer *b = &c->buffer[c->owner[buffer]];
    return b->first > b->last ? NULL : (unsigned char *)c->program->activations + b->offset;
}

static void point_steps(const struct pleat__compilation *c) {
    for (int i = 0; i < c->program->step_count; i++) {
        struct pleat__step *step = &c->program->step[i];
        step->grad = step->value;
        step->value.data = memory_of(c, pleat__buffer_of(i, PLEAT__VALUE));
        step->grad.data = memory_of(c, pleat__buffer_of(i, PLEAT__GRAD));
        step->saved = memory_of(c, pleat__buffer_of(i, PLEAT__SAVED));
        for (int k = 0; k < c->model->layer[i]->input_count; k++) {
            step->addend[k] = c->program->step[c->model->layer[i]->input[k]].value;
            step->addend[k].data = memory_of(c, pleat__buffer_of(i, PLEAT__ADDEND + k));
        }
    }
}

/* Gives the buffers neither life nor company. */
static void start_buffers(struct pleat__compilation *c) {
    for (int i = 0; i < c->model->layer_count * PLEAT__BUFFERS_A_LAYER; i++) {
        c->buffer[i].first = 1;
        c->owner[i] = i;
    }
}

static enum pleat_status build(struct pleat__compilation *c, bool sketch,
                               struct pleat_error *error) {
    start_buffers(c);
    pleat__merge(c);
    PLEAT__TRY(prepare_layers(c, error));
    mark_backward(c);
    pleat__set_lives(c);
    PLEAT__TRY(lay_out(c, error));
    c->program->options.input_extent = NULL; /* it is the caller's */
    if (sketch)
        return PLEAT_OK;
    PLEAT__TRY(allocate_program(c->program, error));
    point_steps(c);
    return PLEAT_OK;
}

enum pleat_status pleat__program_make(struct pleat__program **made, const struct pleat_model *model,
                                      const struct pleat_compile_options *options, bool sketch,
                                      struct pleat_error *error) {
    PLEAT__TRY(check_graph(model, error));
    PLEAT__TRY(check_options(model, options, error));
    const size_t layers = (size_t)model->layer_count, buffers = layers * PLEAT__BUFFERS_A_LAYER;
    struct pleat__compilation c = {
        .model = model,
        .program =
            pleat__allocate(1, sizeof(struct pleat__program) + layers * sizeof(struct pleat__step)),
        .buffer = pleat__allocate(buffers, sizeof *c.buffer),
        .owner = pleat__allocate(buffers, sizeof *c.owner)};
    enum pleat_status status;
    if (c.program == NULL || c.buffer == NULL || c.owner == NULL)
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to compile the model");
    else {
        c.program->options = *options;
        c.program->step_count = model->layer_count;
        c.program->threads = options->threads > 0
                                 ? options->threads
                                 : (int)pleat__min(omp_get_max_threads(), PLEAT_MAX_THREADS);
        status = build(&c, sketch, error);
    }
    pleat__free(c.buffer);
    pleat__free(c.owner);
    if (status == PLEAT_OK)
        *made = c.program;
    else
        pleat__program_free(model, c.program);
    return status;
}

/* Points the parameters at their gradients, which lie as their values do. */
static void set_grads(struct pleat_model *model, unsigned char *grads) {
    model->grads = grads;
    for (int i = 0; i < model->parameter_count; i++) {
        const unsigned char *value = model->parameter[i].value.data;
        model->parameter[i].grad.data = grads + (value - (unsigned char *)model->values);
    }
}

enum pleat_status pleat_model_compile(struct pleat_model *model,
                                      const struct pleat_compile_options *options,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(options, error);
    struct pleat__program *program;
    PLEAT__TRY(pleat__program_make(&program, model, options, false, error));
    if (options->mode == PLEAT_TRAINING && model->grads == NULL) {
        void *grads = pleat__allocate(model->block_bytes, 1);
        if (grads == NULL) {
            pleat__program_free(model, program);
            return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu bytes of gradients",
                               model->block_bytes);
        }
        set_grads(model, grads);
    }
    pleat__program_free(model, model->program);
    model->program = program;
    return PLEAT_OK;
}
