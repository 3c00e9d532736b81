/* Compiling a model: shapes, plans and memory. Time is counted in steps: layer i runs forward at
 * step i and backward at step 2 L - 1 - i, where L is the number of layers; what the caller may
 * look at lives on to step 2 L. */
#include <string.h>

#include <omp.h>

#include "nn/graph.h"
#include "nn/layout.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

struct pleat_compile_options pleat_compile_options_init(void) {
    return (struct pleat_compile_options){.mode = PLEAT_TRAINING, .batch = 1};
}

void pleat__program_free(const struct pleat_model *model, struct pleat__program *program) {
    if (program == NULL)
        return;
    for (int i = 0; i < program->step_count; i++)
        if (program->step[i].plan != NULL)
            model->layer[i]->kind->release(program->step[i].plan);
    pleat__free(program->activations);
    pleat__free(program->scratch);
    pleat__free(program);
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
    for (int axis = 0; axis < model->layer[0]->rank; axis++)
        if (options->extent[axis] < 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] must be at least 1, got %lld", axis,
                               (long long)options->extent[axis]);
    if (options->input_gradient != 0 && options->mode == PLEAT_INFERENCE)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "input_gradient must be 0 in inference: there is no backward");
    return PLEAT_OK;
}

/* Refuses a graph with loose ends. */
static enum pleat_status check_graph(const struct pleat_model *model, struct pleat_error *error) {
    if (model->layer_count < 2)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a model needs an input and at least one more layer, this one has %d",
                           model->layer_count);
    for (int i = 0; i < model->layer_count - 1; i++) {
        bool read = false;
        for (int j = i + 1; j < model->layer_count; j++)
            for (int k = 0; k < model->layer[j]->input_count; k++)
                read = read || model->layer[j]->input[k] == i;
        if (!read)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "no layer reads \"%s\": only the last layer is an output",
                               model->layer[i]->name);
    }
    return PLEAT_OK;
}

/* Computes the bytes of a tensor whose extents are positive; returns false on overflow. */
static bool tensor_bytes(const struct pleat_tensor *tensor, size_t *bytes) {
    int64_t size = (int64_t)pleat_dtype_size(tensor->dtype);
    for (int i = 0; i < tensor->rank; i++)
        if (!pleat__multiply(size, tensor->extent[i], &size))
            return false;
    *bytes = (size_t)size;
    return (uint64_t)size <= SIZE_MAX;
}

/* What is gathered while a program is made. Buffers: for each layer its value, its gradient and
 * one addend an input. */
enum { VALUE, GRAD, ADDEND, BUFFERS_A_LAYER = ADDEND + PLEAT__MAX_INPUTS };

struct compilation {
    const struct pleat_model *model;
    struct pleat__program *program;
    struct pleat__buffer *buffer;
    /* The buffer in whose memory a buffer lies: its own, unless a layer runs in place. */
    int *owner;
};

static int buffer_of(int layer, int which) {
    return layer * BUFFERS_A_LAYER + which;
}

/* Makes the steps in order: plans and extents of outputs. */
static enum pleat_status prepare_layers(struct compilation *c, struct pleat_error *error) {
    const struct pleat_model *model = c->model;
    struct pleat__program *program = c->program;
    const struct pleat_plan_options options = {.dtype = model->dtype, .threads = program->threads};
    int64_t extent[PLEAT_MAX_RANK] = {program->options.batch, model->layer[0]->channels};
    memcpy(extent + 2, program->options.extent, sizeof program->options.extent);
    program->step[0].value =
        pleat_tensor_view(NULL, model->dtype, 2 + model->layer[0]->rank, extent);
    program->step_count = 1;
    for (int i = 1; i < model->layer_count; i++) {
        const struct pleat__layer *layer = model->layer[i];
        struct pleat__step *step = &program->step[i];
        struct pleat_tensor input[PLEAT__MAX_INPUTS];
        for (int k = 0; k < layer->input_count; k++)
            input[k] = program->step[layer->input[k]].value;
        struct pleat__needs needs = {.output = input[0]};
        if (layer->kind->prepare != NULL) {
            const enum pleat_status status =
                layer->kind->prepare(layer, input, &options, &needs, error);
            if (status != PLEAT_OK)
                return pleat__fail_in_layer(layer->name, status, error);
        }
        step->plan = needs.plan;
        step->value = needs.output;
        program->step_count = i + 1;
        const bool training = program->options.mode == PLEAT_TRAINING;
        if (needs.forward_scratch > program->scratch_bytes)
            program->scratch_bytes = needs.forward_scratch;
        if (training && needs.backward_scratch > program->scratch_bytes)
            program->scratch_bytes = needs.backward_scratch;
        if (!tensor_bytes(&step->value, &c->buffer[buffer_of(i, VALUE)].bytes))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "layer \"%s\": the output's bytes do not fit in size_t",
                               layer->name);
    }
    return PLEAT_OK;
}

