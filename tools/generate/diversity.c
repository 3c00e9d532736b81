/* Counting what a classifier says. */
#include "generate/diversity.h"

#include <stdlib.h>

#include "fault.h"

/* Sums on their way. */
struct tally {
    int64_t *count;     /* of each class */
    int32_t *label;     /* of a batch */
    double *confidence; /* of a batch */
    double sum;
    int64_t images;
};

static enum pleat_status tally_create(struct tally *tally, const struct classifier *classifier,
                                      struct pleat_error *error) {
    const size_t batch = (size_t)classifier->batch;
    *tally = (struct tally){.count = calloc((size_t)classifier->classes, sizeof *tally->count),
                            .label = malloc(batch * sizeof *tally->label),
                            .confidence = malloc(batch * sizeof *tally->confidence)};
    return tally->count != NULL && tally->label != NULL && tally->confidence != NULL
               ? PLEAT_OK
               : fault(error, PLEAT_OUT_OF_MEMORY, "no memory for what the classifier says");
}

static void tally_free(struct tally *tally) {
    free(tally->count);
    free(tally->label);
    free(tally->confidence);
}

static enum pleat_status tally_add(struct tally *tally, struct classifier *classifier,
                                   const struct pleat_tensor *images, struct pleat_error *error) {
    TRY(classifier_apply(classifier, images, tally->label, tally->confidence, error));
    for (int64_t i = 0; i < images->extent[0]; i++) {
        tally->count[tally->label[i]]++;
        tally->sum += tally->confidence[i];
    }
    tally->images += images->extent[0];
    return PLEAT_OK;
}

static struct diversity tally_result(const struct tally *tally, int64_t classes) {
    struct diversity result = {.images = tally->images, .classes = classes};
    int64_t most = 0;
    for (int64_t c = 0; c < classes; c++) {
        result.seen += tally->count[c] > 0;
        most = tally->count[c] > most ? tally->count[c] : most;
    }
    result.largest = (double)most / (double)tally->images;
    result.confidence = tally->sum / (double)tally->images;
    return result;
}

/* Walks over images in memory, or, where they are NULL, over a loader's. */
static enum pleat_status tally_all(struct tally *tally, struct classifier *classifier,
                                   const struct pleat_tensor *images, struct pleat_loader *loader,
                                   struct pleat_error *error) {
    for (int64_t i = 0; images == NULL && i < pleat_loader_batches(loader); i++) {
        struct pleat_batch batch;
        TRY(pleat_loader_feed(loader, i, &batch, error));
        TRY(tally_add(tally, classifier, &batch.input[0], error));
    }
    for (int64_t i = 0; images != NULL && i < images->extent[0]; i += classifier->batch) {
        struct pleat_tensor some = *images;
        const int64_t left = images->extent[0] - i;
        some.data = (float *)images->data + i * images->extent[2] * images->extent[3];
        some.extent[0] = left < classifier->batch ? left : classifier->batch;
        TRY(tally_add(tally, classifier, &some, error));
    }
    return PLEAT_OK;
}

static enum pleat_status measure(struct classifier *classifier, const struct pleat_tensor *images,
                                 struct pleat_loader *loader, struct diversity *diversity,
                                 struct pleat_error *error) {
    struct tally tally;
    enum pleat_status status = tally_create(&tally, classifier, error);
    if (status == PLEAT_OK)
        status = tally_all(&tally, classifier, images, loader, error);
    if (status == PLEAT_OK)
        *diversity = tally_result(&tally, classifier->classes);
    tally_free(&tally);
    return status;
}

enum pleat_status diversity_of_images(struct classifier *classifier,
                                      const struct pleat_tensor *images,
                                      struct diversity *diversity, struct pleat_error *error) {
    return measure(classifier, images, NULL, diversity, error);
}

enum pleat_status diversity_of_loader(struct classifier *classifier, struct pleat_loader *loader,
                                      struct diversity *diversity, struct pleat_error *error) {
    return measure(classifier, NULL, loader, diversity, error);
}
