/* Training the up-sampler: what the library's trainer is told. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "interrupt.h"
#include "training/watch.h"
#include "superres/checkpoint.h"
#include "superres/patches.h"
#include "superres/score.h"
#include "superres/trainer.h"
#include "superres/training_set.h"

/* How often the held-out images are looked at over a whole training. */
#define VALIDATIONS 20

/* Steps over which the learning rate rises at the beginning. */
#define WARM_UP 100

struct trainer {
    const struct trainer_options *options;
    bool copies, symmetries;
    struct training_set set;
    struct patches patches;
    struct upsampler upsampler;
    struct pleat_optimizer *optimizer;
    struct pleat_average *average;
    struct pleat_trainer *trainer;
    struct pleat_tensor input, target;
    struct watch watch;
    struct checkpoint_description description;
    char data[160], way[160];
    struct interrupt_hold hold;
    int64_t total; /* steps to take; 0: the time says when to end */
    double *psnr;  /* of the held-out images, one each */
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

/* How much of the training is over, 0 to 1. */
static double fraction_done(const struct trainer *t, const struct pleat_train_report *report) {
    const double fraction = t->total > 0 ? (double)report->step / (double)t->total
                                         : report->seconds / t->options->seconds;
    return fraction < 1 ? fraction : 1;
}

/* The factor on the learning rate: a short rise, then 1 or half a cosine down to a hundredth
 * (Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without
 * restarts). */
static double rate_factor(void *context, const struct pleat_train_report *report) {
    const struct trainer *t = context;
    const double step = (double)report->step + 1;
    const double rise = step < WARM_UP ? step / WARM_UP : 1;
    if (t->options->schedule == TRAINER_CONSTANT)
        return rise;
    return rise * (0.01 + 0.99 * 0.5 * (1 + cos(acos(-1) * fraction_done(t, report))));
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

static int is_to_stop(void *context, const struct pleat_train_report *report) {
    const struct trainer *t = context;
    return interrupt_came() || fraction_done(t, report) >= 1;
}

static enum pleat_status report_step(void *context, const struct pleat_train_report *report,
                                     struct pleat_error *error) {
    struct trainer *t = context;
    return watch_report(&t->watch, report, fraction_done(t, report), is_to_stop(t, report), error);
}

/* Puts signals off while a file is written. */
static void hold_signals(void *context, int begins) {
    struct trainer *t = context;
    if (begins)
        interrupt_hold(&t->hold);
    else
        interrupt_release(&t->hold);
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

/* Adds to the network's description what the training follows from beside the trainer's options. */
static void describe(struct trainer *t) {
    struct checkpoint_description *description = &t->description;
    char names[96] = "", time[48], from[64] = "";
    checkpoint_describe(description, &t->upsampler);
    for (int i = 0; i < t->options->sources; i++) {
        const size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s", i > 0 ? " and " : "");
        print_name(names + strlen(names), sizeof names - strlen(names), t->options->data[i]);
    }
    if (t->options->from != NULL)
        print_name(from, sizeof from, t->options->from);
    snprintf(t->data, sizeof t->data, "%zu images of %s, copies %s, symmetries %s", t->set.images,
             names, t->copies ? "yes" : "no", t->symmetries ? "yes" : "no");
    if (t->total > 0)
        snprintf(time, sizeof time, "%" PRId64 " steps", t->total);
    else
        snprintf(time, sizeof time, "%g seconds", t->options->seconds);
    snprintf(t->way, sizeof t->way,
             "%s of %" PRId64 " patches of %" PRId64 ", last layer's rate %g, schedule %s%s%s",
             time, t->options->batch, t->patches.side, t->options->last_rate,
             t->options->schedule == TRAINER_COSINE ? "cosine" : "constant",
             from[0] != '\0' ? t->options->part == NETWORK_LAST ? ", last layer of " : ", from "
                             : "",
             from);
    description->metadata[description->count++] = (struct pleat_metadata){"data", t->data};
    description->metadata[description->count++] = (struct pleat_metadata){"training", t->way};
}

static enum pleat_status create_trainer(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct pleat_train_options train = pleat_train_options_init();
    const struct pleat_output_loss loss = pleat_output_loss_init(options->loss);
    const struct pleat_train_part part = {NULL, t->upsampler.model, t->optimizer, t->average};
    const int64_t epoch = patches_in_epoch(&t->patches);
    train.epoch_steps = (epoch + options->batch - 1) / options->batch;
    train.steps = t->total;
    train.seed = options->seed;
    train.context = train.feed_context = t;
    train.feed = feed;
    train.losses = &loss;
    train.loss_count = 1;
    train.factor = rate_factor;
    if (t->average != NULL)
        train.decay = options->average;
    train.validate = validate;
    if (t->total > 0)
        train.validate_steps = (t->total + VALIDATIONS - 1) / VALIDATIONS;
    else
        train.validate_seconds = options->seconds / VALIDATIONS;
    train.folder = options->checkpoints;
    train.keep = (int)options->keep;
    train.checkpoint_steps = train.validate_steps;
    if (t->total == 0 && train.validate_seconds < train.checkpoint_seconds)
        train.checkpoint_seconds = train.validate_seconds;
    train.best = options->out;
    train.metadata = t->description.metadata;
    train.metadata_count = t->description.count;
    train.log = report_step;
    train.stop = is_to_stop;
    train.writing = hold_signals;
    return pleat_trainer_create(&t->trainer, &part, 1, &train, error);
}

/* Begins with the parameters of a checkpoint. A last layer for another scale has other phases: it
 * begins anew, so small that a residual begins as bicubic. */
static enum pleat_status start_from(struct trainer *t, struct pleat_error *error) {
    struct upsampler from = {.threads = t->options->threads};
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
    upsampler->threads = options->threads;
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
    struct pleat_random random = pleat_random_seed(options->seed);
    TRY(training_set_read(&t->set, options->data, options->sources, options->network.scale,
                          t->copies, options->threads, &random, error));
    const uint64_t seed = pleat_random_bits(&random);
    TRY(patches_create(&t->patches, t->set.train, t->set.train_count, patch_side(t),
                       options->network.scale, t->symmetries, options->residual == RESIDUAL_BICUBIC,
                       pleat_random_bits(&random), error));
    if (options->seconds == 0)
        t->total =
            (patches_in_epoch(&t->patches) * options->epochs + options->batch - 1) / options->batch;
    TRY(make_network(t, seed, error));
    TRY(compile(t, error));
    const struct pleat_adam_options adam = pleat_adam_options_init(options->rate);
    TRY(pleat_optimizer_create_adam(&t->optimizer, t->upsampler.model, &adam, error));
    if (options->average > 0)
        TRY(pleat_average_create(&t->average, t->upsampler.model, error));
    TRY(allocate_batch(t, error));
    describe(t);
    return create_trainer(t, error);
}

static void tear_down(struct trainer *t) {
    watch_close(&t->watch);
    pleat_trainer_free(t->trainer);
    free(t->psnr);
    pleat_tensor_free(&t->input);
    pleat_tensor_free(&t->target);
    pleat_optimizer_free(t->optimizer);
    pleat_average_free(t->average);
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
                            t->options->threads, t->psnr, error));
    printf("data     %zu images, %zu of them held out: bicubic makes %.3f dB of these\n",
           t->set.images, t->set.held_out_count, score_mean(t->psnr, t->set.held_out_count));
    printf("network  %s%s, %" PRId64 " parameters, learns %s\n", own ? "" : "FSRCNN ",
           own ? t->options->model : network_name(&t->options->network, name),
           network_size(t->upsampler.model),
           t->options->residual == RESIDUAL_BICUBIC ? "what bicubic lacks" : "the whole image");
    printf("steps    of %" PRId64 " patches, %" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64 "\n",
           t->options->batch, side, side, side * scale, side * scale);
    fflush(stdout);
    return PLEAT_OK;
}

/* What the program adds to the library's sentence about a number that is none. */
static enum pleat_status fail_at_number(const struct trainer *t, const struct pleat_error *detail,
                                        struct pleat_error *error) {
    const int64_t best = pleat_trainer_report(t->trainer)->best_step;
    char kept[64] = "is as it was";
    if (best >= 0)
        snprintf(kept, sizeof kept, "holds step %" PRId64, best);
    return fault(error, PLEAT_NOT_FINITE, "%.150s; a lower --rate may help; %.40s %s",
                 detail->message, t->options->out, kept);
}

static enum pleat_status run(struct trainer *t, struct pleat_error *error) {
    struct pleat_error detail = {.message = ""};
    interrupt_catch();
    enum pleat_status status = pleat_trainer_run(t->trainer, &detail);
    if (status == PLEAT_OK && interrupt_came()) /* what it has may be the best */
        status = pleat_trainer_validate(t->trainer, &detail);
    progress_end(&t->watch.progress);
    if (status == PLEAT_NOT_FINITE)
        return fail_at_number(t, &detail, error);
    if (status != PLEAT_OK)
        *error = detail;
    return status;
}

static enum pleat_status train(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    const struct pleat_train_report *report = pleat_trainer_report(t->trainer);
    if (options->resume)
        TRY(pleat_trainer_resume(t->trainer, error));
    const struct watch_options watch = {.log = options->log,
                                        .curve = options->curve,
                                        .metric = "PSNR of the images held out (dB)",
                                        .unit = "dB"};
    watch_begin(&t->watch, &watch, options->resume ? report->step : -1);
    TRY(introduce(t, error));
    if (options->resume)
        printf("resumed  at step %" PRId64 "\n", report->step);
    TRY(run(t, error));
    if (interrupt_came())
        printf("interrupted after %" PRId64 " steps\n", report->step);
    printf("%s holds step %" PRId64 ", %.3f dB on the held-out images\n", options->out,
           report->best_step, report->best_metric);
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
