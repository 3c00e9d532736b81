/* The network on batches of planes and on tiles. */
#include "superres/upsampler.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <pleat/predict.h>
#include <pleat/tensor.h>

#include "fault.h"

/* planes[h][w] or [count][h][w] as images of one channel. */
static struct pleat_tensor as_images(const struct pleat_tensor *planes) {
    const int64_t *end = planes->extent + planes->rank;
    const int64_t extent[4] = {planes->rank == 3 ? planes->extent[0] : 1, 1, end[-2], end[-1]};
    return pleat_tensor_view(planes->data, PLEAT_FLOAT32, 4, extent);
}

static void scale(const struct pleat_tensor *tensor, float factor) {
    float *data = tensor->data;
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        data[i] *= factor;
}

static enum pleat_status create(struct pleat_predictor **predictor,
                                const struct upsampler *upsampler, int64_t batch, size_t memory,
                                struct pleat_error *error) {
    struct pleat_predict_options options = pleat_predict_options_init();
    options.memory = memory;
    options.batch = batch;
    options.threads = upsampler->threads;
    options.add = upsampler->residual == RESIDUAL_BICUBIC;
    options.progress = upsampler->progress;
    options.context = upsampler->context;
    return pleat_predictor_create(predictor, upsampler->model, &options, error);
}

enum pleat_status upsampler_check(const struct upsampler *upsampler, struct pleat_error *error) {
    static const int64_t extent[2] = {7, 6};
    int64_t channels;
    struct pleat_predictor *predictor;
    struct pleat_prediction prediction;
    if (pleat_model_input_shape(upsampler->model, 0, &channels) != 2 || channels != 1)
        return fault(error, PLEAT_INVALID_SHAPE, "the model does not read one plane");
    TRY(create(&predictor, upsampler, 1, UPSAMPLER_MEMORY, error));
    const enum pleat_status status = pleat_predictor_plan(predictor, 1, extent, &prediction, error);
    pleat_predictor_free(predictor);
    TRY(status);
    const int64_t *made = prediction.output[0].extent;
    if (prediction.output_count != 1 || prediction.output[0].rank != 4 || made[1] != 1 ||
        made[2] != extent[0] * upsampler->scale || made[3] != extent[1] * upsampler->scale)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model does not make one plane, %" PRId64 " times as large",
                     upsampler->scale);
    return PLEAT_OK;
}

/* input is images of coarse over 255; fine is taken down to its units meanwhile. */
static enum pleat_status predict(struct pleat_predictor *predictor,
                                 const struct pleat_tensor *input, const struct pleat_tensor *fine,
                                 bool add, struct pleat_error *error) {
    const struct pleat_tensor output = as_images(fine);
    if (add)
        scale(fine, 1.0F / 255.0F);
    const enum pleat_status status = pleat_predictor_run(predictor, input, 1, &output, error);
    scale(fine, 255.0F);
    return status;
}

enum pleat_status upsampler_run(const struct upsampler *upsampler,
                                const struct pleat_tensor *coarse, const struct pleat_tensor *fine,
                                size_t memory, struct pleat_error *error) {
    const struct pleat_tensor images = as_images(coarse);
    struct pleat_tensor input;
    struct pleat_predictor *predictor;
    TRY(create(&predictor, upsampler, images.extent[0] > 0 ? images.extent[0] : 1, memory, error));
    enum pleat_status status =
        pleat_tensor_allocate(&input, PLEAT_FLOAT32, 4, images.extent, error);
    if (status == PLEAT_OK) {
        memcpy(input.data, images.data, (size_t)pleat_tensor_size(&images) * sizeof(float));
        scale(&input, 1.0F / 255.0F);
        status = predict(predictor, &input, fine, upsampler->residual == RESIDUAL_BICUBIC, error);
        pleat_tensor_free(&input);
    }
    pleat_predictor_free(predictor);
    return status;
}
