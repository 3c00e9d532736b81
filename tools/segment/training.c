/* Setting up the training: data, classes, network; and its validation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "model_file.h"
#include "segment/batches.h"
#include "segment/training.h"
#include "training/session.h"

enum { WEIGHTS_BYTES = MAX_CLASSES * 12, TEXT_BYTES = 160 };

struct training {
    struct session session; /* first: it is the context of the trainer's functions */
    const struct segment_training_options *options;
    struct class_texts texts;
    struct segmenter segmenter; /* of the model that is trained */
    struct pleat_source *all, *train, *held_out;
    struct pleat_loader *loader;
    float weight[MAX_CLASSES];
    struct pleat_tensor weights; /* a view of them */
    int64_t counts[MAX_CLASSES * MAX_CLASSES];
    char count[16], weight_text[WEIGHTS_BYTES], data[TEXT_BYTES], crops[TEXT_BYTES];
};

/* The channels of the first image, and its pixels. */
static enum pleat_status look_at_first(const char *images, int *channels, int64_t *pixels,
                                       struct pleat_error *error) {
    struct pleat_source *source;
    struct pleat_image image;
    TRY(pleat_source_open_folder(&source, images, NULL, error));
    const enum pleat_status status = pleat_image_read(&image, pleat_source_name(source, 0), error);
    pleat_source_free(source);
    TRY(status);
    *channels = image.channels;
    *pixels = image.width * image.height;
    pleat_image_free(&image);
    return PLEAT_OK;
}

static enum pleat_status hold_out(struct training *t, struct pleat_error *error) {
    const struct segment_training_options *options = t->options;
    if (options->held_out_images != NULL) {
        t->train = t->all;
        t->all = NULL;
        return labelled_open(&t->held_out, options->held_out_images, options->held_out_labels,
                             &t->segmenter.classes, t->segmenter.channels, error);
    }
    if (options->held_out_range.end > 0)
        return labelled_pick(&t->held_out, &t->train, t->all, &options->held_out_range, error);
    const size_t count = pleat_source_count(t->all);
    const size_t share = (size_t)((double)count * options->held_out_share);
    return pleat_source_split(&t->train, &t->held_out, t->all, share > 0 ? share : 1,
                              options->training.seed, error);
}

/* Overwrites weights by the list; each class has its own. */
static enum pleat_status read_weights(const char *list, int classes, double *weights,
                                      struct pleat_error *error) {
    const char *text = list;
    for (int c = 0; c < classes; c++) {
        char *end;
        weights[c] = strtod(text, &end);
        if (end == text || !(weights[c] >= 0 && weights[c] <= 1e6) ||
            *end != (c + 1 < classes ? ',' : '\0'))
            return fault(error, PLEAT_INVALID_ARGUMENT,
                         "--weights must be auto or %d numbers from 0, got '%.60s'", classes, list);
        text = end + 1;
    }
    return PLEAT_OK;
}

/* Finds how many classes there are, where it is not told, and what each weighs. */
static enum pleat_status count_classes(struct training *t, struct pleat_error *error) {
    struct classes *classes = &t->segmenter.classes;
    struct label_count count;
    double weights[MAX_CLASSES];
    const char *asked = t->options->weights;
    const bool automatic = asked != NULL && strcmp(asked, "auto") == 0;
    if (classes->count == 0 || automatic)
        TRY(labelled_count(t->train, &count, error));
    for (int c = 0; c < MAX_CLASSES && t->texts.count == NULL; c++)
        if (count.pixels[c] > 0)
            classes->count = c + 1;
    if (classes->count < 2)
        return fault(error, PLEAT_INVALID_ARGUMENT, "the labels hold %d class; two are needed",
                     classes->count);
    snprintf(t->count, sizeof t->count, "%d", classes->count);
    t->texts.count = t->count;
    if (automatic)
        labelled_weigh(&count, classes->count, weights);
    else if (asked != NULL)
        TRY(read_weights(asked, classes->count, weights, error));
    size_t used = 0;
    for (int c = 0; c < classes->count && asked != NULL; c++) {
        t->weight[c] = (float)weights[c];
        used += (size_t)snprintf(t->weight_text + used, sizeof t->weight_text - used, "%s%.6g",
                                 c > 0 ? "," : "", weights[c]);
    }
    t->weights = pleat_tensor_view(t->weight, PLEAT_FLOAT32, 1, (int64_t[]){classes->count});
    return PLEAT_OK;
}

