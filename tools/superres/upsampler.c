/* The network on batches of planes and on tiles. */
#include "superres/upsampler.h"

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

/* input is images of coarse over 255; fine is taken down to its units meanwhile. */
static enum pleat_status add_prediction(struct pleat_predictor *predictor,
                                        const struct pleat_tensor *input,
                                        const struct pleat_tensor *fine,
                                        struct pleat_error *error) {
    const struct pleat_tensor output = as_images(fine);
    scale(fine, 1.0F / 255.0F);
    const enum pleat_status status = pleat_predictor_run(predictor, input, 1, &output, error);
    scale(fine, 255.0F);
    return status;
}

enum pleat_status upsampler_refine(const struct upsampler *upsampler,
                                   const struct pleat_tensor *coarse,
                                   const struct pleat_tensor *fine, size_t memory,
                                   struct pleat_error *error) {
    const struct pleat_tensor images = as_images(coarse);
    struct pleat_tensor input;
    struct pleat_predict_options options = pleat_predict_options_init();
    options.memory = memory;
    options.batch = images.extent[0] > 0 ? images.extent[0] : 1;
    options.threads = upsampler->threads;
    options.add = true;
    struct pleat_predictor *predictor;
    TRY(pleat_predictor_create(&predictor, upsampler->model, &options, error));
    enum pleat_status status =
        pleat_tensor_allocate(&input, PLEAT_FLOAT32, 4, images.extent, error);
    if (status == PLEAT_OK) {
        memcpy(input.data, images.data, (size_t)pleat_tensor_size(&images) * sizeof(float));
        scale(&input, 1.0F / 255.0F);
        status = add_prediction(predictor, &input, fine, error);
        pleat_tensor_free(&input);
    }
    pleat_predictor_free(predictor);
    return status;
}
