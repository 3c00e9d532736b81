/* Steps and bounds of a variational autoencoder. */
#include "generate/vae.h"

#include <inttypes.h>

#include <pleat/gradient.h>
#include <pleat/loss.h>
#include <pleat/variational.h>

#include "fault.h"
#include "generate/noise.h"

static enum pleat_status compile(struct vae *vae, enum pleat_mode mode, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = mode;
    options.batch = vae->batch;
    options.threads = vae->threads;
    options.extent[0] = vae->extent[0];
    options.extent[1] = vae->extent[1];
    TRY(pleat_model_compile(vae->encoder, &options, error));
    options.input_gradient = mode == PLEAT_TRAINING;
    return pleat_model_compile(vae->generator, &options, error);
}

static enum pleat_status check(const struct vae *vae, struct pleat_error *error) {
    for (int i = 0; i < 2; i++) {
        const struct pleat_tensor *output = pleat_model_output_at(vae->encoder, i);
        if (pleat_model_output_count(vae->encoder) != 2 || output == NULL || output->rank != 2 ||
            output->extent[1] != vae->latents)
            return fault(error, PLEAT_INVALID_SHAPE,
                         "the encoder must have two outputs, mean and logarithm of the variance, "
                         "of %" PRId64 " numbers each, as the generator's input has",
                         vae->latents);
    }
    const struct pleat_tensor *image = pleat_model_output(vae->generator);
    if (image->rank != 4 || image->extent[1] != 1 || image->extent[2] != vae->extent[0] ||
        image->extent[3] != vae->extent[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the generator must make images of 1 channel and %" PRId64 "x%" PRId64
                     " pixels, as the data are",
                     vae->extent[0], vae->extent[1]);
    return PLEAT_OK;
}

enum pleat_status vae_compile(struct vae *vae, struct pleat_error *error) {
    const int rank = pleat_model_input_shape(vae->generator, 0, &vae->latents);
    if (rank != 0)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the generator's input must be a vector (rank=0), not of rank %d", rank);
    TRY(compile(vae, PLEAT_TRAINING, error));
    TRY(check(vae, error));
    const int64_t vector[2] = {vae->batch, vae->latents};
    const int64_t image[4] = {vae->batch, 1, vae->extent[0], vae->extent[1]};
    struct pleat_tensor *const tensors[] = {&vae->noise,         &vae->latent,
                                            &vae->grad_mean,     &vae->grad_log_variance,
                                            &vae->divergence[0], &vae->divergence[1]};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        TRY(pleat_tensor_allocate(tensors[i], PLEAT_FLOAT32, 2, vector, error));
    return pleat_tensor_allocate(&vae->grad_logits, PLEAT_FLOAT32, 4, image, error);
}

void vae_free(struct vae *vae) {
    pleat_tensor_free(&vae->noise);
    pleat_tensor_free(&vae->latent);
    pleat_tensor_free(&vae->grad_mean);
    pleat_tensor_free(&vae->grad_log_variance);
    pleat_tensor_free(&vae->divergence[0]);
    pleat_tensor_free(&vae->divergence[1]);
    pleat_tensor_free(&vae->grad_logits);
}

/* The beginning of a tensor: its first n images. */
static struct pleat_tensor first(const struct pleat_tensor *tensor, int64_t n) {
    struct pleat_tensor part = *tensor;
    part.extent[0] = n;
    return part;
}

/* From latents of the last forward of the encoder to logits, by noise of that number. */
static enum pleat_status decode(struct vae *vae, int64_t n, uint64_t seed,
                                enum noise_purpose purpose, int64_t number,
                                struct pleat_error *error) {
    const struct pleat_tensor noise = first(&vae->noise, n), latent = first(&vae->latent, n);
    noise_fill(&noise, seed, purpose, number);
    TRY(pleat_reparametrise(pleat_model_output_at(vae->encoder, 0),
                            pleat_model_output_at(vae->encoder, 1), &noise, &latent, error));
    return pleat_model_forward(vae->generator, &latent, error);
}

/* The gradients of mean and variance from that of the sample, and their own. */
static enum pleat_status encoder_backward(struct vae *vae, int64_t n, double *divergence,
                                          struct pleat_error *error) {
    const struct pleat_tensor *mean = pleat_model_output_at(vae->encoder, 0),
                              *log_variance = pleat_model_output_at(vae->encoder, 1);
    const struct pleat_tensor noise = first(&vae->noise, n),
                              grad[2] = {first(&vae->grad_mean, n),
                                         first(&vae->grad_log_variance, n)},
                              own[2] = {first(&vae->divergence[0], n),
                                        first(&vae->divergence[1], n)};
    TRY(pleat_reparametrise_backward(log_variance, &noise,
                                     pleat_model_input_gradient(vae->generator), &grad[0], &grad[1],
                                     error));
    TRY(pleat_loss_kl(mean, log_variance, divergence, &own[0], &own[1], error));
    TRY(pleat_gradient_add(&grad[0], 1, &own[0], error));
    TRY(pleat_gradient_add(&grad[1], 1, &own[1], error));
    return pleat_model_backward_all(vae->encoder, 2, grad, error);
}

enum pleat_status vae_gradients(struct vae *vae, const struct pleat_tensor *images, uint64_t seed,
                                int64_t step, double *loss, struct pleat_error *error) {
    const int64_t n = images->extent[0];
    const double pixels = (double)(vae->extent[0] * vae->extent[1]);
    const struct pleat_tensor grad_logits = first(&vae->grad_logits, n);
    double mean, divergence;
    pleat_model_zero_grad(vae->encoder);
    pleat_model_zero_grad(vae->generator);
    TRY(pleat_model_forward(vae->encoder, images, error));
    TRY(decode(vae, n, seed, NOISE_TRAINING, step, error));
    TRY(pleat_loss_binary_cross_entropy(pleat_model_output(vae->generator), images, &mean,
                                        &grad_logits, error));
    TRY(pleat_gradient_scale(&grad_logits, pixels, error));
    TRY(pleat_model_backward(vae->generator, &grad_logits, error));
    TRY(encoder_backward(vae, n, &divergence, error));
    *loss = pixels * mean + divergence;
    return PLEAT_OK;
}

/* Adds the sums over the images of a batch. */
static enum pleat_status add_batch(struct vae *vae, const struct pleat_batch *batch, uint64_t seed,
                                   int64_t samples, struct vae_bound *sum,
                                   struct pleat_error *error) {
    const struct pleat_tensor *images = &batch->input[0];
    const int64_t n = images->extent[0];
    const double numbers = (double)pleat_tensor_size(images);
    double divergence, cross_entropy;
    TRY(pleat_model_forward(vae->encoder, images, error));
    TRY(pleat_loss_kl(pleat_model_output_at(vae->encoder, 0),
                      pleat_model_output_at(vae->encoder, 1), &divergence, NULL, NULL, error));
    sum->divergence += (double)n * divergence;
    for (int64_t i = 0; i < samples; i++) {
        TRY(decode(vae, n, seed, NOISE_EVALUATION, batch->step * samples + i, error));
        TRY(pleat_loss_binary_cross_entropy(pleat_model_output(vae->generator), images,
                                            &cross_entropy, NULL, error));
        sum->reconstruction -= numbers * cross_entropy / (double)samples;
    }
    return PLEAT_OK;
}

static enum pleat_status add_all(struct vae *vae, struct pleat_loader *images, uint64_t seed,
                                 int64_t samples, struct vae_bound *bound,
                                 struct pleat_error *error) {
    struct vae_bound sum = {.elbo = 0};
    double count = 0;
    TRY(compile(vae, PLEAT_INFERENCE, error));
    for (int64_t i = 0; i < pleat_loader_batches(images); i++) {
        struct pleat_batch batch;
        TRY(pleat_loader_feed(images, i, &batch, error));
        TRY(add_batch(vae, &batch, seed, samples, &sum, error));
        count += (double)batch.input[0].extent[0];
    }
    bound->reconstruction = sum.reconstruction / count;
    bound->divergence = sum.divergence / count;
    bound->elbo = bound->reconstruction - bound->divergence;
    return PLEAT_OK;
}

enum pleat_status vae_evaluate(struct vae *vae, struct pleat_loader *images, uint64_t seed,
                               int64_t samples, struct vae_bound *bound,
                               struct pleat_error *error) {
    TRY(add_all(vae, images, seed, samples, bound, error));
    return compile(vae, PLEAT_TRAINING, error);
}
