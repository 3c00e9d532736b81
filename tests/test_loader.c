/* The loader: what is in batches, that they follow from the step alone, and who waits for whom. */
#include <check.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pleat/loader.h>

#include "failing_memory.h"
#include "files.h"
#include "pictures.h"
#include "suites.h"

#define HEIGHT 8
#define WIDTH 12
#define COUNT 11

static struct pleat_source *open_labelled(void) {
    struct pleat_source *source;
    struct pleat_source_options options = pleat_source_options_init();
    options.channels = 3;
    options.classes = 3;
    struct pleat_error error = {.message = ""};
    const enum pleat_status status = pleat_source_open_labelled(
        &source, file_path("images"), file_path("labels"), &options, &error);
    ck_assert_msg(status == PLEAT_OK, "%s", error.message);
    return source;
}

static struct pleat_loader *open_loader(struct pleat_source *source,
                                        const struct pleat_loader_options *options) {
    struct pleat_loader *loader;
    struct pleat_error error = {.message = ""};
    const enum pleat_status status = pleat_loader_create(&loader, source, options, &error);
    ck_assert_msg(status == PLEAT_OK, "%s", error.message);
    return loader;
}

static struct pleat_batch feed(struct pleat_loader *loader, int64_t step) {
    struct pleat_batch batch;
    struct pleat_error error = {.message = ""};
    const enum pleat_status status = pleat_loader_feed(loader, step, &batch, &error);
    ck_assert_msg(status == PLEAT_OK, "step %d: %s", (int)step, error.message);
    ck_assert_int_eq(batch.step, step);
    return batch;
}

/* Everything random at once. */
static struct pleat_loader_options random_options(void) {
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 3;
    options.seed = 5;
    options.keep_last = true;
    options.repeats = 2;
    options.augmentation.crop = PLEAT_CROP_RANDOM;
    options.augmentation.height = options.augmentation.width = 6;
    options.augmentation.flip_horizontal = options.augmentation.quarter_turns = true;
    options.augmentation.max_angle = 20;
    options.augmentation.brightness = options.augmentation.contrast = 0.2;
    return options;
}

