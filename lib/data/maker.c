/* The steps from a number to a batch. */
#include "data/maker.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/draw.h"
#include "data/look.h"
#include "data/source.h"
#include "io/path.h"

enum { IMAGE, TARGET, LABELS };

enum pleat_status pleat__maker_create(struct pleat__maker *maker,
                                      const struct pleat__recipe *recipe,
                                      struct pleat_error *error) {
    size_t *order = pleat__allocate(recipe->samples, sizeof *order);
    if (order == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the order of %zu samples",
                           recipe->samples);
    *maker = (struct pleat__maker){.recipe = recipe, .order = order, .epoch = -1};
    for (size_t i = 0; i < recipe->samples; i++)
        order[i] = i;
    return PLEAT_OK;
}

void pleat__maker_free(struct pleat__maker *maker) {
    pleat__free(maker->order);
    for (int i = IMAGE; i <= LABELS; i++)
        pleat__free(maker->memory[i]);
}

/* Allocates memory for 4-byte numbers of these extents, or keeps what is there. */
static enum pleat_status reserve(struct pleat__maker *maker, int part, int64_t channels,
                                 int64_t height, int64_t width, struct pleat_error *error) {
    int64_t count = 0;
    size_t bytes = 0;
    if (!pleat__multiply(height, width, &count) || !pleat__multiply(count, channels, &count) ||
        !pleat__multiply_size((size_t)count, sizeof(float), &bytes))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "a sample of %lldx%lld pixels is too large",
                           (long long)width, (long long)height);
    if (bytes <= maker->room[part])
        return PLEAT_OK;
    pleat__free(maker->memory[part]);
    maker->memory[part] = pleat__allocate(bytes, 1);
    maker->room[part] = maker->memory[part] != NULL ? bytes : 0;
    if (maker->memory[part] == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a sample of %lldx%lld pixels",
                           (long long)width, (long long)height);
    return PLEAT_OK;
}

/* Overwrites *tensor with a view of what the window shows of the image. */
static enum pleat_status look(struct pleat__maker *maker, int part, struct pleat_tensor *tensor,
                              const struct pleat_image *image, const struct pleat__window *window,
                              int64_t factor, struct pleat_error *error) {
    const int64_t extent[3] = {image->channels, window->height * factor, window->width * factor};
    PLEAT__TRY(reserve(maker, part, extent[0], extent[1], extent[2], error));
    *tensor = pleat_tensor_view(maker->memory[part], PLEAT_FLOAT32, 3, extent);
    pleat__look_at_image(maker->memory[part], image, window, factor,
                         maker->recipe->options.augmentation.method);
    return PLEAT_OK;
}

static enum pleat_status look_at_labels(struct pleat__maker *maker, struct pleat_labels *seen,
                                        const struct pleat_labels *labels,
                                        const struct pleat__window *window,
                                        struct pleat_error *error) {
    const struct pleat__recipe *recipe = maker->recipe;
    PLEAT__TRY(reserve(maker, LABELS, 1, window->height, window->width, error));
    *seen = pleat_labels_view(maker->memory[LABELS], 2, (int64_t[]){window->height, window->width});
    pleat__look_at_labels(
        seen->data, labels, window,
        recipe->options.augmentation.ignore_outside ? &recipe->source->options.ignored : NULL);
    return PLEAT_OK;
}

/* Augments an item. */
static enum pleat_status augment(struct pleat__maker *maker, struct pleat_sample *sample,
                                 const struct pleat_item *item, struct pleat_error *error) {
    const struct pleat__recipe *recipe = maker->recipe;
    const struct pleat__window window = pleat__window_draw(
        &recipe->options.augmentation, item->image.height, item->image.width, &sample->random);
    PLEAT__TRY(look(maker, IMAGE, &sample->image, &item->image, &window, 1, error));
    if (item->target.pixels != NULL)
        PLEAT__TRY(look(maker, TARGET, &sample->target, &item->target, &window,
                        recipe->source->options.target_scale, error));
    if (item->labels.rank == 2)
        return look_at_labels(maker, &sample->labels, &item->labels, &window, error);
    sample->labels = item->labels;
    return PLEAT_OK;
}

/* Makes the sample of a place in the epoch and puts it in its own place in the batch. */
static enum pleat_status make_sample(struct pleat__maker *maker, int64_t epoch, size_t number,
                                     const struct pleat_batch *place, struct pleat_error *error) {
    const struct pleat__recipe *recipe = maker->recipe;
    const struct pleat_loader_options *options = &recipe->options;
    struct pleat_sample sample = {
        .epoch = epoch, .random = pleat__random_at(options->seed, (uint64_t)epoch, number)};
    struct pleat_item item;
    PLEAT__TRY(pleat__skipped_read(recipe->skipped, recipe->source, number % recipe->source->count,
                                   options->skip_broken, &item, &sample.index, error));
    sample.name = pleat_source_name(recipe->source, sample.index);
    struct pleat_error detail = {.message = "prepare gave no reason"};
    enum pleat_status status = augment(maker, &sample, &item, &detail);
    if (status == PLEAT_OK)
        status = options->prepare(options->prepare_context, &sample, place, &detail);
    pleat_item_free(&item);
    if (status == PLEAT_OK)
        return PLEAT_OK;
    return sample.name != NULL
               ? pleat__fail(error, status, "%s: %s", pleat__path_end(sample.name), detail.message)
               : pleat__fail(error, status, "item %zu: %s", sample.index, detail.message);
}

/* A tensor's part that belongs to sample n. */
static struct pleat_tensor part_of(const struct pleat_tensor *tensor, int64_t n) {
    struct pleat_tensor part = *tensor;
    part.extent[0] = 1;
    part.data = (char *)tensor->data +
                (size_t)(n * pleat_tensor_size(&part)) * pleat_dtype_size(part.dtype);
    return part;
}

static struct pleat_batch place_of(const struct pleat_batch *batch, int64_t n) {
    struct pleat_batch place = *batch;
    for (int i = 0; i < batch->input_count; i++)
        place.input[i] = part_of(&batch->input[i], n);
    for (int i = 0; i < batch->target_count; i++)
        place.target[i] = part_of(&batch->target[i], n);
    return place;
}

static void set_size(struct pleat_batch *batch, int64_t size) {
    for (int i = 0; i < batch->input_count; i++)
        batch->input[i].extent[0] = size;
    for (int i = 0; i < batch->target_count; i++)
        batch->target[i].extent[0] = size;
}

enum pleat_status pleat__maker_make(struct pleat__maker *maker, int64_t step,
                                    struct pleat_batch *batch, struct pleat_error *error) {
    const struct pleat__recipe *recipe = maker->recipe;
    const struct pleat_loader_options *options = &recipe->options;
    const int64_t epoch = step / recipe->batches;
    const int64_t first = step % recipe->batches * options->batch;
    const int64_t size = pleat__min(options->batch, (int64_t)recipe->samples - first);
    if (options->shuffle && maker->epoch != epoch)
        pleat__shuffle(maker->order, recipe->samples,
                       pleat__random_at(options->seed, (uint64_t)epoch, PLEAT__NO_PLACE));
    maker->epoch = epoch;
    batch->step = step;
    set_size(batch, size);
    for (int64_t n = 0; n < size; n++) {
        const struct pleat_batch place = place_of(batch, n);
        PLEAT__TRY(make_sample(maker, epoch, maker->order[first + n], &place, error));
    }
    return PLEAT_OK;
}
