/* Steps of a generative adversarial network. */
#include "generate/gan.h"

#include <inttypes.h>

#include <pleat/loss.h>

#include "fault.h"
#include "generate/noise.h"

static enum pleat_status compile(struct gan *gan, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.batch = gan->batch;
    options.threads = gan->threads;
    options.extent[0] = gan->extent[0];
    options.extent[1] = gan->extent[1];
    TRY(pleat_model_compile(gan->generator, &options, error));
    options.input_gradient = 1;
    return pleat_model_compile(gan->discriminator, &options, error);
}

static enum pleat_status check(const struct gan *gan, struct pleat_error *error) {
    const struct pleat_tensor *image = pleat_model_output(gan->generator);
    const struct pleat_tensor *judgement = pleat_model_output(gan->discriminator);
    if (image->rank != 4 || image->extent[1] != 1 || image->extent[2] != gan->extent[0] ||
        image->extent[3] != gan->extent[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the generator must make images of 1 channel and %" PRId64 "x%" PRId64
                     " pixels, as the data are",
                     gan->extent[0], gan->extent[1]);
    if (judgement->rank != 2 || judgement->extent[1] != 1)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the discriminator must have one number an image as its output, a logit");
    return PLEAT_OK;
}

static void fill(const struct pleat_tensor *tensor, float value) {
    float *data = tensor->data;
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        data[i] = value;
}

enum pleat_status gan_compile(struct gan *gan, struct pleat_error *error) {
    const int rank = pleat_model_input_shape(gan->generator, 0, &gan->latents);
    if (rank != 0)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the generator's input must be a vector (rank=0), not of rank %d", rank);
    TRY(compile(gan, error));
    TRY(check(gan, error));
    const int64_t vector[2] = {gan->batch, gan->latents}, logit[2] = {gan->batch, 1};
    const int64_t image[4] = {gan->batch, 1, gan->extent[0], gan->extent[1]};
    TRY(pleat_tensor_allocate(&gan->noise, PLEAT_FLOAT32, 2, vector, error));
    TRY(pleat_tensor_allocate(&gan->real, PLEAT_FLOAT32, 4, image, error));
    TRY(pleat_tensor_allocate(&gan->ones, PLEAT_FLOAT32, 2, logit, error));
    TRY(pleat_tensor_allocate(&gan->zeros, PLEAT_FLOAT32, 2, logit, error));
    TRY(pleat_tensor_allocate(&gan->grad_judgement, PLEAT_FLOAT32, 2, logit, error));
    fill(&gan->ones, 1);
    return PLEAT_OK;
}

void gan_free(struct gan *gan) {
    pleat_tensor_free(&gan->noise);
    pleat_tensor_free(&gan->real);
    pleat_tensor_free(&gan->ones);
    pleat_tensor_free(&gan->zeros);
    pleat_tensor_free(&gan->grad_judgement);
}

/* Adds the discriminator's gradients for images that it is to call real (ones) or not (zeros). */
static enum pleat_status judge(struct gan *gan, const struct pleat_tensor *images,
                               const struct pleat_tensor *target, double *loss,
                               struct pleat_error *error) {
    double value;
    TRY(pleat_model_forward(gan->discriminator, images, error));
    TRY(pleat_loss_binary_cross_entropy(pleat_model_output(gan->discriminator), target, &value,
                                        &gan->grad_judgement, error));
    *loss += value;
    return pleat_model_backward(gan->discriminator, &gan->grad_judgement, error);
}

enum pleat_status gan_step(struct gan *gan, struct pleat_trainer *trainer,
                           const struct pleat_tensor *images, uint64_t seed, int64_t step,
                           double *loss, struct pleat_error *error) {
    const float *pixel = images->data;
    float *real = gan->real.data;
    *loss = 0;
    for (int64_t i = 0; i < pleat_tensor_size(&gan->real); i++)
        real[i] = 2 * pixel[i] - 1;
    noise_fill(&gan->noise, seed, NOISE_TRAINING, step);
    TRY(pleat_model_forward(gan->generator, &gan->noise, error));
    const struct pleat_tensor *made = pleat_model_output(gan->generator);

    pleat_model_zero_grad(gan->discriminator);
    TRY(judge(gan, &gan->real, &gan->ones, loss, error));
    TRY(judge(gan, made, &gan->zeros, loss, error));
    TRY(pleat_trainer_update(trainer, 1, error));

    /* The gradients of the discriminator that come along are not used: the next step begins with
     * zeros. */
    pleat_model_zero_grad(gan->generator);
    TRY(judge(gan, made, &gan->ones, loss, error));
    TRY(pleat_model_backward(gan->generator, pleat_model_input_gradient(gan->discriminator),
                             error));
    return pleat_trainer_update(trainer, 0, error);
}