static void assert_extents(const struct pleat_tensor *tensor, int rank, const int64_t *extent) {
    ck_assert(tensor->dtype == PLEAT_FLOAT32 && tensor->rank == rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(tensor->extent[i], extent[i]);
}

/* Without augmentation and order, batches are the items: images between 0 and 1, labels as numbers;
 * the last batch is the rest. */
START_TEST(labelled) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 4;
    options.shuffle = false;
    options.keep_last = _i == 1;
    struct pleat_loader *loader = open_loader(source, &options);
    ck_assert_int_eq(pleat_loader_batches(loader), _i == 1 ? 3 : 2);
    for (int64_t step = 0; step < 7; step++) {
        const int64_t first = step % (_i == 1 ? 3 : 2) * 4, size = first == 8 ? 3 : 4;
        const struct pleat_batch batch = feed(loader, step);
        ck_assert(batch.input_count == 1 && batch.target_count == 1);
        assert_extents(&batch.input[0], 4, (int64_t[]){size, 3, HEIGHT, WIDTH});
        assert_extents(&batch.target[0], 3, (int64_t[]){size, HEIGHT, WIDTH});
        const float *image = batch.input[0].data, *label = batch.target[0].data;
        for (int64_t n = 0; n < size; n++)
            for (int64_t i = 0; i < HEIGHT * WIDTH; i++) {
                const int k = (int)(first + n);
                const int64_t y = i / WIDTH, x = i % WIDTH;
                for (int c = 0; c < 3; c++)
                    if (image[((n * 3 + c) * HEIGHT + y) * WIDTH + x] !=
                        (float)mixed(k, y, x, c) * (1.0F / 255.0F))
                        ck_abort_msg("image %d, pixel %d", k, (int)i);
                if (label[n * HEIGHT * WIDTH + i] != (float)classes(k, y, x, 0))
                    ck_abort_msg("image %d, label %d", k, (int)i);
            }
    }
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* Second images, which may be larger; images of their own. */
START_TEST(image_targets) {
    files_folder("low");
    files_folder("high");
    store_picture("low/a.png", 0, HEIGHT, WIDTH, 1, mixed);
    store_picture("high/a.png", 1, 2 * HEIGHT, 2 * WIDTH, 3, mixed);
    struct pleat_source_options source_options = pleat_source_options_init();
    source_options.target_scale = 2;
    source_options.target_channels = 3;
    struct pleat_source *pairs, *images;
    ck_assert_int_eq(
        pleat_source_open_pairs(&pairs, file_path("low"), file_path("high"), &source_options, NULL),
        PLEAT_OK);
    ck_assert_int_eq(pleat_source_open_folder(&images, file_path("low"), NULL, NULL), PLEAT_OK);
    struct pleat_loader *loader = open_loader(pairs, NULL), *own = open_loader(images, NULL);
    struct pleat_batch batch = feed(loader, 3);
    assert_extents(&batch.input[0], 4, (int64_t[]){1, 1, HEIGHT, WIDTH});
    assert_extents(&batch.target[0], 4, (int64_t[]){1, 3, 2 * HEIGHT, 2 * WIDTH});
    ck_assert(((float *)batch.target[0].data)[2 * 4 * HEIGHT * WIDTH + 2 * WIDTH + 5] ==
              (float)mixed(1, 1, 5, 2) * (1.0F / 255.0F));
    batch = feed(own, 3);
    assert_extents(&batch.target[0], 4, (int64_t[]){1, 1, HEIGHT, WIDTH});
    ck_assert_int_eq(
        memcmp(batch.target[0].data, batch.input[0].data, HEIGHT * WIDTH * sizeof(float)), 0);
    ck_assert(((float *)batch.input[0].data)[WIDTH] == (float)mixed(0, 1, 0, 0) * (1.0F / 255.0F));
    pleat_loader_free(own);
    pleat_loader_free(loader);
    pleat_source_free(images);
    pleat_source_free(pairs);
}
END_TEST

/* A source of `count` images of one pixel, whose value and class is their number. */
static struct pleat_source *open_numbers(int count) {
    unsigned char images[256] = {0, 0, 8, 3, 0, 0, 0, (unsigned char)count, 0, 0, 0, 1, 0, 0, 0, 1};
    unsigned char labels[256] = {0, 0, 8, 1, 0, 0, 0, (unsigned char)count};
    for (int i = 0; i < count; i++)
        images[16 + i] = labels[8 + i] = (unsigned char)i;
    file_store(file_path("pixels"), images, (size_t)(16 + count));
    file_store(file_path("numbers"), labels, (size_t)(8 + count));
    struct pleat_source *source;
    ck_assert_int_eq(
        pleat_source_open_idx(&source, file_path("pixels"), file_path("numbers"), NULL, NULL),
        PLEAT_OK);
    return source;
}

/* Each item occurs once an epoch for each repeat, in an order that differs between epochs and
 * seeds, and is the same for the same. */
START_TEST(orders) {
    enum { ITEMS = 30, REPEATS = 2, SAMPLES = ITEMS * REPEATS };
    struct pleat_source *source = open_numbers(ITEMS);
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 7;
    options.keep_last = true;
    options.repeats = REPEATS;
    float runs[4][SAMPLES]; /* seed 0 epoch 0, seed 0 epoch 1, seed 1 epoch 0, seed 0 epoch 0 */
    for (int k = 0; k < 4; k++) {
        options.seed = k == 2;
        struct pleat_loader *loader = open_loader(source, &options);
        ck_assert_int_eq(pleat_loader_batches(loader), 9);
        int met[ITEMS] = {0}, at = 0;
        for (int64_t b = 0; b < 9; b++) {
            const struct pleat_batch batch = feed(loader, (k == 1 ? 9 : 0) + b);
            assert_extents(&batch.target[0], 1, (int64_t[]){b == 8 ? 4 : 7});
            for (int64_t n = 0; n < batch.target[0].extent[0]; n++) {
                const float label = ((float *)batch.target[0].data)[n];
                ck_assert(((float *)batch.input[0].data)[n] == label * (1.0F / 255.0F));
                met[(int)label]++;
                runs[k][at++] = label;
            }
        }
        for (int i = 0; i < ITEMS; i++)
            ck_assert_int_eq(met[i], REPEATS);
        pleat_loader_free(loader);
    }
    for (int k = 1; k < 4; k++)
        ck_assert_int_eq(memcmp(runs[0], runs[k], sizeof runs[0]) == 0, k == 3);
    pleat_source_free(source);
}
END_TEST

/* A batch's numbers, copied. */
struct record {
    int64_t size;
    float numbers[3 * (3 + 1) * 36];
};

static struct record record_of(const struct pleat_batch *batch) {
    struct record record = {.size = batch->input[0].extent[0]};
    const size_t inputs = (size_t)pleat_tensor_size(&batch->input[0]);
    memcpy(record.numbers, batch->input[0].data, inputs * sizeof(float));
    memcpy(record.numbers + inputs, batch->target[0].data,
           (size_t)pleat_tensor_size(&batch->target[0]) * sizeof(float));
    return record;
}

static bool same(const struct record *a, const struct record *b) {
    return a->size == b->size && memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
}

#define STEPS 30

static void record_steps(struct record *records, struct pleat_source *source,
                         const struct pleat_loader_options *options) {
    struct pleat_loader *loader = open_loader(source, options);
    for (int64_t step = 0; step < STEPS; step++) {
        const struct pleat_batch batch = feed(loader, step);
        records[step] = record_of(&batch);
    }
    pleat_loader_free(loader);
}

/* Threads and depth change no bit; epochs differ. */
START_TEST(any_threads) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = random_options();
    static struct record expected[STEPS], got[STEPS];
    options.threads = 0;
    record_steps(expected, source, &options);
    const int threads[] = {1, 1, 2, 3, 7}, depths[] = {1, 9, 2, 5, 1};
    for (int k = 0; k < 5; k++) {
        options.threads = threads[k];
        options.depth = depths[k];
        record_steps(got, source, &options);
        for (int step = 0; step < STEPS; step++)
            ck_assert_msg(same(&expected[step], &got[step]), "%d threads, depth %d, step %d",
                          threads[k], depths[k], step);
    }
    ck_assert(!same(&expected[0], &expected[8]) && !same(&expected[0], &expected[16]));
    pleat_source_free(source);
}
END_TEST

