/* Losses of outputs, by their description. */
#include <math.h>

#include <pleat/gradient.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "train/objective.h"

const char *pleat_loss_name(enum pleat_loss_kind kind) {
    static const char *const names[PLEAT_LOSS_KINDS] = {"mse", "l1", "charbonnier", "bce",
                                                        "cross-entropy"};
    return (unsigned)kind < PLEAT_LOSS_KINDS ? names[kind] : NULL;
}

struct pleat_output_loss pleat_output_loss_init(enum pleat_loss_kind kind) {
    return (struct pleat_output_loss){.kind = kind,
                                      .weight = 1,
                                      .epsilon = 1e-3,
                                      .cross_entropy = pleat_cross_entropy_options_init()};
}

enum pleat_status pleat__objective_check(const struct pleat_output_loss *losses, int count,
                                         const struct pleat_model *model,
                                         struct pleat_error *error) {
    const int outputs = pleat_model_output_count(model);
    if (count != outputs)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "loss_count must be %d, one an output of the model, got %d", outputs,
                           count);
    for (int i = 0; i < count; i++) {
        if (pleat_loss_name(losses[i].kind) == NULL)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "losses[%d].kind is none: %d", i,
                               (int)losses[i].kind);
        if (!isfinite(losses[i].weight))
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "losses[%d].weight must be finite, got %g", i, losses[i].weight);
    }
    return PLEAT_OK;
}

static enum pleat_status no_memory(struct pleat_error *error) {
    return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the gradients of the losses");
}

/* Room for the labels of an output; what there is already is enough in every step of a training. */
static enum pleat_status reserve_labels(struct pleat__objective *objective, int i, int64_t count,
                                        struct pleat_error *error) {
    if (objective->label[i] != NULL && count <= objective->label_room[i])
        return PLEAT_OK;
    int32_t *made = pleat__allocate((size_t)count, sizeof *made);
    if (made == NULL)
        return no_memory(error);
    pleat__free(objective->label[i]);
    objective->label[i] = made;
    objective->label_room[i] = count;
    return PLEAT_OK;
}

/* Points the gradient of an output at memory for its extents. */
static enum pleat_status reserve_grad(struct pleat__objective *objective, int i,
                                      const struct pleat_tensor *output,
                                      struct pleat_error *error) {
    void *data = objective->grad[i].data;
    const size_t bytes = (size_t)pleat_tensor_size(output) * pleat_dtype_size(output->dtype);
    if (data == NULL || bytes > objective->grad_room[i]) {
        void *made = pleat__allocate(bytes, 1);
        if (made == NULL)
            return no_memory(error);
        pleat__free(data);
        data = made;
        objective->grad_room[i] = bytes;
    }
    objective->grad[i] = *output;
    objective->grad[i].data = data;
    return PLEAT_OK;
}

/* The pixels of an output's images, over all of which there is one label each. */
static int64_t pixels_of(const struct pleat_tensor *output) {
    int64_t pixels = output->extent[0];
    for (int i = 2; i < output->rank; i++)
        pixels *= output->extent[i];
    return pixels;
}

enum pleat_status pleat__objective_reserve(struct pleat__objective *objective,
                                           const struct pleat_model *model,
                                           struct pleat_error *error) {
    for (int i = 0; i < objective->count; i++) {
        const struct pleat_tensor *output = pleat_model_output_at(model, i);
        PLEAT__TRY(reserve_grad(objective, i, output, error));
        if (objective->loss[i].kind == PLEAT_LOSS_CROSS_ENTROPY)
            PLEAT__TRY(reserve_labels(objective, i, pixels_of(output), error));
    }
    return PLEAT_OK;
}

void pleat__objective_free(struct pleat__objective *objective) {
    for (int i = 0; i < PLEAT_MAX_OUTPUTS; i++) {
        pleat__free(objective->grad[i].data);
        pleat__free(objective->label[i]);
    }
}

