/* Running a compiled model. */
#include "nn/graph.h"
#include "nn/kernels.h"

#include "base/error.h"

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
    struct pleat__layer_call call = {
        .layer = layer,
        .parameter = model->parameter + layer->first_parameter,
        .plan = program->step[i].plan,
        .scratch = program->scratch,
        .scratch_bytes = program->scratch_bytes,
        .threads = program->threads,
        .output = program->step[i].value,
    };
    for (int k = 0; k < layer->input_count; k++)
        call.input[k] = program->step[layer->input[k]].value;
    return call;
}

static void set_batch(struct pleat__program *program, int64_t batch) {
    for (int i = 0; i < program->step_count; i++) {
        struct pleat__step *step = &program->step[i];
        step->value.extent[0] = step->grad.extent[0] = batch;
        for (int k = 0; k < PLEAT__MAX_INPUTS; k++)
            step->addend[k].extent[0] = batch;
    }
}

enum pleat_status pleat_model_forward(struct pleat_model *model, const struct pleat_tensor *input,
                                      struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(input, error);
    struct pleat__program *program = model->program;
    struct pleat_tensor expected = program->step[0].value;
    expected.extent[0] = program->options.batch;
    PLEAT__TRY(check_tensor(input, &expected, "input", error));
    program->forward_done = false;
    set_batch(program, input->extent[0]);
    program->step[0].value.data = input->data;
    for (int i = 1; i < program->step_count; i++) {
        const struct pleat__layer_call call = call_of(model, i);
        PLEAT__TRY(model->layer[i]->kind->forward(&call, error));
    }
    program->forward_done = true;
    return PLEAT_OK;
}

const struct pleat_tensor *pleat_model_output(const struct pleat_model *model) {
    if (model == NULL || model->program == NULL)
        return NULL;
    return &model->program->step[model->program->step_count - 1].value;
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

enum pleat_status pleat_model_backward(struct pleat_model *model,
                                       const struct pleat_tensor *grad_output,
                                       struct pleat_error *error) {
    PLEAT__TRY(require_program(model, error));
    PLEAT__REQUIRE(grad_output, error);
    struct pleat__program *program = model->program;
    if (program->options.mode != PLEAT_TRAINING)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "the model is compiled for inference: compile it for training");
    if (!program->forward_done)
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "each backward needs a forward of its own before it");
    const struct pleat_tensor *output = pleat_model_output(model);
    if (grad_output->rank > 0 && grad_output->extent[0] != output->extent[0])
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "grad_output must hold %lld images, as forward did, got %lld",
                           (long long)output->extent[0], (long long)grad_output->extent[0]);
    PLEAT__TRY(check_tensor(grad_output, output, "grad_output", error));
    if (grad_output->data == output->data && output->extent[0] > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "grad_output must not lie in the output's memory, which backward reads");
    program->forward_done = false;
    for (int i = program->step_count - 1; i > 0; i--) {
        const bool last = i == program->step_count - 1;
        if (program->step[i].backward)
            PLEAT__TRY(
                backward_layer(model, i, last ? grad_output : &program->step[i].grad, error));
    }
    return PLEAT_OK;
}

const struct pleat_tensor *pleat_model_input_gradient(const struct pleat_model *model) {
    if (model == NULL || model->program == NULL || model->program->options.input_gradient == 0)
        return NULL;
    return &model->program->step[0].grad;
}