/* Any step, in any order, again and again. */
START_TEST(any_step) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = random_options();
    static struct record expected[STEPS];
    record_steps(expected, source, &options);
    options.threads = _i;
    options.depth = 3;
    struct pleat_loader *loader = open_loader(source, &options);
    const int jumps[] = {17, 18, 18, 19, 2, 3, 29, 28, 27, 26, 26, 0, 4, 8, 1, 2, 3, 4, 5, 6, 20};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        const struct pleat_batch batch = feed(loader, jumps[i]);
        const struct record record = record_of(&batch);
        ck_assert_msg(same(&record, &expected[jumps[i]]), "step %d", jumps[i]);
    }
    struct pleat_random random = pleat_random_seed(9);
    for (int i = 0; i < 300; i++) {
        const int step = (int)pleat_random_below(&random, STEPS);
        const struct pleat_batch batch = feed(loader, step);
        const struct record record = record_of(&batch);
        ck_assert_msg(same(&record, &expected[step]), "step %d", step);
    }
    feed(loader, INT64_MAX / 2);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

static void break_some(void) {
    file_store(file_path("images/00.png"), "broken", 6);
    store_picture("labels/04.png", 1, HEIGHT, WIDTH + 1, 1, classes);
    store_picture("labels/05.png", 1, HEIGHT, WIDTH, 1, mixed);
    file_store(file_path("images/10.png"), "broken", 6);
}

/* The error stands where the broken item is, and nowhere else. */
START_TEST(stop_at_broken) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    break_some();
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = random_options();
    options.batch = 1;
    options.repeats = 1;
    options.shuffle = false;
    options.threads = _i;
    struct pleat_loader *loader = open_loader(source, &options);
    const char *const names[COUNT] = {"images/00.png", NULL, NULL, NULL, "labels/04.png",
                                      "labels/05.png", NULL, NULL, NULL, NULL,
                                      "images/10.png"};
    for (int step = 0; step < 2 * COUNT; step++) {
        struct pleat_batch batch;
        struct pleat_error error = {.message = ""};
        const enum pleat_status status = pleat_loader_feed(loader, step, &batch, &error);
        const char *name = names[step % COUNT];
        ck_assert_msg((status == PLEAT_OK) == (name == NULL), "step %d: %s", step, error.message);
        ck_assert_int_eq(error.status, status);
        ck_assert(name == NULL || strstr(error.message, name) != NULL);
    }
    ck_assert_uint_eq(pleat_loader_skipped_count(loader), 0);
    pleat_loader_free(loader);
    /* Where the first image gives the size, it is missed at once. */
    options.augmentation.crop = PLEAT_CROP_NONE;
    struct pleat_error error;
    ck_assert_int_eq(pleat_loader_create(&loader, source, &options, &error), PLEAT_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "images/00.png"));
    pleat_source_free(source);
}
END_TEST

