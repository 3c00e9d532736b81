/* Images as batches. */
#include "training/images.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"

/* Where nothing is said of how many. */
#define MOST_HELD_OUT 5000

static enum pleat_status open_source(struct images *images, const char *data, const char *labels,
                                     struct pleat_error *error) {
    struct pleat_item item;
    TRY(pleat_source_open_idx(&images->source, data, labels, NULL, error));
    images->count = pleat_source_count(images->source);
    TRY(pleat_source_read(&item, images->source, 0, error));
    images->extent[0] = item.image.height;
    images->extent[1] = item.image.width;
    pleat_item_free(&item);
    return PLEAT_OK;
}

/* A loader that shows each image once, in order. */
static enum pleat_status open_check(struct images *images, struct pleat_source *source,
                                    int64_t batch, struct pleat_error *error) {
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = batch;
    options.shuffle = false;
    options.keep_last = true;
    return pleat_loader_create(&images->check, source, &options, error);
}

static void describe(struct images *images, const char *data) {
    const char *slash = strrchr(data, '/');
    snprintf(images->description, sizeof images->description, "%zu images of %.64s, %zu held out",
             images->count, slash != NULL ? slash + 1 : data, images->held_out_count);
}

enum pleat_status images_open_training(struct images *images, const char *data, const char *labels,
                                       int64_t held_out, int64_t batch, uint64_t seed,
                                       struct pleat_error *error) {
    struct pleat_loader_options options = pleat_loader_options_init();
    *images = (struct images){.source = NULL};
    TRY(open_source(images, data, labels, error));
    if (held_out < 0)
        held_out = (int64_t)images->count / 10 < MOST_HELD_OUT ? (int64_t)images->count / 10
                                                               : MOST_HELD_OUT;
    if (held_out >= (int64_t)images->count)
        return fault(error, PLEAT_INVALID_ARGUMENT,
                     "--held-out %" PRId64 " leaves none of the %zu images to train on", held_out,
                     images->count);
    if (held_out > 0) {
        images->held_out_count = (size_t)held_out;
        TRY(pleat_source_split(&images->train, &images->held_out, images->source,
                               images->held_out_count, seed, error));
        TRY(open_check(images, images->held_out, batch, error));
    }
    describe(images, data);
    options.batch = batch;
    options.seed = seed;
    return pleat_loader_create(&images->loader, held_out > 0 ? images->train : images->source,
                               &options, error);
}

enum pleat_status images_open(struct images *images, const char *data, const char *labels,
                              int64_t batch, struct pleat_error *error) {
    *images = (struct images){.source = NULL};
    TRY(open_source(images, data, labels, error));
    return open_check(images, images->source, batch, error);
}

void images_close(struct images *images) {
    pleat_loader_free(images->loader);
    pleat_loader_free(images->check);
    pleat_source_free(images->train);
    pleat_source_free(images->held_out);
    pleat_source_free(images->source);
}
