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
    struct pleat_trainer *trainer;
    struct pleat_tensor input, target;
    struct watch watch;
    struct checkpoint_description description;
    char data[128], way[96];
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

/* The factor on the learning rate: a short rise, then half a cosine down to a hundredth (Loshchilov
 * and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without restarts). */
static double rate_factor(void *context, const struct pleat_train_report *report) {
    const double step = (double)report->step + 1;
    const double rise = step < WARM_UP ? step / WARM_UP : 1;
    return rise * (0.01 + 0.99 * 0.5 * (1 + cos(acos(-1) * fraction_done(context, report))));
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
    char name[64];
    checkpoint_describe(description, &t->options->network);
    print_name(name, sizeof name, t->options->data);
    snprintf(t->data, sizeof t->data, "%zu images of %s, copies %s, symmetries %s", t->set.images,
             name, t->copies ? "yes" : "no", t->symmetries ? "yes" : "no");
    if (t->total > 0)
        snprintf(t->way, sizeof t->way, "%" PRId64 " steps of %" PRId64 " patches of %" PRId64,
                 t->total, t->options->batch, t->patches.side);
    else
        snprintf(t->way, sizeof t->way, "%g seconds of %" PRId64 " patches of %" PRId64,
                 t->options->seconds, t->options->batch, t->patches.side);
    description->metadata[description->count++] = (struct pleat_metadata){"data", t->data};
    description->metadata[description->count++] = (struct pleat_metadata){"training", t->way};
}

static enum pleat_status create_trainer(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct pleat_train_options train = pleat_train_options_init();
    const struct pleat_output_loss loss = pleat_output_loss_init(options->loss);
    const struct pleat_train_part part = {NULL, t->upsampler.model, t->optimizer, NULL};
    const int64_t epoch = patches_in_epoch(&t->patches);
    train.epoch_steps = (epoch + options->batch - 1) / options->batch;
    train.steps = t->total;
    train.seed = options->seed;
    train.context = train.feed_context = t;
    train.feed = feed;
    train.losses = &loss;
    train.loss_count = 1;
    train.factor = rate_factor;
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

static enum pleat_status set_up(struct trainer *t, struct pleat_error *error) {
    const struct trainer_options *options = t->options;
    struct stat found;
    const bool folder = stat(options->data, &found) == 0 && S_ISDIR(found.st_mode);
    t->copies = options->copies < 0 ? folder : options->copies > 0;
    t->symmetries = options->symmetries < 0 ? folder : options->symmetries > 0;
    struct pleat_random random = pleat_random_seed(options->seed);
    TRY(training_set_read(&t->set, options->data, options->network.scale, t->copies,
                          options->threads, &random, error));
    const uint64_t seed = pleat_random_bits(&random);
    TRY(patches_create(&t->patches, t->set.train, t->set.train_count, patch_side(t),
                       options->network.scale, t->symmetries, pleat_random_bits(&random), error));
    if (options->seconds == 0)
        t->total =
            (patches_in_epoch(&t->patches) * options->epochs + options->batch - 1) / options->batch;
    t->upsampler.network = options->network;
    t->upsampler.threads = options->threads;
    TRY(network_build(&t->upsampler.model, &options->network, PLEAT_FLOAT32, error));
    TRY(network_initialise(t->upsampler.model, seed, error));
    TRY(compile(t, error));
    const struct pleat_adam_options adam = pleat_adam_options_init(options->rate);
    TRY(pleat_optimizer_create_adam(&t->optimizer, t->upsampler.model, &adam, error));
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
