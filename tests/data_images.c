/* Sources and loaders on the real sets: ISBI 2012, CamVid and the 91 images. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/loader.h>

#include "suites.h"

static const char *data_path(const char *name) {
    static char paths[2][4096];
    static int next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof paths[0], "%s/data/%s", getenv("PLEAT_TEST_DATA"), name);
    return path;
}

static struct pleat_source *open_labelled(const char *images, const char *labels,
                                          const struct pleat_source_options *options) {
    struct pleat_source *source;
    struct pleat_error error = {.message = ""};
    ck_assert_msg(pleat_source_open_labelled(&source, data_path(images), data_path(labels), options,
                                             &error) == PLEAT_OK,
                  "%s", error.message);
    return source;
}

static struct pleat_loader *open_loader(struct pleat_source *source,
                                        const struct pleat_loader_options *options) {
    struct pleat_loader *loader;
    struct pleat_error error = {.message = ""};
    ck_assert_msg(pleat_loader_create(&loader, source, options, &error) == PLEAT_OK, "%s",
                  error.message);
    return loader;
}

static struct pleat_batch feed(struct pleat_loader *loader, int64_t step) {
    struct pleat_batch batch;
    struct pleat_error error = {.message = ""};
    ck_assert_msg(pleat_loader_feed(loader, step, &batch, &error) == PLEAT_OK, "%s", error.message);
    return batch;
}

/* Fails the test unless all numbers are within the bounds. */
static void assert_range(const struct pleat_tensor *tensor, float low, float high) {
    const float *data = tensor->data;
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        if (!(data[i] >= low && data[i] <= high))
            ck_abort_msg("element %d is %g", (int)i, (double)data[i]);
}

/* 25 slices, masks of 0 and 255; a fifth held out. Of all pixels about four fifths are cells. */
START_TEST(isbi) {
    struct pleat_source_options source_options = pleat_source_options_init();
    source_options.classes = 2;
    source_options.class_of[255] = 1;
    struct pleat_source *source = open_labelled("isbi/image", "isbi/label", &source_options);
    struct pleat_source *train, *held_out;
    ck_assert_uint_eq(pleat_source_count(source), 25);
    ck_assert_int_eq(pleat_source_split(&train, &held_out, source, 5, 1, NULL), PLEAT_OK);
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 4;
    options.augmentation.crop = PLEAT_CROP_RANDOM;
    options.augmentation.height = options.augmentation.width = 256;
    options.augmentation.quarter_turns = options.augmentation.flip_horizontal = true;
    options.augmentation.max_angle = 10;
    struct pleat_loader *loader = open_loader(train, &options);
    ck_assert_int_eq(pleat_loader_batches(loader), 5);
    double cells = 0;
    for (int64_t step = 0; step < 5; step++) {
        const struct pleat_batch batch = feed(loader, step);
        assert_range(&batch.input[0], 0, 1);
        assert_range(&batch.target[0], 0, 1);
        const float *labels = batch.target[0].data;
        for (int64_t i = 0; i < pleat_tensor_size(&batch.target[0]); i++)
            cells += (double)labels[i];
    }
    cells /= 20 * 256 * 256;
    ck_assert_msg(cells > 0.7 && cells < 0.85, "%g", cells);
    pleat_loader_free(loader);
    pleat_source_free(train);
    pleat_source_free(held_out);
    pleat_source_free(source);
}
END_TEST

/* 367 street scenes in colour with 11 classes and void; padded to a multiple of 8. */
START_TEST(camvid) {
    struct pleat_source_options source_options = pleat_source_options_init();
    source_options.channels = 3;
    source_options.classes = 11;
    source_options.class_of[11] = source_options.ignored;
    struct pleat_source *source =
        open_labelled("camvid/train", "camvid/trainannot", &source_options);
    ck_assert_uint_eq(pleat_source_count(source), 367);
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 8;
    options.threads = 2;
    options.keep_last = true;
    options.augmentation.crop = PLEAT_CROP_CENTRE;
    options.augmentation.height = 184;
    options.augmentation.width = 240;
    options.augmentation.ignore_outside = true;
    struct pleat_loader *loader = open_loader(source, &options);
    ck_assert_int_eq(pleat_loader_batches(loader), 46);
    int64_t met[12] = {0};
    for (int64_t step = 0; step < 46; step++) {
        const struct pleat_batch batch = feed(loader, step);
        const float *labels = batch.target[0].data;
        for (int64_t i = 0; i < pleat_tensor_size(&batch.target[0]); i++) {
            const int64_t row = i / 240 % 184;
            if (row < 2 || row >= 182)
                ck_assert(labels[i] == -100);
            else
                met[labels[i] == -100 ? 11 : (int)labels[i]]++;
        }
    }
    int64_t all = 0;
    for (int i = 0; i < 12; i++) {
        ck_assert_int_gt(met[i], 0);
        all += met[i];
    }
    ck_assert_int_eq(all, INT64_C(367) * 180 * 240);
    pleat_loader_free(loader);
    pleat_source_free(source);
}
END_TEST

/* Patches of 91 images of all sizes, with a cache too small for them: the same as with one. */
START_TEST(patches) {
    struct pleat_source_options small = pleat_source_options_init();
    small.cache_bytes = 300000;
    struct pleat_source *sources[2];
    struct pleat_loader *loaders[2];
    struct pleat_loader_options options = pleat_loader_options_init();
    options.batch = 64;
    options.repeats = 8;
    options.augmentation.crop = PLEAT_CROP_RANDOM;
    options.augmentation.height = options.augmentation.width = 30;
    options.augmentation.quarter_turns = options.augmentation.flip_horizontal = true;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pleat_source_open_folder(&sources[i], data_path("sr/T91"),
                                                  i == 0 ? &small : NULL, NULL),
                         PLEAT_OK);
        ck_assert_uint_eq(pleat_source_count(sources[i]), 91);
        options.threads = i + 1;
        loaders[i] = open_loader(sources[i], &options);
    }
    for (int64_t step = 0; step < 22; step++) {
        const struct pleat_batch a = feed(loaders[0], step), b = feed(loaders[1], step);
        ck_assert_int_eq(memcmp(a.input[0].data, b.input[0].data, 64 * 900 * sizeof(float)), 0);
    }
    for (int i = 0; i < 2; i++) {
        pleat_loader_free(loaders[i]);
        pleat_source_free(sources[i]);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("data images");
    TCase *tests = tcase_create("images");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, isbi);
    tcase_add_test(tests, camvid);
    tcase_add_test(tests, patches);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    if (getenv("PLEAT_TEST_DATA") == NULL) {
        puts("skipped: PLEAT_TEST_DATA does not name the folder with data/isbi, camvid and sr");
        return EXIT_SKIP;
    }
    return run_suite(suite());
}
