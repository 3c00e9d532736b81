/* Training the up-sampler: what the library's trainer is told. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "model_file.h"
#include "superres/checkpoint.h"
#include "superres/patches.h"
#include "superres/score.h"
#include "superres/trainer.h"
#include "superres/training_set.h"
#include "training/session.h"

struct trainer {
    struct session session; /* first: it is the context of the trainer's functions */
    const struct trainer_options *options;
    bool copies, symmetries;
    struct training_set set;
    struct patches patches;
    struct upsampler upsampler;
    struct pleat_tensor input, target;
    struct checkpoint_description description;
    char data[160], way[160];
    double *psnr; /* of the held-out images, one each */
};

/* The default patch: as large as every image allows, up to TRAINER_PATCH. */
static int64_t patch_side(const struct trainer *t) {
    if (t->options->patch > 0)
        return t->options->patch;
    int64_t side = TRAINER_PATCH;
    for (size_t i = 0; i < t->set.images; i++)
        for (int axis = 0; axis < 2; axis++) {
            const int64_t extent = training_set_plane(&t->set, i)->extent[axis];
            const int64_t coarse = extent / t->options->network.scale;
            side = coarse < side ? coarse : side;
        }
    return side;
}

/* Makes the model ready for batches of patches: after each validation, too. */
static enum pleat_status compile(struct trainer *t, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.batch = t->options->training.batch;
    options.extent[0] = options.extent[1] = t->patches.side;
    options.threads = t->options->training.threads;
    return pleat_model_compile(t->upsampler.model, &options, error);
}

static enum pleat_status allocate_batch(struct trainer *t, struct pleat_error *error) {
    const int64_t side = t->patches.side, fine = side * t->options->network.scale;
    const int64_t input[4] = {t->options->training.batch, 1, side, side};
    const int64_t target[4] = {t->options->training.batch, 1, fine, fine};
    TRY(pleat_tensor_allocate(&t->input, PLEAT_FLOAT32, 4, input, error));
    TRY(pleat_tensor_allocate(&t->target, PLEAT_FLOAT32, 4, target, error));
    t->psnr = malloc(t->set.held_out_count * sizeof *t->psnr);
    if (t->psnr == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", t->set.held_out_count);
    return PLEAT_OK;
}

static enum pleat_status feed(void *context, int64_t step, struct pleat_batch *batch,
                              struct pleat_error *error) {
    const struct trainer *t = context;
    (void)error;
    patches_draw(&t->patches, step, &t->input, &t->target);
    *batch = (struct pleat_batch){.step = step,
                                  .input_count = 1,
                                  .target_count = 1,
                                  .input = {t->input},
                                  .target = {t->target}};
    return PLEAT_OK;
}

/* Looks at the held-out images. */
static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct trainer *t = context;
    (void)trainer;
    TRY(score_network(&t->upsampler, t->set.held_out, t->set.held_out_count, 0, t->psnr, error));
    *metric = score_mean(t->psnr, t->set.held_out_count);
    return compile(t, error);
}

/* The last component of a path, slashes at its end left out. */
static void print_name(char *text, size_t bytes, const char *path) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    snprintf(text, bytes, "%.*s", (int)(end - begin), path + begin);
}

/* What defines the run beside the trainer's options, and what it takes to apply the network. */
static void describe(struct trainer *t) {
    const struct trainer_options *options = t->options;
    char names[96] = "", from[64] = "";
    checkpoint_describe(&t->description, &t->upsampler);
    for (size_t i = 0; i < CHECKPOINT_METADATA; i++)
        session_describe(&t->session, t->description.metadata[i].key,
                         t->description.metadata[i].value);
    for (int i = 0; i < options->sources; i++) {
        const size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s", i > 0 ? " and " : "");
        print_name(names + strlen(names), sizeof names - strlen(names), options->data[i]);
    }
    if (options->from != NULL)
        print_name(from, sizeof from, options->from);
    snprintf(t->data, sizeof t->data, "%zu images of %s, copies %s, symmetries %s", t->set.images,
             names, t->copies ? "yes" : "no", t->symmetries ? "yes" : "no");
    snprintf(t->way, sizeof t->way, "of side %" PRId64 ", last layer's rate %g%s%s",
             t->patches.side, options->last_rate,
             from[0] == '\0'                 ? ""
             : options->part == NETWORK_LAST ? ", last layer of "
                                             : ", from ",
             from);
    session_describe(&t->session, "data", t->data);
    session_describe(&t->session, "patches", t->way);
}