/* Tells whether a target has the output's extents without its classes, or one in their place. */
static bool fits_labels(const struct pleat_tensor *target, const struct pleat_tensor *output) {
    const bool bare = target->rank == output->rank - 1;
    if (target->dtype != output->dtype || (!bare && target->rank != output->rank) ||
        target->extent[0] != output->extent[0] || (!bare && target->extent[1] != 1))
        return false;
    for (int i = 2; i < output->rank; i++)
        if (target->extent[bare ? i - 1 : i] != output->extent[i])
            return false;
    return target->data != NULL || pleat_tensor_size(target) == 0;
}

/* Makes whole numbers of a target's. */
static enum pleat_status read_labels(struct pleat__objective *objective, int i,
                                     const struct pleat_tensor *target,
                                     const struct pleat_tensor *output, struct pleat_labels *labels,
                                     struct pleat_error *error) {
    if (!fits_labels(target, output))
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "target[%d] must hold a label for each pixel of the output, in its type",
                           i);
    PLEAT__TRY(reserve_labels(objective, i, pixels_of(output), error));
    struct pleat_error detail;
    *labels = pleat_labels_view(objective->label[i], target->rank, target->extent);
    const enum pleat_status status = pleat_labels_from_tensor(labels, target, &detail);
    if (status != PLEAT_OK)
        return pleat__fail(error, status, "target[%d]: %s", i, detail.message);
    int64_t extent[PLEAT_MAX_RANK] = {output->extent[0]};
    for (int k = 2; k < output->rank; k++)
        extent[k - 1] = output->extent[k];
    *labels = pleat_labels_view(objective->label[i], output->rank - 1, extent);
    return PLEAT_OK;
}

static enum pleat_status evaluate_one(struct pleat__objective *objective, int i,
                                      const struct pleat_tensor *output,
                                      const struct pleat_tensor *target,
                                      const struct pleat_tensor *grad, double *value,
                                      struct pleat_error *error) {
    const struct pleat_output_loss *loss = &objective->loss[i];
    struct pleat_labels labels;
    switch (loss->kind) {
    case PLEAT_LOSS_MSE:
        return pleat_loss_mse(output, target, value, grad, error);
    case PLEAT_LOSS_L1:
        return pleat_loss_l1(output, target, value, grad, error);
    case PLEAT_LOSS_CHARBONNIER:
        return pleat_loss_charbonnier(output, target, loss->epsilon, value, grad, error);
    case PLEAT_LOSS_BINARY_CROSS_ENTROPY:
        return pleat_loss_binary_cross_entropy(output, target, value, grad, error);
    case PLEAT_LOSS_CROSS_ENTROPY:
    case PLEAT_LOSS_KINDS:
        break;
    }
    PLEAT__TRY(read_labels(objective, i, target, output, &labels, error));
    return pleat_loss_cross_entropy(output, &labels, &loss->cross_entropy, value, grad, error);
}

enum pleat_status pleat__objective_evaluate(struct pleat__objective *objective,
                                            const struct pleat_model *model,
                                            const struct pleat_batch *batch, bool gradients,
                                            double *value, struct pleat_error *error) {
    double sum = 0;
    if (batch->target_count != objective->count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "a batch must have %d targets, got %d",
                           objective->count, batch->target_count);
    for (int i = 0; i < objective->count; i++) {
        const double weight = objective->loss[i].weight;
        const struct pleat_tensor *output = pleat_model_output_at(model, i);
        double one;
        if (gradients)
            PLEAT__TRY(reserve_grad(objective, i, output, error));
        const struct pleat_tensor *grad = gradients ? &objective->grad[i] : NULL;
        PLEAT__TRY(evaluate_one(objective, i, output, &batch->target[i], grad, &one, error));
        if (gradients && weight != 1)
            PLEAT__TRY(pleat_gradient_scale(grad, weight, error));
        sum += weight * one;
    }
    *value = sum;
    return PLEAT_OK;
}