static enum pleat_status open_data(struct training *t, int64_t *pixels, struct pleat_error *error) {
    const struct segment_training_options *options = t->options;
    int channels;
    t->texts = options->classes;
    TRY(classes_read(&t->segmenter.classes, &t->texts, error));
    TRY(look_at_first(options->images, &channels, pixels, error));
    t->segmenter.channels = options->channels > 0 ? options->channels : channels;
    TRY(labelled_open(&t->all, options->images, options->labels, &t->segmenter.classes,
                      t->segmenter.channels, error));
    TRY(hold_out(t, error));
    return count_classes(t, error);
}

/* A crop is taken so often from each image that an epoch sees about as many pixels as there are. */
static enum pleat_status create_loader(struct training *t, int64_t pixels,
                                       struct pleat_error *error) {
    const struct pleat_augmentation *crop = &t->options->augmentation;
    struct pleat_loader_options options = pleat_loader_options_init();
    const int64_t repeats = pixels / (crop->height * crop->width);
    options.batch = t->options->training.batch;
    options.seed = t->options->training.seed;
    options.repeats = repeats > 1 ? repeats : 1;
    options.augmentation = *crop;
    return pleat_loader_create(&t->loader, t->train, &options, error);
}

static enum pleat_status make_model(struct training *t, struct pleat_error *error) {
    struct segment_network_options network = t->options->network;
    struct pleat_model **model = &t->segmenter.model;
    if (t->options->model != NULL) {
        TRY(model_file_read(model, t->options->model, error));
        return pleat_model_initialise(*model, t->options->training.seed, error);
    }
    network.channels = t->segmenter.channels;
    network.classes = t->segmenter.classes.count;
    char *text = segment_network_text(&network);
    if (text == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the network's text");
    const enum pleat_status status = pleat_text_read(model, text, PLEAT_FLOAT32, error);
    free(text);
    TRY(status);
    return pleat_model_initialise(*model, t->options->training.seed, error);
}

static enum pleat_status compile(struct training *t, struct pleat_error *error) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.batch = t->options->training.batch;
    options.extent[0] = t->options->augmentation.height;
    options.extent[1] = t->options->augmentation.width;
    options.threads = t->options->training.threads;
    TRY(pleat_model_compile(t->segmenter.model, &options, error));
    const struct pleat_tensor *output = pleat_model_output(t->segmenter.model);
    if (output->rank != 4 || output->extent[1] != t->segmenter.classes.count ||
        output->extent[2] != options.extent[0] || output->extent[3] != options.extent[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the network's output is not one score a pixel for each of %d classes",
                     t->segmenter.classes.count);
    return PLEAT_OK;
}

/* Looks at the images held out; the model stays compiled for training. */
static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct training *t = context;
    (void)trainer;
    memset(t->counts, 0, sizeof t->counts);
    TRY(labelled_confusion(&t->segmenter, t->held_out, t->counts, error));
    *metric = pleat_mean_iou(t->counts, t->segmenter.classes.count);
    return PLEAT_OK;
}