/* Decides through which layers gradients flow. */
static void mark_backward(struct compilation *c) {
    struct pleat__program *program = c->program;
    if (program->options.mode != PLEAT_TRAINING)
        return;
    program->step[0].backward = program->options.input_gradient != 0;
    for (int i = 1; i < program->step_count; i++) {
        const struct pleat__layer *layer = c->model->layer[i];
        bool wanted = layer->parameter_count > 0;
        for (int k = 0; k < layer->input_count; k++)
            wanted = wanted || program->step[layer->input[k]].backward;
        program->step[i].backward = wanted;
    }
}

/* Lets two buffers that hold the same extents share the memory of the first. */
static void share(struct compilation *c, int first, int second) {
    const int owner = c->owner[first];
    c->owner[second] = owner;
    c->buffer[owner].last = (int)pleat__max(c->buffer[owner].last, c->buffer[second].last);
    c->buffer[second].first = c->buffer[second].last + 1;
}

/* The step in which the value of a layer is read for the last time. */
static int last_read(const struct compilation *c, int layer) {
    const struct pleat__step *step = c->program->step;
    const int count = c->program->step_count;
    if (layer == count - 1)
        return 2 * count;
    int last = layer;
    if (step[layer].backward && c->model->layer[layer]->kind->backward_reads_output)
        last = 2 * count - 1 - layer;
    for (int j = layer + 1; j < count; j++)
        for (int k = 0; k < c->model->layer[j]->input_count; k++)
            if (c->model->layer[j]->input[k] == layer) {
                const bool again =
                    step[j].backward && c->model->layer[j]->kind->backward_reads_input;
                last = (int)pleat__max(last, again ? 2 * count - 1 - j : j);
            }
    return last;
}

/* Sets the lives of values; the input's value is the caller's. */
static void place_values(struct compilation *c) {
    const int count = c->program->step_count;
    for (int i = 1; i < count; i++) {
        const struct pleat__layer *layer = c->model->layer[i];
        struct pleat__buffer *value = &c->buffer[buffer_of(i, VALUE)];
        value->first = i;
        value->last = last_read(c, i);
        const int input = layer->input[0];
        if (layer->kind->in_place && input != 0 && last_read(c, input) == i)
            share(c, buffer_of(input, VALUE), buffer_of(i, VALUE));
    }
}

/* Sets the lives of gradients: from the backward of the last reader, which overwrites, over those
 * of other readers, which add, to the producer's. The output's is the caller's. */
static void place_grads(struct compilation *c) {
    struct pleat__step *step = c->program->step;
    const int count = c->program->step_count;
    for (int j = count - 1; j > 0; j--) {
        const struct pleat__layer *layer = c->model->layer[j];
        const int now = 2 * count - 1 - j;
        for (int k = 0; step[j].backward && k < layer->input_count; k++) {
            const int i = layer->input[k];
            struct pleat__buffer *grad = &c->buffer[buffer_of(i, GRAD)];
            if (!step[i].backward)
                continue;
            if (grad->bytes > 0) {
                c->buffer[buffer_of(j, ADDEND + k)] = (struct pleat__buffer){
                    .bytes = c->buffer[buffer_of(i, VALUE)].bytes, .first = now, .last = now};
                continue;
            }
            grad->bytes = c->buffer[buffer_of(i, VALUE)].bytes;
            grad->first = now;
            grad->last = 2 * count - 1 - i;
            if (layer->kind->in_place && j != count - 1)
                share(c, buffer_of(j, GRAD), buffer_of(i, GRAD));
        }
    }
}

