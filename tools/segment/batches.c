/* Writing the stream. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "segment/batches.h"

static enum pleat_status put(FILE *stream, const char *word, const struct pleat_batch *batch,
                             struct pleat_error *error) {
    const struct pleat_tensor *input = &batch->input[0], *target = &batch->target[0];
    const size_t images = (size_t)pleat_tensor_size(input);
    const size_t labels = (size_t)pleat_tensor_size(target);
    const int64_t *e = input->extent;
    fprintf(stream, "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", word, e[0], e[1], e[2],
            e[3]);
    if (fwrite(input->data, sizeof(float), images, stream) == images &&
        fwrite(target->data, sizeof(float), labels, stream) == labels)
        return PLEAT_OK;
    return fault(error, PLEAT_IO, "cannot write batches: %s", strerror(errno));
}

/* A loader of one item makes it a batch, whatever its size. */
static enum pleat_status put_item(FILE *stream, struct pleat_source *source, size_t index,
                                  struct pleat_error *error) {
    struct pleat_loader_options options = pleat_loader_options_init();
    struct pleat_source *one;
    struct pleat_loader *loader;
    struct pleat_batch batch;
    options.threads = 0;
    TRY(pleat_source_subset(&one, source, index, 1, error));
    enum pleat_status status = pleat_loader_create(&loader, one, &options, error);
    if (status == PLEAT_OK) {
        status = pleat_loader_feed(loader, 0, &batch, error);
        if (status == PLEAT_OK)
            status = put(stream, "image", &batch, error);
        pleat_loader_free(loader);
    }
    pleat_source_free(one);
    return status;
}

static enum pleat_status put_all(FILE *stream, struct pleat_source *held_out,
                                 struct pleat_loader *loader, int64_t steps,
                                 struct pleat_error *error) {
    struct pleat_batch batch;
    for (size_t i = 0; i < pleat_source_count(held_out); i++)
        TRY(put_item(stream, held_out, i, error));
    for (int64_t step = 0; step < steps; step++) {
        TRY(pleat_loader_feed(loader, step, &batch, error));
        TRY(put(stream, "batch", &batch, error));
    }
    return PLEAT_OK;
}

enum pleat_status batches_write(const char *path, struct pleat_source *held_out,
                                struct pleat_loader *loader, int64_t steps,
                                struct pleat_error *error) {
    FILE *stream = fopen(path, "wb");
    if (stream == NULL)
        return fault(error, PLEAT_IO, "%.150s: %s", path, strerror(errno));
    const enum pleat_status status = put_all(stream, held_out, loader, steps, error);
    if (fclose(stream) != 0 && status == PLEAT_OK)
        return fault(error, PLEAT_IO, "%.150s: %s", path, strerror(errno));
    return status;
}
