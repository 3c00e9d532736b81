/* Training a classifier: what the session is told. */
#include "classify/trainer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "classify/classifier.h"
#include "fault.h"
#include "model_file.h"
#include "training/images.h"
#include "training/session.h"

struct trainer {
    struct session session; /* first: it is the context of the trainer's functions */
    const struct classify_options *options;
    struct images images;
    struct classifier classifier;
    int64_t *counts; /* [classes][classes] */
};

static enum pleat_status validate(void *context, struct pleat_trainer *trainer, double *metric,
                                  struct pleat_error *error) {
    struct trainer *t = context;
    const int64_t classes = t->classifier.classes;
    (void)trainer;
    memset(t->counts, 0, (size_t)(classes * classes) * sizeof *t->counts);
    TRY(classifier_compile(&t->classifier, PLEAT_INFERENCE, error));
    TRY(classifier_count(&t->classifier, t->images.check, t->counts, error));
    *metric = 100 * pleat_pixel_accuracy(t->counts, classes);
    return classifier_compile(&t->classifier, PLEAT_TRAINING, error);
}

/* One more than the largest label. */
static enum pleat_status count_classes(const char *labels, int64_t *classes,
                                       struct pleat_error *error) {
    struct pleat_tensor tensor;
    TRY(pleat_idx_read(&tensor, labels, error));
    const float *label = tensor.data;
    float most = 0;
    for (int64_t i = 0; i < pleat_tensor_size(&tensor); i++)
        most = label[i] > most ? label[i] : most;
    pleat_tensor_free(&tensor);
    *classes = 1 + (int64_t)most;
    return PLEAT_OK;
}

static enum pleat_status make_network(struct trainer *t, struct pleat_error *error) {
    const struct classify_options *options = t->options;
    struct classifier *classifier = &t->classifier;
    int64_t classes;
    TRY(count_classes(options->labels, &classes, error));
    *classifier = (struct classifier){.classes = classes,
                                      .extent = {t->images.extent[0], t->images.extent[1]},
                                      .batch = options->training.batch,
                                      .threads = options->training.threads};
    if (options->model != NULL)
        TRY(pleat_text_read_file(&classifier->model, options->model, PLEAT_FLOAT32, error));
    else
        TRY(classifier_make(classifier, options->width, error));
    TRY(pleat_model_initialise(classifier->model, options->training.seed, error));
    TRY(classifier_compile(classifier, PLEAT_TRAINING, error));
    if (classifier->classes < classes)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the network tells %d classes, but there are labels up to %d",
                     (int)classifier->classes, (int)classes - 1);
    t->counts = calloc((size_t)(classifier->classes * classifier->classes), sizeof *t->counts);
    return t->counts != NULL ? PLEAT_OK
                             : fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the counts");
}

static enum pleat_status create_session(struct trainer *t, struct pleat_error *error) {
    const struct pleat_adam_options adam = pleat_adam_options_init(t->options->training.rate);
    const struct pleat_output_loss loss = pleat_output_loss_init(PLEAT_LOSS_CROSS_ENTROPY);
    const struct pleat_train_part part = {NULL, t->classifier.model, NULL, NULL};
    struct pleat_train_options train = pleat_train_options_init();
    printf("network  %" PRId64 " parameters\n", model_size(part.model));
    TRY(session_add_adam(&t->session, &part, &adam, error));
    train.context = t;
    train.feed = pleat_loader_feed;
    train.feed_context = t->images.loader;
    train.epoch_steps = pleat_loader_batches(t->images.loader);
    train.losses = &loss;
    train.loss_count = 1;
    train.validate = t->images.check != NULL ? validate : NULL;
    session_describe(&t->session, "task", "classify");
    return session_create(&t->session, &train, error);
}

static enum pleat_status set_up(struct trainer *t, struct pleat_error *error) {
    const struct classify_options *options = t->options;
    TRY(images_open_training(&t->images, options->data, options->labels, options->held_out,
                             options->training.batch, options->training.seed, error));
    session_begin(&t->session, &options->training,
                  pleat_loader_batches(t->images.loader) * options->training.batch);
    session_describe(&t->session, "data", t->images.description);
    printf("data     %s\n", t->images.description);
    TRY(make_network(t, error));
    return create_session(t, error);
}

enum pleat_status classify_train(const struct classify_options *options,
                                 struct pleat_error *error) {
    struct trainer t = {.options = options};
    enum pleat_status status = set_up(&t, error);
    if (status == PLEAT_OK)
        status = session_run(&t.session, "right of the images held out (%)", "%", error);
    session_end(&t.session);
    free(t.counts);
    pleat_model_free(t.classifier.model);
    images_close(&t.images);
    return status;
}
