/* Training a generator: what the session is told. */
#include "generate/trainer.h"

#include <inttypes.h>
#include <stdio.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "generate/gan.h"
#include "generate/vae.h"
#include "model_file.h"
#include "training/images.h"
#include "training/session.h"

struct trainer {
    struct session session; /* first: it is the context of the trainer's functions */
    const struct generate_options *options;
    struct images images;
    struct pleat_model *generator, *critic;
    struct vae vae;
    struct gan gan;
};

static enum pleat_status step_vae(void *context, struct pleat_trainer *trainer,
                                  const struct pleat_batch *batch, double *loss,
                                  struct pleat_error *error) {
    struct trainer *t = context;
    TRY(vae_gradients(&t->vae, &batch->input[0], t->options->training.seed, batch->step, loss,
                      error));
    TRY(pleat_trainer_update(trainer, 0, error));
    return pleat_trainer_update(trainer, 1, error);
}

static enum pleat_status step_gan(void *context, struct pleat_trainer *trainer,
                                  const struct pleat_batch *batch, double *loss,
                                  struct pleat_error *error) {
    struct trainer *t = context;
    return gan_step(&t->gan, trainer, &batch->input[0], t->options->training.seed, batch->step,
                    loss, error);
}

static enum pleat_status validate_vae(void *context, struct pleat_trainer *trainer, double *metric,
                                      struct pleat_error *error) {
    struct trainer *t = context;
    struct vae_bound bound;
    (void)trainer;
    TRY(vae_evaluate(&t->vae, t->images.check, t->options->training.seed, 1, &bound, error));
    *metric = bound.elbo;
    return PLEAT_OK;
}

/* Makes a network, of the user's text or of ours, and lets it begin. */
static enum pleat_status make_network(const struct trainer *t, enum network_role role,
                                      struct pleat_model **model, struct pleat_error *error) {
    const struct generate_options *options = t->options;
    const struct network_sizes sizes = {
        options->latents, options->width, {t->images.extent[0], t->images.extent[1]}};
    const char *critic = options->kind == GENERATE_VAE ? options->encoder : options->discriminator;
    const char *own = role == NETWORK_GENERATOR ? options->generator : critic;
    if (own != NULL)
        TRY(pleat_text_read_file(model, own, PLEAT_FLOAT32, error));
    else
        TRY(network_make(model, options->kind, role, &sizes, error));
    return pleat_model_initialise(*model, options->training.seed, error);
}

static enum pleat_status compile(struct trainer *t, struct pleat_error *error) {
    const int64_t batch = t->options->training.batch, *extent = t->images.extent;
    const int threads = t->options->training.threads;
    if (t->options->kind == GENERATE_VAE) {
        t->vae = (struct vae){.encoder = t->critic,
                              .generator = t->generator,
                              .batch = batch,
                              .extent = {extent[0], extent[1]},
                              .threads = threads};
        return vae_compile(&t->vae, error);
    }
    t->gan = (struct gan){.generator = t->generator,
                          .discriminator = t->critic,
                          .batch = batch,
                          .extent = {extent[0], extent[1]},
                          .threads = threads};
    return gan_compile(&t->gan, error);
}

static enum pleat_status create_session(struct trainer *t, struct pleat_error *error) {
    const struct generate_options *options = t->options;
    const bool gan = options->kind == GENERATE_GAN;
    struct pleat_adam_options adam = pleat_adam_options_init(options->training.rate);
    struct pleat_train_options train = pleat_train_options_init();
    if (gan)
        adam.beta1 = 0.5; /* as the paper on DCGAN found necessary */
    struct pleat_train_part part[2] = {
        {network_part_name(options->kind, NETWORK_GENERATOR), t->generator, NULL, NULL},
        {network_part_name(options->kind, NETWORK_CRITIC), t->critic, NULL, NULL}};
    for (int i = 0; i < 2; i++) {
        printf("network  %s, %" PRId64 " parameters\n", part[i].name, model_size(part[i].model));
        TRY(session_add_adam(&t->session, &part[i], &adam, error));
    }
    train.context = t;
    train.feed = pleat_loader_feed;
    train.feed_context = t->images.loader;
    train.epoch_steps = pleat_loader_batches(t->images.loader);
    train.step = gan ? step_gan : step_vae;
    train.validate = t->images.check != NULL ? validate_vae : NULL;
    session_describe(&t->session, "task", "generate");
    session_describe(&t->session, "kind", generate_kind_name(options->kind));
    return session_create(&t->session, &train, error);
}

static enum pleat_status set_up(struct trainer *t, struct pleat_error *error) {
    const struct generate_options *options = t->options;
    TRY(images_open_training(&t->images, options->data, NULL, options->held_out,
                             options->training.batch, options->training.seed, error));
    session_begin(&t->session, &options->training,
                  pleat_loader_batches(t->images.loader) * options->training.batch);
    session_describe(&t->session, "data", t->images.description);
    printf("data     %s\n", t->images.description);
    TRY(make_network(t, NETWORK_GENERATOR, &t->generator, error));
    TRY(make_network(t, NETWORK_CRITIC, &t->critic, error));
    TRY(compile(t, error));
    return create_session(t, error);
}

enum pleat_status generate_train(const struct generate_options *options,
                                 struct pleat_error *error) {
    struct trainer t = {.options = options};
    enum pleat_status status = set_up(&t, error);
    if (status == PLEAT_OK)
        status = session_run(&t.session, "ELBO of the images held out (nats)", "nats", error);
    session_end(&t.session);
    vae_free(&t.vae);
    gan_free(&t.gan);
    pleat_model_free(t.generator);
    pleat_model_free(t.critic);
    images_close(&t.images);
    return status;
}
