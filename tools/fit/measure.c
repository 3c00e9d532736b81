/* PSNR, intersection over union, accuracy. */
#include "fit/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"

enum pleat_status fit_feed(const struct fit_task *task, struct pleat_loader *loader, int64_t step,
                           struct pleat_batch *batch, struct pleat_error *error) {
    TRY(pleat_loader_feed(loader, step, batch, error));
    if (task->options->labels == NULL || task->loss.kind == PLEAT_LOSS_CROSS_ENTROPY)
        return PLEAT_OK;
    /* [N][...] becomes [N][1][...]. */
    struct pleat_tensor *target = &batch->target[0];
    for (int axis = target->rank; axis > 1; axis--)
        target->extent[axis] = target->extent[axis - 1];
    target->extent[1] = 1;
    target->rank++;
    return PLEAT_OK;
}

/* Room for what is measured of a batch, and what has been so far. */
struct sums {
    float *values;               /* as the output */
    int32_t *predicted, *wanted; /* a class a pixel */
    int64_t *counts;             /* [classes][classes] */
    double loss, psnr;
    int64_t images;
};

/* The image that an output stands for, clipped. */
static void clip(const struct fit_task *task, const struct pleat_tensor *output, float *values) {
    const float *from = output->data;
    const bool logits = task->loss.kind == PLEAT_LOSS_BINARY_CROSS_ENTROPY;
    for (int64_t i = 0; i < pleat_tensor_size(output); i++) {
        const float value = logits ? 1 / (1 + expf(-from[i])) : from[i];
        values[i] = value > 1 ? 1 : value > 0 ? value : 0;
    }
}

static enum pleat_status add_psnr(const struct fit_task *task, const struct pleat_tensor *output,
                                  const struct pleat_tensor *target, struct sums *sums,
                                  struct pleat_error *error) {
    const int64_t size = output->extent[1] * output->extent[2] * output->extent[3];
    clip(task, output, sums->values);
    for (int64_t n = 0; n < output->extent[0]; n++) {
        const struct pleat_tensor a = pleat_tensor_view(sums->values + n * size, PLEAT_FLOAT32, 3,
                                                        output->extent + 1),
                                  b = pleat_tensor_view((const float *)target->data + n * size,
                                                        PLEAT_FLOAT32, 3, target->extent + 1);
        double psnr;
        TRY(pleat_psnr(&a, &b, 1, 0, &psnr, error));
        sums->psnr += fmin(psnr, 100); /* of equal images, too */
    }
    return PLEAT_OK;
}

/* Classes of pixels, or of images, all in one row. */
static enum pleat_status add_counts(const struct fit_task *task, const struct pleat_tensor *output,
                                    const struct pleat_tensor *target, struct sums *sums,
                                    struct pleat_error *error) {
    const int64_t count = pleat_tensor_size(target);
    const struct pleat_labels wanted =
        pleat_labels_view(sums->wanted, target->rank, target->extent);
    TRY(pleat_labels_from_tensor(&wanted, target, error));
    struct pleat_labels predicted = wanted;
    predicted.data = sums->predicted;
    const float *scores = output->data;
    for (int64_t i = 0; task->out_channels == 1 && i < count; i++)
        sums->predicted[i] = scores[i] > 0;
    if (task->out_channels > 1)
        TRY(pleat_labels_from_scores(&predicted, output, error));
    return pleat_confusion_add(sums->counts, task->classes, &predicted, &wanted,
                               task->loss.cross_entropy.ignored, error);
}

static enum pleat_status measure_batch(const struct fit_task *task, struct pleat_loader *loader,
                                       int64_t step, struct pleat_trainer *trainer,
                                       struct sums *sums, struct pleat_error *error) {
    struct pleat_batch batch;
    double loss;
    TRY(fit_feed(task, loader, step, &batch, error));
    TRY(pleat_model_forward(task->model, &batch.input[0], error));
    const struct pleat_tensor *output = pleat_model_output(task->model);
    TRY(pleat_trainer_loss(trainer, &batch, &loss, error));
    sums->loss += loss * (double)output->extent[0];
    sums->images += output->extent[0];
    return task->kind == FIT_IMAGES ? add_psnr(task, output, &batch.target[0], sums, error)
                                    : add_counts(task, output, &batch.target[0], sums, error);
}

static bool allocate(const struct fit_task *task, struct sums *sums) {
    const size_t values = (size_t)pleat_tensor_size(pleat_model_output(task->model));
    const size_t pixels = values / (size_t)task->out_channels;
    const size_t classes = (size_t)task->classes;
    sums->values = malloc(values * sizeof *sums->values);
    sums->predicted = malloc(pixels * sizeof *sums->predicted);
    sums->wanted = malloc(pixels * sizeof *sums->wanted);
    sums->counts = calloc(classes * classes, sizeof *sums->counts);
    return sums->values != NULL && sums->predicted != NULL && sums->wanted != NULL &&
           sums->counts != NULL;
}

enum pleat_status fit_measure(const struct fit_task *task, struct pleat_loader *held_out,
                              struct pleat_trainer *trainer, double *metric, double *loss,
                              struct pleat_error *error) {
    struct sums sums = {.loss = 0};
    enum pleat_status status =
        allocate(task, &sums) ? PLEAT_OK
                              : fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a validation");
    for (int64_t i = 0; status == PLEAT_OK && i < pleat_loader_batches(held_out); i++)
        status = measure_batch(task, held_out, i, trainer, &sums, error);
    if (status == PLEAT_OK) {
        *loss = sums.loss / (double)sums.images;
        *metric = task->kind == FIT_IMAGES   ? sums.psnr / (double)sums.images
                  : task->kind == FIT_PIXELS ? pleat_mean_iou(sums.counts, task->classes)
                                             : pleat_pixel_accuracy(sums.counts, task->classes);
    }
    free(sums.values);
    free(sums.predicted);
    free(sums.wanted);
    free(sums.counts);
    return status;
}
