/* Trains a variational autoencoder on images of 28x28 pixels, with the networks of examples/networks, and
 * leaves vae.safetensors:  vae vae_encoder.txt vae_decoder.txt images.idx.gz 1000 */
#include <pleat/pleat-io.h>
#include <pleat/pleat.h>
#include <stdio.h>
#include <stdlib.h>

#define CALL(call) ((call) == PLEAT_OK ? (void)0 : (puts(error.message), exit(EXIT_FAILURE)))
enum { BATCH = 64, LATENTS = 16, SIDE = 28 };
enum { NOISE, LATENT, GRAD_MEAN, GRAD_LOG, KL_MEAN, KL_LOG, GRAD_IMAGE, TENSORS };

int main(int argc, char **argv) {
    const int64_t vector[2] = {BATCH, LATENTS}, image[4] = {BATCH, 1, SIDE, SIDE};
    const struct pleat_adam_options adam = pleat_adam_options_init(1e-3);
    struct pleat_compile_options compile = pleat_compile_options_init();
    struct pleat_loader_options loading = pleat_loader_options_init();
    struct pleat_checkpoint_part part[2] = {{.name = "encoder"}, {.name = "generator"}};
    struct pleat_model *model[2];
    struct pleat_source *source;
    struct pleat_loader *loader;
    struct pleat_tensor t[TENSORS];
    struct pleat_error error;
    if (argc != 5)
        return puts("vae ENCODER DECODER IMAGES STEPS"), EXIT_FAILURE;
    compile.batch = loading.batch = BATCH;
    compile.extent[0] = compile.extent[1] = SIDE;
    for (int i = 0; i < 2; i++) {
        CALL(pleat_text_read_file(&model[i], argv[1 + i], PLEAT_FLOAT32, &error));
        CALL(pleat_model_initialise(model[i], 1, &error));
        compile.input_gradient = i; /* the decoder's goes on into the encoder */
        CALL(pleat_model_compile(model[i], &compile, &error));
        CALL(pleat_optimizer_create_adam(&part[i].training.optimizer, model[i], &adam, &error));
        part[i].model = model[i];
    }
    for (int i = 0; i < TENSORS; i++)
        CALL(pleat_tensor_allocate(&t[i], PLEAT_FLOAT32, i == GRAD_IMAGE ? 4 : 2,
                                   i == GRAD_IMAGE ? image : vector, &error));
    CALL(pleat_source_open_idx(&source, argv[3], NULL, NULL, &error));
    CALL(pleat_loader_create(&loader, source, &loading, &error));
    struct pleat_random random = pleat_random_seed(1);
    for (int step = 0; step < atoi(argv[4]); step++) {
        double cross_entropy,
            kl; /* the loss, -ELBO, is their sum: of an image's pixels, and latents */
        struct pleat_batch batch;
        for (int i = 0; i < BATCH * LATENTS; i++)
            ((float *)t[NOISE].data)[i] = (float)pleat_random_normal(&random);
        CALL(pleat_loader_feed(loader, step, &batch, &error));
        pleat_model_zero_grad(model[0]);
        pleat_model_zero_grad(model[1]);
        CALL(pleat_model_forward(model[0], &batch.input[0], &error));
        const struct pleat_tensor *mean = pleat_model_output_at(model[0], 0);
        const struct pleat_tensor *log_variance = pleat_model_output_at(model[0], 1);
        CALL(pleat_reparametrise(mean, log_variance, &t[NOISE], &t[LATENT], &error));
        CALL(pleat_model_forward(model[1], &t[LATENT], &error));
        CALL(pleat_loss_binary_cross_entropy(pleat_model_output(model[1]), &batch.input[0],
                                             &cross_entropy, &t[GRAD_IMAGE], &error));
        CALL(pleat_gradient_scale(&t[GRAD_IMAGE], SIDE * SIDE, &error));
        CALL(pleat_model_backward(model[1], &t[GRAD_IMAGE], &error));
        CALL(pleat_reparametrise_backward(log_variance, &t[NOISE],
                                          pleat_model_input_gradient(model[1]), &t[GRAD_MEAN],
                                          &t[GRAD_LOG], &error));
        CALL(pleat_loss_kl(mean, log_variance, &kl, &t[KL_MEAN], &t[KL_LOG], &error));
        CALL(pleat_gradient_add(&t[GRAD_MEAN], 1, &t[KL_MEAN], &error));
        CALL(pleat_gradient_add(&t[GRAD_LOG], 1, &t[KL_LOG], &error));
        CALL(pleat_model_backward_all(model[0], 2, &t[GRAD_MEAN], &error));
        for (int i = 0; i < 2; i++)
            pleat_optimizer_step(part[i].training.optimizer);
        if (step % 100 == 99)
            printf("step %d: ELBO %.2f\n", step + 1, -SIDE * SIDE * cross_entropy - kl);
    }
    const struct pleat_metadata metadata[2] = {{"task", "generate"}, {"kind", "vae"}};
    CALL(pleat_checkpoint_save_parts(part, 2, "vae.safetensors", metadata, 2, &error));
    pleat_loader_free(loader);
    pleat_source_free(source);
    for (int i = 0; i < 2; i++)
        pleat_optimizer_free(part[i].training.optimizer), pleat_model_free(model[i]);
    for (int i = 0; i < TENSORS; i++)
        pleat_tensor_free(&t[i]);
}
