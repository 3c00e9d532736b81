/* One step of a workload. */
#include <stdlib.h>

#include "bench/workload.h"
#include "fault.h"

/* Gives the tensor memory for its extents, filled with standard normal numbers. */
static enum pleat_status draw(struct pleat_tensor *tensor, int rank, const int64_t *extent,
                              struct pleat_random *random, struct pleat_error *error) {
    *tensor = pleat_tensor_view(NULL, PLEAT_FLOAT32, rank, extent);
    tensor->data = malloc((size_t)pleat_tensor_size(tensor) * sizeof(float));
    if (tensor->data == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a workload");
    return pleat_initialise_normal(tensor, 0, 1, random, error);
}

/* A class of two for each pixel of the output. */
static enum pleat_status draw_labels(struct pleat_labels *labels, const struct pleat_tensor *output,
                                     struct pleat_random *random, struct pleat_error *error) {
    const int64_t extent[] = {output->extent[0], output->extent[2], output->extent[3]};
    const int64_t count = extent[0] * extent[1] * extent[2];
    int32_t *data = malloc((size_t)count * sizeof *data);
    if (data == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a workload");
    for (int64_t i = 0; i < count; i++)
        data[i] = (int32_t)pleat_random_below(random, (uint64_t)output->extent[1]);
    *labels = pleat_labels_view(data, 3, extent);
    return PLEAT_OK;
}

/* Weights as small as those of PyTorch's layers; all else stays as the layers begin. */
static enum pleat_status draw_parameters(const struct pleat_model *model,
                                         struct pleat_random *random, struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        if (parameter.value.rank == 4)
            TRY(pleat_initialise_normal(&parameter.value, 0, 0.02, random, error));
    }
    return PLEAT_OK;
}

static enum pleat_status compile(struct opened_workload *w, int threads,
                                 struct pleat_error *error) {
    const struct workload *workload = w->workload;
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = workload->goal == APPLY ? PLEAT_INFERENCE : PLEAT_TRAINING;
    options.batch = workload->batch;
    options.extent[0] = workload->height;
    options.extent[1] = workload->width;
    options.threads = threads;
    TRY(pleat_model_create(&w->model, PLEAT_FLOAT32, error));
    TRY(workload->add_layers(w->model, error));
    return pleat_model_compile(w->model, &options, error);
}

enum pleat_status workload_open(struct opened_workload *w, const struct workload *workload,
                                int threads, struct pleat_error *error) {
    struct pleat_random random = pleat_random_seed(1);
    const int64_t extent[] = {workload->batch, workload->channels, workload->height,
                              workload->width};
    *w = (struct opened_workload){.workload = workload};
    TRY(compile(w, threads, error));
    TRY(draw_parameters(w->model, &random, error));
    TRY(draw(&w->input, 4, extent, &random, error));
    const struct pleat_tensor *output = pleat_model_output(w->model);
    if (workload->goal == APPLY)
        return PLEAT_OK;
    TRY(draw(&w->grad, output->rank, output->extent, &random, error));
    if (workload->goal == FIT_LABELS)
        TRY(draw_labels(&w->labels, output, &random, error));
    else
        TRY(draw(&w->target, output->rank, output->extent, &random, error));
    const struct pleat_adam_options adam = pleat_adam_options_init(1e-3);
    return pleat_optimizer_create_adam(&w->optimizer, w->model, &adam, error);
}

void workload_close(struct opened_workload *w) {
    pleat_optimizer_free(w->optimizer);
    pleat_model_free(w->model);
    free(w->input.data);
    free(w->target.data);
    free(w->grad.data);
    free(w->labels.data);
}

enum pleat_status workload_step(struct opened_workload *w, struct pleat_error *error) {
    TRY(pleat_model_forward(w->model, &w->input, error));
    if (w->workload->goal == APPLY)
        return PLEAT_OK;
    const struct pleat_tensor *output = pleat_model_output(w->model);
    pleat_model_zero_grad(w->model);
    if (w->workload->goal == FIT_LABELS)
        TRY(pleat_loss_cross_entropy(output, &w->labels, NULL, &w->loss, &w->grad, error));
    else
        TRY(pleat_loss_mse(output, &w->target, &w->loss, &w->grad, error));
    TRY(pleat_model_backward(w->model, &w->grad, error));
    pleat_optimizer_step(w->optimizer);
    return PLEAT_OK;
}

int64_t workload_parameters(const struct opened_workload *w) {
    int64_t count = 0;
    for (int i = 0; i < pleat_model_parameter_count(w->model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(w->model, i);
        count += pleat_tensor_size(&parameter.value);
    }
    return count;
}