/* Their places are taken by the next good ones, whatever the threads; each is listed once. */
START_TEST(skip_broken) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    break_some();
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = pleat_loader_options_init();
    options.shuffle = false;
    options.skip_broken = true;
    options.threads = _i;
    struct pleat_loader *loader = open_loader(source, &options);
    const int stand_in[COUNT] = {1, 1, 2, 3, 6, 6, 6, 7, 8, 9, 1};
    for (int step = 0; step < 3 * COUNT; step++) {
        const struct pleat_batch batch = feed(loader, step);
        ck_assert(((float *)batch.input[0].data)[1] ==
                  (float)mixed(stand_in[step % COUNT], 0, 1, 0) * (1.0F / 255.0F));
    }
    ck_assert_uint_eq(pleat_loader_skipped_count(loader), 4);
    for (size_t i = 0; i < COUNT + 1; i++) {
        const struct pleat_error *error = pleat_loader_skipped(loader, i);
        ck_assert_int_eq(error != NULL, i == 0 || i == 4 || i == 5 || i == 10);
        char name[16];
        snprintf(name, sizeof name, "%02d.png", (int)i);
        ck_assert(error == NULL || strstr(error->message, name) != NULL);
    }
    pleat_loader_free(loader);
    options = random_options();
    options.skip_broken = true;
    static struct record expected[STEPS], got[STEPS];
    record_steps(expected, source, &options);
    options.threads = 4;
    record_steps(got, source, &options);
    for (int step = 0; step < STEPS; step++)
        ck_assert(same(&expected[step], &got[step]));
    pleat_source_free(source);
}
END_TEST

START_TEST(all_broken) {
    files_folder("images");
    file_store(file_path("images/a.png"), "broken", 6);
    file_store(file_path("images/b.png"), "broken", 6);
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("images"), NULL, NULL), PLEAT_OK);
    struct pleat_loader_options options = random_options();
    options.skip_broken = true;
    struct pleat_loader *loader = open_loader(source, &options);
    struct pleat_batch batch;
    struct pleat_error error;
    ck_assert_int_eq(pleat_loader_feed(loader, 0, &batch, &error), PLEAT_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "a.png"));
    ck_assert_uint_eq(pleat_loader_skipped_count(loader), 2);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* Images of two sizes fit one batch by a crop alone; the message names the one that does not. */
START_TEST(sizes) {
    files_folder("images");
    store_picture("images/a.png", 0, HEIGHT, WIDTH, 1, mixed);
    store_picture("images/b.png", 1, HEIGHT + 1, WIDTH, 1, mixed);
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("images"), NULL, NULL), PLEAT_OK);
    struct pleat_loader_options options = pleat_loader_options_init();
    options.shuffle = false;
    struct pleat_loader *loader = open_loader(source, &options);
    struct pleat_batch batch = feed(loader, 0);
    struct pleat_error error;
    ck_assert_int_eq(pleat_loader_feed(loader, 1, &batch, &error), PLEAT_INVALID_SHAPE);
    ck_assert_ptr_nonnull(strstr(error.message, "b.png"));
    pleat_loader_free(loader);
    options.augmentation.crop = PLEAT_CROP_CENTRE;
    options.augmentation.height = options.augmentation.width = 16;
    loader = open_loader(source, &options);
    batch = feed(loader, 1);
    assert_extents(&batch.input[0], 4, (int64_t[]){1, 1, 16, 16});
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* The task of super-resolution: the sample is the target, its reduction the input. */
static enum pleat_status reduce(void *context, const struct pleat_sample *sample,
                                const struct pleat_batch *place, struct pleat_error *error) {
    const float *factor = context;
    const struct pleat_tensor fine =
        pleat_tensor_view(sample->image.data, PLEAT_FLOAT32, 2, sample->image.extent + 1);
    const struct pleat_tensor coarse =
        pleat_tensor_view(place->input[0].data, PLEAT_FLOAT32, 2, place->input[0].extent + 2);
    float *target = place->target[0].data;
    for (int64_t i = 0; i < pleat_tensor_size(&fine); i++)
        target[i] = *factor * ((const float *)fine.data)[i];
    return pleat_resize(&fine, &coarse, PLEAT_BICUBIC, error);
}

