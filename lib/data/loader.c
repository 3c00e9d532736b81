/* The loader: a recipe, a ring, and a maker a thread. */
#include <pthread.h>
#include <signal.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/maker.h"
#include "data/prepare.h"
#include "data/ring.h"
#include "data/source.h"
#include "data/window.h"

#define MOST_THREADS 256
#define MOST_DEPTH 65536

struct worker {
    pthread_t thread;
    struct pleat__maker maker;
    struct pleat__ring *ring;
};

struct pleat_loader {
    struct pleat__recipe recipe;
    struct pleat__skipped skipped;
    struct pleat__ring ring;
    struct worker *workers;    /* at least one, which makes batches in the caller's thread where
                                   there are no others */
    int worker_count, running; /* makers made, threads started */
};

struct pleat_loader_options pleat_loader_options_init(void) {
    return (struct pleat_loader_options){.batch = 1,
                                         .shuffle = true,
                                         .repeats = 1,
                                         .depth = 4,
                                         .threads = 1,
                                         .augmentation = pleat_augmentation_init()};
}

static enum pleat_status check_layout(const struct pleat_batch *layout, struct pleat_error *error) {
    if (layout->input_count < 1 || layout->input_count > PLEAT_MAX_INPUTS ||
        layout->target_count < 0 || layout->target_count > PLEAT_MAX_OUTPUTS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "layout must have 1 to %d inputs and 0 to %d targets, got %d and %d",
                           PLEAT_MAX_INPUTS, PLEAT_MAX_OUTPUTS, layout->input_count,
                           layout->target_count);
    for (int i = 0; i < layout->input_count + layout->target_count; i++) {
        const struct pleat_tensor *tensor =
            i < layout->input_count ? &layout->input[i] : &layout->target[i - layout->input_count];
        if (tensor->rank < 1 || tensor->rank > PLEAT_MAX_RANK || tensor->extent[0] != 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "every tensor of layout must have rank 1 to %d and 1 as its first "
                               "extent, the sample",
                               PLEAT_MAX_RANK);
    }
    return PLEAT_OK;
}

static enum pleat_status check_options(const struct pleat_loader_options *o,
                                       struct pleat_error *error) {
    if (o->batch < 1 || o->repeats < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "batch and repeats must be at least 1, got %lld and %lld",
                           (long long)o->batch, (long long)o->repeats);
    if (o->depth < 1 || o->depth > MOST_DEPTH)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "depth must be 1 to %d, got %lld",
                           MOST_DEPTH, (long long)o->depth);
    if (o->threads < 0 || o->threads > MOST_THREADS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "threads must be 0 to %d, got %d",
                           MOST_THREADS, o->threads);
    PLEAT__TRY(pleat__augmentation_check(&o->augmentation, error));
    return o->prepare != NULL ? check_layout(&o->layout, error) : PLEAT_OK;
}

/* Counts what an epoch consists of. */
static enum pleat_status measure_epoch(struct pleat__recipe *recipe, struct pleat_error *error) {
    const struct pleat_loader_options *o = &recipe->options;
    int64_t samples = 0;
    if (!pleat__multiply((int64_t)recipe->source->count, o->repeats, &samples) ||
        (uint64_t)samples > SIZE_MAX / sizeof(size_t))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "%zu items %lld times are too many",
                           recipe->source->count, (long long)o->repeats);
    recipe->samples = (size_t)samples;
    recipe->batches = o->keep_last ? pleat__ceil_divide(samples, o->batch) : samples / o->batch;
    if (recipe->batches < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "an epoch's %lld samples make not one batch of %lld", (long long)samples,
                           (long long)o->batch);
    return PLEAT_OK;
}

/* Chooses the default preparation: its layout follows from the crop, or from the first image. */
static enum pleat_status choose_default(struct pleat__recipe *recipe, struct pleat_error *error) {
    struct pleat_loader_options *o = &recipe->options;
    int64_t height = o->augmentation.height, width = o->augmentation.width;
    if (o->augmentation.crop == PLEAT_CROP_NONE) {
        struct pleat_item item;
        size_t found;
        PLEAT__TRY(pleat__skipped_read(recipe->skipped, recipe->source, 0, o->skip_broken, &item,
                                       &found, error));
        height = item.image.height;
        width = item.image.width;
        pleat_item_free(&item);
    }
    o->prepare = pleat__prepare_default;
    pleat__prepare_layout(&o->layout, recipe->source, height, width);
    return PLEAT_OK;
}