static enum pleat_status create_session(struct trainer *t, struct pleat_error *error) {
    const struct pleat_adam_options adam = pleat_adam_options_init(t->options->training.rate);
    const struct pleat_train_part part = {NULL, t->upsampler.model, NULL, NULL};
    const struct pleat_output_loss loss = pleat_output_loss_init(t->options->loss);
    struct pleat_train_options train = pleat_train_options_init();
    const int64_t epoch = patches_in_epoch(&t->patches), batch = t->options->training.batch;
    train.epoch_steps = (epoch + batch - 1) / batch;
    train.context = train.feed_context = t;
    train.feed = feed;
    train.losses = &loss;
    train.loss_count = 1;
    train.validate = validate;
    TRY(session_add_adam(&t->session, &part, &adam, error));
    return session_create(&t->session, &train, error);
}

/* Begins with the parameters of a checkpoint. A last layer for another scale has other phases: it
 * begins anew, so small that a residual begins as bicubic. */
static enum pleat_status start_from(struct trainer *t, struct pleat_error *error) {
    struct upsampler from = {.threads = t->options->training.threads};
    struct pleat_error bare;
    TRY(checkpoint_read(&from, t->options->from, error));
    const enum pleat_status status =
        network_copy(t->upsampler.model, from.model, from.scale == t->upsampler.scale, &bare);
    pleat_model_free(from.model);
    return status == PLEAT_OK
               ? PLEAT_OK
               : fault(error, status, "%.100s: %.150s", t->options->from, bare.message);
}

static enum pleat_status make_network(struct trainer *t, uint64_t seed, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct upsampler *upsampler = &t->upsampler;
    upsampler->scale = options->network.scale;
    upsampler->residual = options->residual;
    upsampler->threads = options->training.threads;
    if (options->model == NULL)
        TRY(network_build(&upsampler->model, &options->network, PLEAT_FLOAT32, error));
    else {
        TRY(pleat_text_read_file(&upsampler->model, options->model, PLEAT_FLOAT32, error));
        TRY(upsampler_check(upsampler, error));
    }
    TRY(network_set_rates(upsampler->model, options->part, options->last_rate, error));
    TRY(pleat_model_initialise(upsampler->model, seed, error));
    return options->from != NULL ? start_from(t, error) : PLEAT_OK;
}

static enum pleat_status set_up(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct stat found;
    const bool folder = stat(options->data[0], &found) == 0 && S_ISDIR(found.st_mode);
    t->copies = options->copies < 0 ? folder : options->copies > 0;
    t->symmetries = options->symmetries < 0 ? folder : options->symmetries > 0;
    struct pleat_random random = pleat_random_seed(options->training.seed);
    TRY(training_set_read(&t->set, options->data, options->sources, options->network.scale,
                          t->copies, options->training.threads, &random, error));
    const uint64_t seed = pleat_random_bits(&random);
    TRY(patches_create(&t->patches, t->set.train, t->set.train_count, patch_side(t),
                       options->network.scale, t->symmetries, options->residual == RESIDUAL_BICUBIC,
                       pleat_random_bits(&random), error));
    session_begin(&t->session, &options->training, patches_in_epoch(&t->patches));
    TRY(make_network(t, seed, error));
    TRY(compile(t, error));
    TRY(allocate_batch(t, error));
    describe(t);
    return create_session(t, error);
}

static void tear_down(struct trainer *t) {
    session_end(&t->session);
    free(t->psnr);
    pleat_tensor_free(&t->input);
    pleat_tensor_free(&t->target);
    pleat_model_free(t->upsampler.model);
    patches_free(&t->patches);
    training_set_free(&t->set);
}

/* Says what is trained with what, and how well bicubic does on the held-out images. */
static enum pleat_status introduce(struct trainer *t, struct pleat_error *error) {
    char name[NETWORK_NAME_BYTES];
    const bool own = t->options->model != NULL;
    const int64_t side = t->patches.side, scale = t->options->network.scale;
    TRY(score_interpolation(t->set.held_out, t->set.held_out_count, PLEAT_BICUBIC, 0,
                            t->options->training.threads, t->psnr, error));
    printf("data     %zu images, %zu of them held out: bicubic makes %.3f dB of these\n",
           t->set.images, t->set.held_out_count, score_mean(t->psnr, t->set.held_out_count));
    printf("network  %s%s, %" PRId64 " parameters, learns %s\n", own ? "" : "FSRCNN ",
           own ? t->options->model : network_name(&t->options->network, name),
           model_size(t->upsampler.model),
           t->options->residual == RESIDUAL_BICUBIC ? "what bicubic lacks" : "the whole image");
    printf("patches  %" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64 "\n", side, side,
           side * scale, side * scale);
    return PLEAT_OK;
}

static enum pleat_status train(struct trainer *t, struct pleat_error *error) {
    TRY(introduce(t, error));
    return session_run(&t->session, "PSNR of the images held out (dB)", "dB", error);
}

enum pleat_status trainer_run(const struct trainer_options *options, struct pleat_error *error) {
    struct trainer t = {.options = options};
    enum pleat_status status = set_up(&t, error);
    if (status == PLEAT_OK)
        status = train(&t, error);
    tear_down(&t);
    return status;
}