/* Lays out the activations, allocates them and the scratch, and points the steps at them. */
static enum pleat_status allocate_program(struct compilation *c, struct pleat_error *error) {
    struct pleat__program *program = c->program;
    if (!pleat__layout(c->buffer, program->step_count * BUFFERS_A_LAYER,
                       &program->activation_bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "the activations' bytes do not fit in size_t");
    program->activations = pleat__allocate(program->activation_bytes, 1);
    program->scratch = pleat__allocate(program->scratch_bytes, 1);
    if (program->activations == NULL || program->scratch == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY,
                           "no memory for %zu bytes of activations and %zu of scratch",
                           program->activation_bytes, program->scratch_bytes);
    return PLEAT_OK;
}

/* Returns the memory of a buffer, or NULL where it never lives. */
static void *memory_of(const struct compilation *c, int buffer) {
    const struct pleat__buffer *b = &c->buffer[c->owner[buffer]];
    return b->first > b->last ? NULL : (unsigned char *)c->program->activations + b->offset;
}

static void point_steps(const struct compilation *c) {
    for (int i = 0; i < c->program->step_count; i++) {
        struct pleat__step *step = &c->program->step[i];
        step->grad = step->value;
        step->value.data = memory_of(c, buffer_of(i, VALUE));
        step->grad.data = memory_of(c, buffer_of(i, GRAD));
        for (int k = 0; k < c->model->layer[i]->input_count; k++) {
            step->addend[k] = c->program->step[c->model->layer[i]->input[k]].value;
            step->addend[k].data = memory_of(c, buffer_of(i, ADDEND + k));
        }
    }
}

/* Gives the buffers neither life nor company. */
static void start_buffers(struct compilation *c) {
    for (int i = 0; i < c->model->layer_count * BUFFERS_A_LAYER; i++) {
        c->buffer[i].first = 1;
        c->owner[i] = i;
    }
}

static enum pleat_status build(struct compilation *c, struct pleat_error *error) {
    start_buffers(c);
    PLEAT__TRY(prepare_layers(c, error));
    if (!tensor_bytes(&c->program->step[0].value, &c->buffer[buffer_of(0, VALUE)].bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the input's bytes do not fit in size_t");
    mark_backward(c);
    place_values(c);
    place_grads(c);
    PLEAT__TRY(allocate_program(c, error));
    point_steps(c);
    return PLEAT_OK;
}

/* Makes a program and overwrites *made with it. */
static enum pleat_status make_program(const struct pleat_model *model,
                                      const struct pleat_compile_options *options,
                                      struct pleat__program **made, struct pleat_error *error) {
    const size_t layers = (size_t)model->layer_count, buffers = layers * BUFFERS_A_LAYER;
    struct compilation c = {.model = model,
                            .program = pleat__allocate(1, sizeof(struct pleat__program) +
                                                              layers * sizeof(struct pleat__step)),
                            .buffer = pleat__allocate(buffers, sizeof *c.buffer),
                            .owner = pleat__allocate(buffers, sizeof *c.owner)};
    enum pleat_status status;
    if (c.program == NULL || c.buffer == NULL || c.owner == NULL)
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to compile the model");
    else {
        c.program->options = *options;
        c.program->threads = options->threads > 0
                                 ? options->threads
                                 : (int)pleat__min(omp_get_max_threads(), PLEAT_MAX_THREADS);
        status = build(&c, error);
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
    PLEAT__TRY(check_graph(model, error));
    PLEAT__TRY(check_options(model, options, error));
    struct pleat__program *program;
    PLEAT__TRY(make_program(model, options, &program, error));
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
