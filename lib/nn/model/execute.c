/* Running a compiled model. */
#include <stdio.h>

#include "nn/model/graph.h"
#include "nn/kernels/kernels.h"

#include "base/error.h"
#include "base/mix.h"

/* Refuses a tensor that is not like expected in all but the batch, which may be smaller. */
static enum pleat_status check_tensor(const struct pleat_tensor *tensor,
                                      const struct pleat_tensor *expected, const char *name,
                                      struct pleat_error *error) {
    if (tensor->dtype != expected->dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s must be %s, as the model is, got %s",
                           name, pleat_dtype_name(expected->dtype),
                           pleat_dtype_name(tensor->dtype));
    if (tensor->rank != expected->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "%s must have rank %d, got %d", name,
                           expected->rank, tensor->rank);
    if (tensor->extent[0] < 0 || tensor->extent[0] > expected->extent[0])
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "%s must hold 0 to %lld images, got %lld",
                           name, (long long)expected->extent[0], (long long)tensor->extent[0]);
    for (int i = 1; i < tensor->rank; i++)
        if (tensor->extent[i] != expected->extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent[%d] of %s must be %lld, got %lld", i, name,
                               (long long)expected->extent[i], (long long)tensor->extent[i]);
    if (tensor->data == NULL && tensor->extent[0] > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the data of %s must not be NULL", name);
    return PLEAT_OK;
}

static enum pleat_status require_program(const struct pleat_model *model,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    if (model->program == NULL)
        return pleat__fail(error, PLEAT_WRONG_STATE, "the model must be compiled first");
    return PLEAT_OK;
}

/* What forward and backward of a layer have in common. */
static struct pleat__layer_call call_of(const struct pleat_model *model, int i) {
    const struct pleat__program *program = model->program;
    const struct pleat__layer *layer = model->layer[i];
    const struct pleat__frozen *frozen = &program->step[i].frozen;
    const bool is_frozen = frozen->parameter_count > 0;
    struct pleat__layer_call call = {
        .layer = layer,
        .parameter = is_frozen ? frozen->parameter : model->parameter + layer->first_parameter,
        .parameter_count = is_frozen ? frozen->parameter_count : layer->parameter_count,
        .state = is_frozen ? frozen->state : layer->state,
        .plan = program->step[i].plan,
        .scratch = program->scratch,
        .scratch_bytes = program->scratch_bytes,
        .saved = program->step[i].saved,
        .training = program->options.mode == PLEAT_TRAINING,
        .threads = program->threads,
        .key = pleat__mix(program->key + (uint64_t)i),
        .output = program->step[i].value,
    };
    for (int k = 0; k < layer->input_count; k++)
        call.input[k] = program->step[program->step[layer->input[k]].source].value;
    return call;
}

enum pleat_status pleat__forward_layer(const struct pleat_model *model, int i,
                                       struct pleat_error *error) {
    if (model->layer[i]->input_count == 0 || model->program->step[i].source != i)
        return PLEAT_OK;
    const struct pleat__layer_call call = call_of(model, i);
    return model->layer[i]->kind->forward(&call, error);
}

static void set_batch(struct pleat__program *program, int64_t batch) {
    for (int i = 0; i < program->step_count; i++) {
        struct pleat__step *step = &program->step[i];
        step->value.extent[0] = step->grad.extent[0] = batch;
        for (int k = 0; k < PLEAT_MAX_INPUTS; k++)
            step->addend[k].extent[0] = batch;
    }
}

static enum pleat_status check_count(int count, int expected, const char *name,
                                     struct pleat_error *error) {
    if (count != expected)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the model has %d %s, got %d", expected,
                           name, count);
    return PLEAT_OK;
}

/* What a message calls one of several tensors: its role alone where there is only one. */
static const char *tensor_name(const struct pleat_model *model, int count, int layer,
                               const char *role, char text[static PLEAT_MAX_NAME + 32]) {
    if (count > 1)
        snprintf(text, PLEAT_MAX_NAME + 32, "%s of \"%s\"", role, model->layer[layer]->name);
    else
        snprintf(text, PLEAT_MAX_NAME + 32, "%s", role);
    return text;
}

static enum pleat_status check_inputs(const struct pleat_model *model, int count,
                                      const struct pleat_tensor *input, struct pleat_error *error) {
    PLEAT__TRY(check_count(count, model->input_count, "inputs", error));
    for (int i = 0; i < count; i++) {
        char name[PLEAT_MAX_NAME + 32];
        struct pleat_tensor expected = model->program->step[model->input[i]].value;
        expected.extent[0] = model->program->options.batch;
        tensor_name(model, count, model->input[i], "input", name);
        PLEAT__TRY(check_tensor(&input[i], &expected, name, error));
        if (input[i].extent[0] != input[0].extent[0])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "%s must hold %lld images, as the first one does, got %lld", name,
                               (long long)input[0].extent[0], (long long)input[i].extent[0]);
    }
    return PLEAT_OK;
}

/* A forward in training has random numbers of its own. */
static void take_key(struct pleat_model *model) {
    model->program->key = pleat__mix(pleat__mix(model->dropout_seed) + model->dropout_step);
    if (model->program->options.mode == PLEAT_TRAINING)
        model->dropout_step++;
}

