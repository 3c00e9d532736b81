/* The training loop. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pleat/pleat.h>

#include "upsample/checkpoint.h"
#include "fault.h"
#include "interrupt.h"
#include "upsample/patches.h"
#include "upsample/progress.h"
#include "upsample/score.h"
#include "upsample/trainer.h"
#include "upsample/training_set.h"

/* How often the held-out images are looked at over a whole training. */
#define VALIDATIONS 20

/* Steps over which the learning rate rises at the beginning. */
#define WARM_UP 100

struct trainer {
    const struct trainer_options *options;
    struct training_set set;
    struct patches patches;
    struct upsampler upsampler;
    struct pleat_optimizer *optimizer;
    struct pleat_tensor input, target, grad;
    struct progress progress;
    int64_t total; /* steps to take; 0: the time says when to end */
    int validated; /* how many of the VALIDATIONS are over */
    double *psnr;  /* of the held-out images, one each */
    struct checkpoint_note best;
};

/* The default patch: as large as every image allows, up to TRAINER_PATCH. */
static int64_t patch_side(const struct trainer *t) {
    if (t->options->patch > 0)
        return t->options->patch;
    int64_t side = TRAINER_PATCH;
    for (size_t i = 0; i < t->set.images; i++)
        for (int axis = 0; axis < 2; axis++) {
            const int64_t extent = pleat_dataset_plane(t->set.dataset, i)->extent[axis];
            const int64_t coarse = extent / t->options->network.scale;
            side = coarse < side ? coarse : side;
        }
    return side;
}

/* Makes the model ready for batches of patches: after each validation, too. */
static enum pleat_status compile(struct trainer *t, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.batch = t->options->batch;
    options.extent[0] = options.extent[1] = t->patches.side;
    options.threads = t->options->threads;
    return pleat_model_compile(t->upsampler.model, &options, error);
}