/* What defines the run beside the trainer's options, and what it takes to apply the network. */
static void describe(struct training *t) {
    const struct segment_training_options *options = t->options;
    const struct pleat_augmentation *crop = &options->augmentation;
    struct session *session = &t->session;
    session->metadata_count +=
        classes_describe(&t->texts, session->metadata + session->metadata_count);
    session_describe(session, "task", "segment");
    session_describe(session, "normalisation", SEGMENT_NORMALISATION);
    if (options->weights != NULL)
        session_describe(session, "weights", t->weight_text);
    snprintf(t->data, sizeof t->data, "%zu images, %zu held out", pleat_source_count(t->train),
             pleat_source_count(t->held_out));
    session_describe(session, "data", t->data);
    snprintf(t->crops, sizeof t->crops, "%" PRId64 "x%" PRId64 ", augmented by '%.80s'",
             crop->height, crop->width, options->augment);
    session_describe(session, "crops", t->crops);
}

static enum pleat_status create_session(struct training *t, struct pleat_error *error) {
    const struct pleat_adam_options adam = pleat_adam_options_init(t->options->training.rate);
    const struct pleat_train_part part = {NULL, t->segmenter.model, NULL, NULL};
    struct pleat_train_options train = pleat_train_options_init();
    struct pleat_output_loss loss = pleat_output_loss_init(PLEAT_LOSS_CROSS_ENTROPY);
    if (t->options->weights != NULL)
        loss.cross_entropy.weight = &t->weights;
    train.context = t;
    train.epoch_steps = pleat_loader_batches(t->loader);
    train.feed = pleat_loader_feed;
    train.feed_context = t->loader;
    train.losses = &loss;
    train.loss_count = 1;
    train.validate = validate;
    TRY(session_add_adam(&t->session, &part, &adam, error));
    return session_create(&t->session, &train, error);
}

static enum pleat_status set_up(struct training *t, struct pleat_error *error) {
    const struct training_options *options = &t->options->training;
    int64_t pixels;
    TRY(open_data(t, &pixels, error));
    TRY(create_loader(t, pixels, error));
    session_begin(&t->session, options, pleat_loader_batches(t->loader) * options->batch);
    TRY(make_model(t, error));
    TRY(compile(t, error));
    TRY(segmenter_prepare(&t->segmenter, options->threads, SEGMENTER_MEMORY, error));
    describe(t);
    return PLEAT_OK;
}

static void tear_down(struct training *t) {
    session_end(&t->session);
    segmenter_free(&t->segmenter);
    pleat_loader_free(t->loader);
    pleat_source_free(t->held_out);
    pleat_source_free(t->train);
    pleat_source_free(t->all);
}

static void introduce(const struct training *t) {
    const struct pleat_augmentation *crop = &t->options->augmentation;
    printf("data     %s, of %d channel%s\n", t->data, t->segmenter.channels,
           t->segmenter.channels > 1 ? "s" : "");
    printf("classes  %d%s%.200s\n", t->segmenter.classes.count,
           t->options->weights != NULL ? ", weights " : "", t->weight_text);
    printf("network  %" PRId64 " parameters\n", model_size(t->segmenter.model));
    printf("steps    of %" PRId64 " crops of %" PRId64 "x%" PRId64 ", %" PRId64 " an epoch\n",
           t->options->training.batch, crop->height, crop->width, pleat_loader_batches(t->loader));
}

static enum pleat_status train(struct training *t, struct pleat_error *error) {
    TRY(create_session(t, error));
    introduce(t);
    return session_run(&t->session, "mean IoU of the images held out", "", error);
}

/* Writes the network as it begins, and the batches that it would see. */
static enum pleat_status write_batches(struct training *t, struct pleat_error *error) {
    TRY(pleat_checkpoint_save(t->segmenter.model, t->options->training.out, t->session.metadata,
                              t->session.metadata_count, error));
    return batches_write(t->options->batches, t->held_out, t->loader, t->session.total, error);
}

enum pleat_status segment_train(const struct segment_training_options *options,
                                struct pleat_error *error) {
    struct training *t = calloc(1, sizeof *t);
    if (t == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a training");
    t->options = options;
    enum pleat_status status = set_up(t, error);
    if (status == PLEAT_OK)
        status = options->batches != NULL ? write_batches(t, error) : train(t, error);
    tear_down(t);
    free(t);
    return status;
}