enum pleat_status pleat_model_forward_all(struct pleat_model *model, int count,
                                          const struct pleat_tensor *inputs,
                                          struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(inputs, error);
    struct pleat__program *program = model->program;
    PLEAT__TRY(check_inputs(model, count, inputs, error));
    program->forward_done = false;
    set_batch(program, inputs[0].extent[0]);
    for (int i = 0; i < count; i++)
        program->step[model->input[i]].value.data = inputs[i].data;
    program->has_inputs = true;
    take_key(model);
    for (int i = 0; i < program->step_count; i++)
        PLEAT__TRY(pleat__forward_layer(model, i, error));
    program->forward_done = true;
    return PLEAT_OK;
}

enum pleat_status pleat_model_forward(struct pleat_model *model, const struct pleat_tensor *input,
                                      struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(input, error);
    return pleat_model_forward_all(model, 1, input, error);
}

const struct pleat_tensor *pleat_model_output_at(const struct pleat_model *model, int index) {
    if (model == NULL || model->program == NULL || index < 0 || index >= pleat__output_count(model))
        return NULL;
    return &model->program->step[pleat__output(model, index)].value;
}

const struct pleat_tensor *pleat_model_output(const struct pleat_model *model) {
    return pleat_model_output_at(model, 0);
}

/* Runs one layer backward: each input's gradient goes to its place, or into the addend and is
 * added to what later readers of the same value have left there. */
static enum pleat_status backward_layer(const struct pleat_model *model, int i,
                                        const struct pleat_tensor *grad_output,
                                        struct pleat_error *error) {
    const struct pleat__layer *layer = model->layer[i];
    const struct pleat__step *step = &model->program->step[i];
    struct pleat__layer_call call = call_of(model, i);
    call.grad_output = *grad_output;
    for (int k = 0; k < layer->input_count; k++)
        call.grad_input[k] = step->addend[k].data != NULL
                                 ? step->addend[k]
                                 : model->program->step[layer->input[k]].grad;
    PLEAT__TRY(layer->kind->backward(&call, error));
    for (int k = 0; k < layer->input_count; k++)
        if (step->addend[k].data != NULL)
            pleat__kernels(model->dtype)
                ->add(pleat_tensor_size(&step->addend[k]), step->addend[k].data,
                      model->program->step[layer->input[k]].grad.data, model->program->threads);
    return PLEAT_OK;
}

/* Returns the gradient of a layer's value: what its readers have left, with the caller's, where it
 * is an output, added last; the caller's alone where it has no readers. */
static const struct pleat_tensor *whole_gradient(const struct pleat_model *model, int i,
                                                 const struct pleat_tensor *grad_outputs) {
    const struct pleat_tensor *grad = &model->program->step[i].grad;
    const int output = pleat__output_index(model, i);
    if (output < 0)
        return grad;
    if (grad->data == NULL)
        return &grad_outputs[output];
    pleat__kernels(model->dtype)
        ->add(pleat_tensor_size(grad), grad_outputs[output].data, grad->data,
              model->program->threads);
    return grad;
}

static enum pleat_status check_grad_output(const struct pleat_model *model, int index,
                                           const struct pleat_tensor *grad_output,
                                           struct pleat_error *error) {
    char name[PLEAT_MAX_NAME + 32];
    const int count = pleat__output_count(model);
    const struct pleat_tensor *output = pleat_model_output_at(model, index);
    tensor_name(model, count, pleat__output(model, index), "grad_output", name);
    if (grad_output->rank > 0 && grad_output->extent[0] != output->extent[0])
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "%s must hold %lld images, as forward did, got %lld", name,
                           (long long)output->extent[0], (long long)grad_output->extent[0]);
    PLEAT__TRY(check_tensor(grad_output, output, name, error));
    for (int i = 0; i < count && output->extent[0] > 0; i++)
        if (grad_output->data == pleat_model_output_at(model, i)->data)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "%s must not lie in an output's memory, which backward reads", name);
    return PLEAT_OK;
}

enum pleat_status pleat_model_backward_all(struct pleat_model *model, int count,
                                           const struct pleat_tensor *grad_outputs,
                                           struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(grad_outputs, error);
    struct pleat__program *program = model->program;
    if (program->options.mode != PLEAT_TRAINING)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model is compiled for inference: compile it for training");
    if (!program->forward_done)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "each backward needs a forward of its own before it");
    PLEAT__TRY(check_count(count, pleat__output_count(model), "outputs", error));
    for (int i = 0; i < count; i++)
        PLEAT__TRY(check_grad_output(model, i, &grad_outputs[i], error));
    program->forward_done = false;
    for (int i = program->step_count - 1; i >= 0; i--)
        if (program->step[i].backward && model->layer[i]->input_count > 0)
            PLEAT__TRY(backward_layer(model, i, whole_gradient(model, i, grad_outputs), error));
    return PLEAT_OK;
}

enum pleat_status pleat_model_backward(struct pleat_model *model,
                                       const struct pleat_tensor *grad_output,
                                       struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(grad_output, error);
    return pleat_model_backward_all(model, 1, grad_output, error);
}

const struct pleat_tensor *pleat_model_input_gradient_at(const struct pleat_model *model,
                                                         int index) {
    if (model == NULL || model->program == NULL || model->program->options.input_gradient == 0 ||
        index < 0 || index >= model->input_count)
        return NULL;
    return &model->program->step[model->input[index]].grad;
}

const struct pleat_tensor *pleat_model_input_gradient(const struct pleat_model *model) {
    return pleat_model_input_gradient_at(model, 0);
}
