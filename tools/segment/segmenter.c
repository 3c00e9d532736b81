/* From an image to scores, and from these to labels. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "segment/segmenter.h"

enum pleat_status segmenter_prepare(struct segmenter *segmenter, int threads, size_t memory,
                                    struct pleat_error *error) {
    struct pleat_predict_options options = pleat_predict_options_init();
    options.memory = memory;
    options.threads = threads;
    options.extension = PLEAT_EXTEND_REFLECT;
    return pleat_predictor_create(&segmenter->predictor, segmenter->model, &options, error);
}

/* A network with one number that is none makes nothing but such numbers. */
static enum pleat_status check_finite(const struct pleat_model *model, struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        const float *value = parameter.value.data;
        for (int64_t k = 0; k < pleat_tensor_size(&parameter.value); k++)
            if (!isfinite(value[k]))
                return fault(error, PLEAT_NOT_FINITE, "parameter '%s' holds NaN or infinity",
                             parameter.name);
    }
    return PLEAT_OK;
}

static enum pleat_status check_metadata(const struct pleat_safetensors *file, const char *key,
                                        const char *wanted, struct pleat_error *error) {
    const char *value = pleat_safetensors_metadata(file, key);
    if (value != NULL && strcmp(value, wanted) == 0)
        return PLEAT_OK;
    return fault(error, PLEAT_BAD_FORMAT,
                 "is no checkpoint of a segmentation: its metadata say %s '%.20s', not %s", key,
                 value != NULL ? value : "", wanted);
}

static enum pleat_status check_model(struct segmenter *made, struct pleat_error *error) {
    int64_t channels;
    const int rank = pleat_model_input_shape(made->model, 0, &channels);
    if (pleat_model_input_count(made->model) != 1 || pleat_model_output_count(made->model) != 1 ||
        rank != 2 || (channels != 1 && channels != 3) ||
        pleat_model_dtype(made->model) != PLEAT_FLOAT32)
        return fault(error, PLEAT_UNSUPPORTED,
                     "the model must have one input of 1 or 3 channels and two axes, one output, "
                     "and float32 numbers");
    made->channels = (int)channels;
    return check_finite(made->model, error);
}

static enum pleat_status read_file(struct segmenter *made, const struct pleat_safetensors *file,
                                   struct pleat_error *error) {
    TRY(check_metadata(file, "task", "segment", error));
    TRY(check_metadata(file, "normalisation", SEGMENT_NORMALISATION, error));
    const struct class_texts texts = classes_of_file(file);
    TRY(classes_read(&made->classes, &texts, error));
    if (made->classes.count == 0)
        return fault(error, PLEAT_BAD_FORMAT, "its metadata do not tell the classes");
    TRY(pleat_checkpoint_model(&made->model, file, error));
    return check_model(made, error);
}

enum pleat_status segmenter_open(struct segmenter *segmenter, const char *path, int threads,
                                 size_t memory, struct pleat_error *error) {
    struct segmenter made = {.model = NULL};
    struct pleat_safetensors *file;
    struct pleat_error bare;
    TRY(pleat_safetensors_read(&file, path, error));
    enum pleat_status status = read_file(&made, file, &bare);
    if (status == PLEAT_OK)
        status = segmenter_prepare(&made, threads, memory, &bare);
    pleat_safetensors_free(file);
    if (status != PLEAT_OK) {
        segmenter_free(&made);
        return fault(error, status, "%.100s: %.150s", path, bare.message);
    }
    *segmenter = made;
    return PLEAT_OK;
}

void segmenter_free(struct segmenter *segmenter) {
    pleat_predictor_free(segmenter->predictor);
    pleat_model_free(segmenter->model);
}

/* Fills input[1][channels][height][width] with the image / 255: in float32, as a loader does. */
static void fill_input(const struct pleat_image *image, const struct pleat_tensor *input) {
    const int64_t channels = input->extent[1], pixels = image->width * image->height;
    float *value = input->data;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < pixels; i++)
            *value++ =
                (float)image->pixels[i * image->channels + (image->channels == 3 ? c : 0)] / 255.0F;
}

/* The same of a colour image's luma. */
static enum pleat_status fill_luma(const struct pleat_image *image,
                                   const struct pleat_tensor *input, struct pleat_error *error) {
    struct pleat_tensor luma;
    TRY(pleat_image_to_y(&luma, image, error));
    const float *from = luma.data;
    float *to = input->data;
    for (int64_t i = 0; i < image->width * image->height; i++)
        to[i] = from[i] / 255.0F;
    pleat_tensor_free(&luma);
    return PLEAT_OK;
}

static enum pleat_status compute_scores(const struct segmenter *segmenter,
                                        const struct pleat_image *image,
                                        struct pleat_tensor *scores, struct pleat_error *error) {
    const int64_t sides[2] = {image->height, image->width};
    const int64_t extent[4] = {1, segmenter->channels, sides[0], sides[1]};
    struct pleat_prediction plan;
    struct pleat_tensor input;
    TRY(pleat_predictor_plan(segmenter->predictor, 1, sides, &plan, error));
    const int64_t *out = plan.output[0].extent;
    if (plan.output[0].rank != 4 || out[1] != segmenter->classes.count || out[2] != sides[0] ||
        out[3] != sides[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the network's output is not one score a pixel for each of %d classes",
                     segmenter->classes.count);
    TRY(pleat_tensor_allocate(scores, PLEAT_FLOAT32, 4, out, error));
    TRY(pleat_tensor_allocate(&input, PLEAT_FLOAT32, 4, extent, error));
    enum pleat_status status = PLEAT_OK;
    if (image->channels == 3 && segmenter->channels == 1)
        status = fill_luma(image, &input, error);
    else
        fill_input(image, &input);
    if (status == PLEAT_OK)
        status = pleat_predictor_run(segmenter->predictor, &input, 1, scores, error);
    pleat_tensor_free(&input);
    return status;
}

static enum pleat_status take_classes(const struct pleat_tensor *scores,
                                      struct pleat_labels *labels, struct pleat_error *error) {
    const int64_t *extent = scores->extent;
    int32_t *data = malloc((size_t)(extent[2] * extent[3]) * sizeof *data);
    if (data == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %" PRId64 "x%" PRId64 " labels",
                     extent[3], extent[2]);
    const struct pleat_labels batch =
        pleat_labels_view(data, 3, (int64_t[]){1, extent[2], extent[3]});
    const enum pleat_status status = pleat_labels_from_scores(&batch, scores, error);
    if (status == PLEAT_OK)
        *labels = pleat_labels_view(data, 2, extent + 2);
    else
        free(data);
    return status;
}

enum pleat_status segmenter_run(const struct segmenter *segmenter, const struct pleat_image *image,
                                struct pleat_labels *labels, struct pleat_error *error) {
    struct pleat_tensor scores = {.data = NULL};
    enum pleat_status status = compute_scores(segmenter, image, &scores, error);
    if (status == PLEAT_OK)
        status = take_classes(&scores, labels, error);
    pleat_tensor_free(&scores);
    return status;
}