static enum pleat_status allocate_batch(struct trainer *t, struct pleat_error *error) {
    const int64_t side = t->patches.side, fine = side * t->options->network.scale;
    const int64_t input[4] = {t->options->batch, 1, side, side};
    const int64_t target[4] = {t->options->batch, 1, fine, fine};
    TRY(pleat_tensor_allocate(&t->input, PLEAT_FLOAT32, 4, input, error));
    TRY(pleat_tensor_allocate(&t->target, PLEAT_FLOAT32, 4, target, error));
    TRY(pleat_tensor_allocate(&t->grad, PLEAT_FLOAT32, 4, target, error));
    t->psnr = malloc(t->set.held_out_count * sizeof *t->psnr);
    if (t->psnr == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", t->set.held_out_count);
    return PLEAT_OK;
}

static enum pleat_status set_up(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct stat found;
    const bool folder = stat(options->data, &found) == 0 && S_ISDIR(found.st_mode);
    const bool copies = options->copies < 0 ? folder : options->copies > 0;
    const bool symmetries = options->symmetries < 0 ? folder : options->symmetries > 0;
    struct pleat_random random = pleat_random_seed(options->seed);
    TRY(training_set_read(&t->set, options->data, options->network.scale, copies, options->threads,
                          &random, error));
    const uint64_t seed = pleat_random_bits(&random);
    TRY(patches_create(&t->patches, t->set.train, t->set.train_count, patch_side(t),
                       options->network.scale, symmetries, random, error));
    t->upsampler.network = options->network;
    t->upsampler.threads = options->threads;
    TRY(network_build(&t->upsampler.model, &options->network, PLEAT_FLOAT32, error));
    TRY(network_initialise(t->upsampler.model, seed, error));
    TRY(compile(t, error));
    const struct pleat_adam_options adam = pleat_adam_options_init(options->rate);
    TRY(pleat_optimizer_create_adam(&t->optimizer, t->upsampler.model, &adam, error));
    return allocate_batch(t, error);
}

static void tear_down(struct trainer *t) {
    free(t->psnr);
    pleat_tensor_free(&t->input);
    pleat_tensor_free(&t->target);
    pleat_tensor_free(&t->grad);
    pleat_optimizer_free(t->optimizer);
    pleat_model_free(t->upsampler.model);
    patches_free(&t->patches);
    training_set_free(&t->set);
}

/* Says what is trained with what, and how well bicubic does on the held-out images. */
static enum pleat_status introduce(struct trainer *t, struct pleat_error *error) {
    char name[NETWORK_NAME_BYTES];
    const int64_t side = t->patches.side, scale = t->options->network.scale;
    TRY(score_interpolation(t->set.held_out, t->set.held_out_count, PLEAT_BICUBIC, 0,
                            t->options->threads, t->psnr, error));
    printf("data     %zu images, %zu of them held out: bicubic makes %.3f dB of these\n",
           t->set.images, t->set.held_out_count, score_mean(t->psnr, t->set.held_out_count));
    printf("network  FSRCNN %s, %" PRId64 " parameters, learns what bicubic lacks\n",
           network_name(&t->options->network, name), network_size(t->upsampler.model));
    printf("steps    of %" PRId64 " patches, %" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64 "\n",
           t->options->batch, side, side, side * scale, side * scale);
    fflush(stdout);
    return PLEAT_OK;
}

/* Looks at the held-out images. */
static enum pleat_status validate(struct trainer *t, struct pleat_error *error) {
    TRY(score_network(&t->upsampler, t->set.held_out, t->set.held_out_count, 0, t->psnr, error));
    t->progress.psnr = score_mean(t->psnr, t->set.held_out_count);
    return compile(t, error);
}

/* Writes the checkpoint if it is the best so far. */
static enum pleat_status keep_best(struct trainer *t, struct pleat_error *error) {
    if (!(t->progress.psnr > t->best.psnr))
        return PLEAT_OK;
    t->best = (struct checkpoint_note){.step = t->progress.steps, .psnr = t->progress.psnr};
    struct interrupt_hold hold;
    interrupt_hold(&hold);
    const enum pleat_status status = checkpoint_write(t->options->out, &t->options->network,
                                                      t->upsampler.model, &t->best, error);
    interrupt_release(&hold);
    return status;
}

/* Finds out before the first step whether the checkpoint can be written: a new one is, untrained;
 * an old one stays until there is a trained one to take its place. */
static enum pleat_status try_checkpoint(struct trainer *t, struct pleat_error *error) {
    const char *out = t->options->out;
    t->best.psnr = -INFINITY;
    if (access(out, F_OK) != 0)
        return keep_best(t, error);
    if (access(out, W_OK) != 0)
        return fault(error, PLEAT_IO, "%s: %s", out, strerror(errno));
    return PLEAT_OK;
}

/* How much of the training is over, 0 to 1. */
static double fraction_done(const struct trainer *t) {
    const double fraction = t->total > 0 ? (double)t->progress.steps / (double)t->total
                                         : progress_elapsed(&t->progress) / t->options->seconds;
    return fraction < 1 ? fraction : 1;
}

/* The learning rate: a short rise, then half a cosine down to a hundredth (Loshchilov and Hutter,
 * "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts). */
static double rate_at(const struct trainer *t, double fraction) {
    const double step = (double)t->progress.steps + 1;
    const double rise = step < WARM_UP ? step / WARM_UP : 1;
    return t->options->rate * rise * (0.01 + 0.99 * 0.5 * (1 + cos(acos(-1) * fraction)));
}

static enum pleat_status fail_at_loss(const struct trainer *t, double loss,
                                      struct pleat_error *error) {
    char kept[64] = "is as it was";
    if (isfinite(t->best.psnr))
        snprintf(kept, sizeof kept, "holds step %" PRId64, t->best.step);
    return fault(error, PLEAT_NOT_FINITE,
                 "the loss is %s at step %" PRId64 ": a lower --rate may help; %s %s",
                 isnan(loss) ? "not a number" : "infinite", t->progress.steps + 1, t->options->out,
                 kept);
}

static enum pleat_status take_step(struct trainer *t, double fraction, struct pleat_error *error) {
    struct pleat_model *model = t->upsampler.model;
    double loss;
    TRY(pleat_optimizer_set_rate(t->optimizer, rate_at(t, fraction), error));
    patches_draw(&t->patches, &t->input, &t->target);
    pleat_model_zero_grad(model);
    TRY(pleat_model_forward(model, &t->input, error));
    const struct pleat_tensor *output = pleat_model_output(model);
    TRY(t->options->loss == TRAINER_MSE
            ? pleat_loss_mse(output, &t->target, &loss, &t->grad, error)
            : pleat_loss_l1(output, &t->target, &loss, &t->grad, error));
    if (!isfinite(loss))
        return fail_at_loss(t, loss, error);
    TRY(pleat_model_backward(model, &t->grad, error));
    pleat_optimizer_step(t->optimizer);
    progress_step(&t->progress, loss);
    return PLEAT_OK;
}

/* Seconds left, guessed from the pace so far where steps are counted. */
static double time_left(const struct trainer *t, double fraction) {
    const double elapsed = progress_elapsed(&t->progress);
    if (t->total == 0)
        return elapsed < t->options->seconds ? t->options->seconds - elapsed : 0;
    return fraction > 0 ? elapsed * (1 - fraction) / fraction : 0;
}

static enum pleat_status loop(struct trainer *t, struct pleat_error *error) {
    double fraction = 0;
    while (fraction < 1 && !interrupt_came()) {
        TRY(take_step(t, fraction, error));
        fraction = fraction_done(t);
        const bool due = fraction * VALIDATIONS >= t->validated + 1 || interrupt_came();
        if (due) {
            TRY(validate(t, error));
            TRY(keep_best(t, error));
            t->validated = (int)(fraction * VALIDATIONS);
        }
        progress_show(&t->progress, time_left(t, fraction), due);
    }
    return PLEAT_OK;
}

static enum pleat_status train(struct trainer *t, struct pleat_error *error) {
    TRY(introduce(t, error));
    if (t->options->seconds == 0)
        t->total = (patches_in_epoch(&t->patches) * t->options->epochs + t->options->batch - 1) /
                   t->options->batch;
    interrupt_catch();
    progress_start(&t->progress);
    TRY(validate(t, error));
    TRY(try_checkpoint(t, error));
    const enum pleat_status status = loop(t, error);
    progress_end(&t->progress);
    if (status != PLEAT_OK)
        return status;
    if (interrupt_came())
        printf("interrupted after %" PRId64 " steps\n", t->progress.steps);
    printf("%s holds step %" PRId64 ", %.3f dB on the held-out images\n", t->options->out,
           t->best.step, t->best.psnr);
    return PLEAT_OK;
}

enum pleat_status trainer_run(const struct trainer_options *options, struct pleat_error *error) {
    struct trainer t = {.options = options};
    enum pleat_status status = set_up(&t, error);
    if (status == PLEAT_OK)
        status = train(&t, error);
    tear_down(&t);
    return status;
}