START_TEST(own_tensors) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("images"), NULL, NULL), PLEAT_OK);
    float factor = 0.5F;
    struct pleat_loader_options options = random_options();
    options.augmentation = pleat_augmentation_init();
    options.shuffle = false;
    options.prepare = reduce;
    options.prepare_context = &factor;
    options.layout.input_count = options.layout.target_count = 1;
    options.layout.input[0] =
        pleat_tensor_view(NULL, PLEAT_FLOAT32, 4, (int64_t[]){1, 1, HEIGHT / 2, WIDTH / 2});
    options.layout.target[0] =
        pleat_tensor_view(NULL, PLEAT_FLOAT32, 4, (int64_t[]){1, 1, HEIGHT, WIDTH});
    struct pleat_loader *loader = open_loader(source, &options);
    const struct pleat_batch batch = feed(loader, 0);
    assert_extents(&batch.input[0], 4, (int64_t[]){3, 1, HEIGHT / 2, WIDTH / 2});
    assert_extents(&batch.target[0], 4, (int64_t[]){3, 1, HEIGHT, WIDTH});
    for (int64_t n = 0; n < 3; n++) {
        struct pleat_item item;
        struct pleat_tensor luma, coarse;
        ck_assert_int_eq(pleat_source_read(&item, source, (size_t)n, NULL), PLEAT_OK);
        ck_assert_int_eq(pleat_image_to_y(&luma, &item.image, NULL), PLEAT_OK);
        ck_assert_int_eq(pleat_tensor_allocate(&coarse, PLEAT_FLOAT32, 2,
                                               (int64_t[]){HEIGHT / 2, WIDTH / 2}, NULL),
                         PLEAT_OK);
        ck_assert_int_eq(pleat_resize(&luma, &coarse, PLEAT_BICUBIC, NULL), PLEAT_OK);
        ck_assert_int_eq(memcmp((float *)batch.input[0].data + n * HEIGHT * WIDTH / 4, coarse.data,
                                HEIGHT * WIDTH / 4 * sizeof(float)),
                         0);
        const float *target = (const float *)batch.target[0].data + n * HEIGHT * WIDTH;
        for (int64_t i = 0; i < HEIGHT * WIDTH; i++)
            ck_assert(target[i] == 0.5F * ((const float *)luma.data)[i]);
        pleat_tensor_free(&coarse);
        pleat_tensor_free(&luma);
        pleat_item_free(&item);
    }
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* Writes a number that the sample's own generator gives; refuses one item. */
static enum pleat_status draw_number(void *context, const struct pleat_sample *sample,
                                     const struct pleat_batch *place, struct pleat_error *error) {
    (void)context;
    if (sample->index == 3) {
        if (error != NULL) {
            error->status = PLEAT_CANCELLED;
            snprintf(error->message, sizeof error->message, "not the third");
        }
        return PLEAT_CANCELLED;
    }
    struct pleat_random random = sample->random;
    double *number = place->input[0].data;
    *number = pleat_random_uniform(&random);
    return PLEAT_OK;
}

static struct pleat_loader_options number_options(void) {
    struct pleat_loader_options options = pleat_loader_options_init();
    options.shuffle = false;
    options.prepare = draw_number;
    options.layout.input_count = 1;
    options.layout.input[0] = pleat_tensor_view(NULL, PLEAT_FLOAT64, 1, (int64_t[]){1});
    return options;
}