static enum pleat_status create_makers(struct pleat_loader *loader, struct pleat_error *error) {
    const int threads = loader->recipe.options.threads;
    const int count = threads > 1 ? threads : 1;
    loader->workers = pleat__allocate((size_t)count, sizeof *loader->workers);
    if (loader->workers == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %d threads", count);
    for (int i = 0; i < count; i++) {
        PLEAT__TRY(pleat__maker_create(&loader->workers[i].maker, &loader->recipe, error));
        loader->workers[i].ring = &loader->ring;
        loader->worker_count++;
    }
    return PLEAT_OK;
}

static void free_makers(struct pleat_loader *loader) {
    for (int i = 0; i < loader->worker_count; i++)
        pleat__maker_free(&loader->workers[i].maker);
    pleat__free(loader->workers);
}

/* Makes all but the list of what is skipped; on an error that is all there is to be freed. */
static enum pleat_status fill(struct pleat_loader *loader, struct pleat_error *error) {
    const struct pleat_loader_options *o = &loader->recipe.options;
    PLEAT__TRY(measure_epoch(&loader->recipe, error));
    if (o->prepare == NULL)
        PLEAT__TRY(choose_default(&loader->recipe, error));
    enum pleat_status status = create_makers(loader, error);
    if (status == PLEAT_OK)
        status = pleat__ring_create(&loader->ring, o->threads > 0 ? o->depth + 1 : 1, &o->layout,
                                    o->batch, error);
    if (status != PLEAT_OK)
        free_makers(loader);
    return status;
}

enum pleat_status pleat_loader_create(struct pleat_loader **loader, struct pleat_source *source,
                                      const struct pleat_loader_options *options,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(loader, error);
    PLEAT__REQUIRE(source, error);
    const struct pleat_loader_options o = options != NULL ? *options : pleat_loader_options_init();
    PLEAT__TRY(check_options(&o, error));
    struct pleat_loader *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a loader");
    made->recipe =
        (struct pleat__recipe){.source = source, .options = o, .skipped = &made->skipped};
    enum pleat_status status = pleat__skipped_create(&made->skipped, source->count, error);
    if (status == PLEAT_OK) {
        status = fill(made, error);
        if (status == PLEAT_OK) {
            *loader = made;
            return PLEAT_OK;
        }
        pleat__skipped_free(&made->skipped);
    }
    pleat__free(made);
    return status;
}

static void *work(void *context) {
    struct worker *worker = context;
    for (struct pleat__slot *slot; (slot = pleat__ring_take(worker->ring)) != NULL;) {
        slot->status = pleat__maker_make(&worker->maker, slot->step, &slot->batch, &slot->error);
        pleat__ring_deliver(worker->ring, slot);
    }
    return NULL;
}

/* Starts the threads that are missing. Signals are left to the caller's threads. */
static enum pleat_status start(struct pleat_loader *loader, struct pleat_error *error) {
    sigset_t all, before;
    if (loader->running == loader->recipe.options.threads)
        return PLEAT_OK;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = 0;
    while (loader->running < loader->recipe.options.threads && code == 0) {
        struct worker *worker = &loader->workers[loader->running];
        code = pthread_create(&worker->thread, NULL, work, worker);
        loader->running += code == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY,
                           "thread %d of %d cannot be started (errno %d)", loader->running + 1,
                           loader->recipe.options.threads, code);
    return PLEAT_OK;
}

/* Makes the wanted batch in this thread. */
static void make_here(struct pleat_loader *loader) {
    struct pleat__slot *slot = pleat__ring_take(&loader->ring);
    slot->status =
        pleat__maker_make(&loader->workers[0].maker, slot->step, &slot->batch, &slot->error);
    pleat__ring_deliver(&loader->ring, slot);
}

enum pleat_status pleat_loader_feed(void *context, int64_t step, struct pleat_batch *batch,
                                    struct pleat_error *error) {
    struct pleat_loader *loader = context;
    PLEAT__REQUIRE(loader, error);
    PLEAT__REQUIRE(batch, error);
    if (step < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "step must be at least 0, got %lld",
                           (long long)step);
    PLEAT__TRY(start(loader, error));
    if (!pleat__ring_want(&loader->ring, step) && loader->running == 0)
        make_here(loader);
    const struct pleat__slot *slot = pleat__ring_wait(&loader->ring);
    if (slot->status != PLEAT_OK)
        return pleat__fail(error, slot->status, "%s", slot->error.message);
    *batch = slot->batch;
    return PLEAT_OK;
}

void pleat_loader_free(struct pleat_loader *loader) {
    if (loader == NULL)
        return;
    pleat__ring_stop(&loader->ring);
    for (int i = 0; i < loader->running; i++)
        pthread_join(loader->workers[i].thread, NULL);
    pleat__ring_free(&loader->ring);
    free_makers(loader);
    pleat__skipped_free(&loader->skipped);
    pleat__free(loader);
}

int64_t pleat_loader_batches(const struct pleat_loader *loader) {
    return loader->recipe.batches;
}

struct pleat_loader_waits pleat_loader_waits(const struct pleat_loader *loader) {
    return loader->ring.waits;
}

size_t pleat_loader_skipped_count(struct pleat_loader *loader) {
    return pleat__skipped_count(&loader->skipped);
}

const struct pleat_error *pleat_loader_skipped(struct pleat_loader *loader, size_t index) {
    return index < loader->skipped.items ? pleat__skipped_find(&loader->skipped, index) : NULL;
}
