/* Making, reading and applying a classifier. */
#include "classify/classifier.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"

enum pleat_status classifier_make(struct classifier *classifier, int64_t width,
                                  struct pleat_error *error) {
    char text[1024];
    const int64_t *extent = classifier->extent;
    snprintf(text, sizeof text,
             "image   = input channels=1\n"
             "conv1   = conv image out=%" PRId64 " kernel=3 padding=1\n"
             "relu1   = relu conv1\n"
             "pool1   = max_pool relu1 kernel=2\n"
             "conv2   = conv pool1 out=%" PRId64 " kernel=3 padding=1\n"
             "relu2   = relu conv2\n"
             "pool2   = max_pool relu2 kernel=2\n"
             "flat    = reshape pool2 channels=%" PRId64 "\n"
             "hidden  = dense flat out=128\n"
             "relu3   = relu hidden\n"
             "dropped = dropout relu3 probability=0.25\n"
             "classes = dense dropped out=%" PRId64 "\n",
             width, 2 * width, 2 * width * (extent[0] / 4) * (extent[1] / 4), classifier->classes);
    return pleat_text_read(&classifier->model, text, PLEAT_FLOAT32, error);
}

enum pleat_status classifier_compile(struct classifier *classifier, enum pleat_mode mode,
                                     struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = mode;
    options.batch = classifier->batch;
    options.threads = classifier->threads;
    options.extent[0] = classifier->extent[0];
    options.extent[1] = classifier->extent[1];
    TRY(pleat_model_compile(classifier->model, &options, error));
    const struct pleat_tensor *scores = pleat_model_output(classifier->model);
    if (scores->rank != 2)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the output of a classifier must be a vector, not of %d axes",
                     scores->rank - 2);
    classifier->classes = scores->extent[1];
    return PLEAT_OK;
}

static enum pleat_status fill(struct classifier *classifier, const struct pleat_safetensors *file,
                              struct pleat_error *error) {
    const char *task = pleat_safetensors_metadata(file, "task");
    if (task == NULL || strcmp(task, "classify") != 0)
        return fault(error, PLEAT_BAD_FORMAT, "is no checkpoint of pleat train classify");
    TRY(pleat_checkpoint_model(&classifier->model, file, error));
    TRY(pleat_model_check_finite(classifier->model, error));
    return classifier_compile(classifier, PLEAT_INFERENCE, error);
}

enum pleat_status classifier_read(struct classifier *classifier, const char *path,
                                  const int64_t extent[2], int64_t batch, int threads,
                                  struct pleat_error *error) {
    struct classifier read = {.extent = {extent[0], extent[1]}, .batch = batch, .threads = threads};
    struct pleat_safetensors *file;
    struct pleat_error detail = {.message = ""};
    TRY(pleat_safetensors_read(&file, path, error));
    const enum pleat_status status = fill(&read, file, &detail);
    pleat_safetensors_free(file);
    if (status != PLEAT_OK) {
        pleat_model_free(read.model);
        return fault(error, status, "%.100s: %.150s", path, detail.message);
    }
    *classifier = read;
    return PLEAT_OK;
}

enum pleat_status classifier_apply(struct classifier *classifier, const struct pleat_tensor *images,
                                   int32_t *label, double *confidence, struct pleat_error *error) {
    const int64_t n = images->extent[0], classes = classifier->classes;
    const struct pleat_labels labels = pleat_labels_view(label, 1, &n);
    TRY(pleat_model_forward(classifier->model, images, error));
    const struct pleat_tensor *scores = pleat_model_output(classifier->model);
    TRY(pleat_labels_from_scores(&labels, scores, error));
    for (int64_t i = 0; i < n; i++) {
        const float *score = (const float *)scores->data + i * classes;
        double sum = 0; /* of the softmax, each term over that of the largest */
        for (int64_t c = 0; c < classes; c++)
            sum += exp((double)score[c] - (double)score[label[i]]);
        confidence[i] = 1 / sum;
    }
    return PLEAT_OK;
}

static enum pleat_status count_batch(struct classifier *classifier, const struct pleat_batch *batch,
                                     int32_t *told, int32_t *truth, double *confidence,
                                     int64_t *counts, struct pleat_error *error) {
    const int64_t n = batch->input[0].extent[0];
    const struct pleat_labels prediction = pleat_labels_view(told, 1, &n),
                              target = pleat_labels_view(truth, 1, &n);
    TRY(classifier_apply(classifier, &batch->input[0], told, confidence, error));
    TRY(pleat_labels_from_tensor(&target, &batch->target[0], error));
    return pleat_confusion_add(counts, classifier->classes, &prediction, &target, -1, error);
}

enum pleat_status classifier_count(struct classifier *classifier, struct pleat_loader *images,
                                   int64_t *counts, struct pleat_error *error) {
    const size_t batch = (size_t)classifier->batch;
    int32_t *labels = malloc(2 * batch * sizeof *labels);
    double *confidence = malloc(batch * sizeof *confidence);
    enum pleat_status status = PLEAT_OK;
    if (labels == NULL || confidence == NULL)
        status = fault(error, PLEAT_OUT_OF_MEMORY, "no memory for labels");
    for (int64_t i = 0; status == PLEAT_OK && i < pleat_loader_batches(images); i++) {
        struct pleat_batch some;
        status = pleat_loader_feed(images, i, &some, error);
        if (status == PLEAT_OK)
            status =
                count_batch(classifier, &some, labels, labels + batch, confidence, counts, error);
    }
    free(labels);
    free(confidence);
    return status;
}