/* A task's error is that of its step; its draws differ between samples and epochs. */
START_TEST(own_errors) {
    struct pleat_source *source = open_numbers(5);
    const struct pleat_loader_options options = number_options();
    struct pleat_loader *loader = open_loader(source, &options);
    double numbers[20];
    int count = 0;
    for (int step = 0; step < 20; step++) {
        struct pleat_batch batch;
        struct pleat_error error;
        const enum pleat_status status = pleat_loader_feed(loader, step, &batch, &error);
        ck_assert_int_eq(status, step % 5 == 3 ? PLEAT_CANCELLED : PLEAT_OK);
        if (status == PLEAT_OK)
            numbers[count++] = *(double *)batch.input[0].data;
        else
            ck_assert_str_eq(error.message, "item 3: not the third");
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++)
            ck_assert(numbers[i] != numbers[j]);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

static void sleep_ms(long milliseconds) {
    nanosleep(&(struct timespec){.tv_nsec = 1000000 * milliseconds}, NULL);
}

/* Counts its calls, and takes its time where asked to. */
struct pace {
    atomic_int calls;
    long milliseconds;
};

static enum pleat_status keep_pace(void *context, const struct pleat_sample *sample,
                                   const struct pleat_batch *place, struct pleat_error *error) {
    (void)error;
    struct pace *pace = context;
    *(double *)place->input[0].data = (double)sample->index;
    if (pace->milliseconds > 0)
        sleep_ms(pace->milliseconds);
    atomic_fetch_add(&pace->calls, 1);
    return PLEAT_OK;
}

/* A consumer that is slower than the loader never waits: it goes on once the thread has finished the
 * first sample of the batch after the next. */
START_TEST(no_waits) {
    struct pleat_source *source = open_numbers(40);
    struct pace pace = {0};
    struct pleat_loader_options options = number_options();
    options.prepare = keep_pace;
    options.prepare_context = &pace;
    options.batch = 2;
    struct pleat_loader *loader = open_loader(source, &options);
    for (int step = 0; step < 20; step++) {
        feed(loader, step);
        while (atomic_load(&pace.calls) <= 2 * (step + 2))
            sleep_ms(1);
    }
    const struct pleat_loader_waits waits = pleat_loader_waits(loader);
    ck_assert(waits.starts == 1 && waits.batches == 19);
    ck_assert(waits.waits == 0 && waits.seconds == 0);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* One that is faster waits, and it shows; with no thread every batch is waited for. */
START_TEST(waits) {
    struct pleat_source *source = open_numbers(40);
    struct pace pace = {.milliseconds = 5};
    struct pleat_loader_options options = number_options();
    options.prepare = keep_pace;
    options.prepare_context = &pace;
    options.threads = _i;
    struct pleat_loader *loader = open_loader(source, &options);
    for (int step = 0; step < 10; step++)
        feed(loader, step);
    feed(loader, 100);
    const struct pleat_loader_waits counted = pleat_loader_waits(loader);
    ck_assert(counted.starts == 2 && counted.batches == 9);
    ck_assert(counted.start_seconds >= 0.01);
    ck_assert_int_gt(counted.waits, _i == 0 ? 8 : 0);
    ck_assert(counted.seconds >= (_i == 0 ? 0.045 : 0.001));
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* A loader may be freed while its threads are at work, or before they have begun; the memory that is
 * left is what there was before. */
START_TEST(freed_early) {
    struct pleat_source *source = open_numbers(40);
    struct pace pace = {.milliseconds = 1};
    struct pleat_loader_options options = number_options();
    options.prepare = keep_pace;
    options.prepare_context = &pace;
    options.batch = 3;
    options.threads = 3;
    const long before = failing_memory_outstanding();
    for (int steps = 0; steps < 5; steps++) {
        struct pleat_loader *loader = open_loader(source, &options);
        for (int step = 0; step < steps; step++)
            feed(loader, 7 * step);
        pleat_loader_free(loader);
        ck_assert_int_eq(failing_memory_outstanding(), before);
    }
    pleat_loader_free(NULL);
    pleat_source_free(source);
}
END_TEST

/* Two loaders read one source at once. */
START_TEST(shared_source) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source = open_labelled();
    struct pleat_loader_options options = random_options();
    static struct record expected[STEPS];
    record_steps(expected, source, &options);
    pleat_source_free(source);
    source = open_labelled();
    options.threads = 2;
    struct pleat_loader *loaders[2];
    for (int i = 0; i < 2; i++)
        loaders[i] = open_loader(source, &options);
    for (int step = 0; step < STEPS; step++)
        for (int i = 0; i < 2; i++) {
            const struct pleat_batch batch = feed(loaders[i], step);
            const struct record record = record_of(&batch);
            ck_assert(same(&record, &expected[step]));
        }
    pleat_loader_free(loaders[0]);
    pleat_loader_free(loaders[1]);
    pleat_source_free(source);
}
END_TEST

/* After an epoch nothing is allocated any more. */
START_TEST(allocates_nothing) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    struct pleat_source *source = open_labelled();
    const struct pleat_loader_options options = random_options();
    struct pleat_loader *loader = open_loader(source, &options);
    const int64_t batches = pleat_loader_batches(loader);
    for (int64_t step = 0; step < batches; step++)
        feed(loader, step);
    failing_memory_arm(0);
    for (int64_t step = batches; step < 4 * batches; step++)
        feed(loader, step);
    failing_memory_arm(-1);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

static enum pleat_status use(const char *path, struct pleat_error *error) {
    (void)path;
    struct pleat_source *source = NULL;
    struct pleat_loader *loader = NULL;
    struct pleat_loader_options options = random_options();
    options.threads = 0;
    options.skip_broken = true;
    struct pleat_batch batch;
    enum pleat_status status = pleat_source_open_folder(&source, file_path("images"), NULL, error);
    if (status == PLEAT_OK)
        status = pleat_loader_create(&loader, source, &options, error);
    for (int64_t step = 0; step < 3 && status == PLEAT_OK; step++)
        status = pleat_loader_feed(loader, step, &batch, error);
    pleat_loader_free(loader);
    pleat_source_free(source);
    return status;
}

START_TEST(without_memory) {
    files_folder("images");
    store_picture("images/a.png", 0, HEIGHT, WIDTH, 1, mixed);
    store_picture("images/b.png", 0, HEIGHT, WIDTH, 3, mixed);
    file_store(file_path("images/c.png"), "broken", 6);
    walk_failing_memory(use, "");
}
END_TEST

START_TEST(refused) {
    struct pleat_source *source = open_numbers(5);
    struct pleat_loader *loader = NULL;
    struct pleat_error error;
    enum { BAD = 13 };
    struct pleat_loader_options bad[BAD];
    for (int i = 0; i < BAD; i++)
        bad[i] = number_options();
    bad[0].batch = 0;
    bad[1].repeats = -1;
    bad[2].depth = 0;
    bad[3].depth = INT64_MAX;
    bad[4].threads = -1;
    bad[5].threads = 1000000;
    bad[6].augmentation.max_angle = 200;
    bad[7].layout.input_count = 0;
    bad[8].layout.target_count = PLEAT_MAX_OUTPUTS + 1;
    bad[9].layout.input[0].extent[0] = 2;
    bad[10].layout.input[0].rank = PLEAT_MAX_RANK + 1;
    bad[11].layout.input[0].dtype = (enum pleat_dtype)9;
    bad[12].layout.target_count = 1;
    const long before = failing_memory_outstanding();
    for (int i = 0; i < BAD; i++) {
        ck_assert_msg(pleat_loader_create(&loader, source, &bad[i], &error) ==
                          PLEAT_INVALID_ARGUMENT,
                      "%d", i);
        ck_assert_int_eq(error.status, PLEAT_INVALID_ARGUMENT);
    }
    struct pleat_loader_options large = number_options();
    large.batch = 6;
    ck_assert_int_eq(pleat_loader_create(&loader, source, &large, &error), PLEAT_INVALID_SHAPE);
    large.repeats = INT64_MAX / 2;
    ck_assert_int_eq(pleat_loader_create(&loader, source, &large, &error), PLEAT_SIZE_OVERFLOW);
    large = number_options();
    large.layout.input[0].rank = 2;
    large.layout.input[0].extent[1] = INT64_MAX / 4;
    ck_assert_int_eq(pleat_loader_create(&loader, source, &large, &error), PLEAT_SIZE_OVERFLOW);
    ck_assert_int_eq(pleat_loader_create(NULL, source, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_loader_create(&loader, NULL, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_null(loader);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    loader = open_loader(source, NULL);
    struct pleat_batch batch;
    ck_assert_int_eq(pleat_loader_feed(loader, -1, &batch, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_loader_feed(loader, 0, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_loader_feed(NULL, 0, &batch, &error), PLEAT_INVALID_ARGUMENT);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("loader");
    TCase *tests = tcase_create("loader");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, labelled, 0, 2);
    tcase_add_test(tests, image_targets);
    tcase_add_test(tests, orders);
    tcase_add_test(tests, any_threads);
    tcase_add_loop_test(tests, any_step, 0, 4);
    tcase_add_loop_test(tests, stop_at_broken, 0, 3);
    tcase_add_loop_test(tests, skip_broken, 0, 3);
    tcase_add_test(tests, all_broken);
    tcase_add_test(tests, sizes);
    tcase_add_test(tests, own_tensors);
    tcase_add_test(tests, own_errors);
    tcase_add_test(tests, no_waits);
    tcase_add_loop_test(tests, waits, 0, 2);
    tcase_add_test(tests, freed_early);
    tcase_add_test(tests, shared_source);
    tcase_add_test(tests, allocates_nothing);
    tcase_add_test(tests, without_memory);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
