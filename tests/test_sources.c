/* Sources: folders, labels, pairs, idx files, their parts, and what is refused. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pleat/data.h>

#include "failing_memory.h"
#include "files.h"
#include "pictures.h"
#include "suites.h"

#define HEIGHT 4
#define WIDTH 6
#define COUNT 5

/* Fails the test unless an image is a picture, in its own channels. */
static void assert_picture(const struct pleat_image *image, int k, int64_t height, int64_t width,
                           int channels, pixel_rule *rule) {
    ck_assert(image->height == height && image->width == width && image->channels == channels);
    struct pleat_image expected = picture(k, height, width, channels, rule);
    ck_assert_int_eq(memcmp(image->pixels, expected.pixels, (size_t)(height * width * channels)),
                     0);
    pleat_image_free(&expected);
}

static struct pleat_source_options rgb(void) {
    struct pleat_source_options options = pleat_source_options_init();
    options.channels = 3;
    return options;
}

static struct pleat_item read_item(struct pleat_source *source, size_t index) {
    struct pleat_item item;
    struct pleat_error error = {.message = ""};
    const enum pleat_status status = pleat_source_read(&item, source, index, &error);
    ck_assert_msg(status == PLEAT_OK, "%s", error.message);
    return item;
}

/* Reads an item that must be refused, with something in its message. */
static void refuse_item(struct pleat_source *source, size_t index, enum pleat_status expected,
                        const char *word) {
    struct pleat_item item;
    struct pleat_error error = {.message = ""};
    const long before = failing_memory_outstanding();
    ck_assert_int_eq(pleat_source_read(&item, source, index, &error), expected);
    ck_assert_msg(strstr(error.message, word) != NULL, "%s", error.message);
    ck_assert_int_eq(failing_memory_outstanding(), before);
}

START_TEST(folder) {
    store_picture("b.png", 1, HEIGHT, WIDTH, 3, mixed);
    store_picture("a.PNG", 0, HEIGHT + 1, WIDTH, 3, mixed);
    file_store(file_path("readme.txt"), "x", 1);
    files_folder("c.png");
    const struct pleat_source_options options = rgb();
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("."), &options, NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_source_count(source), 2);
    ck_assert_ptr_nonnull(strstr(pleat_source_name(source, 0), "a.PNG"));
    ck_assert_ptr_null(pleat_source_name(source, 2));
    for (int again = 0; again < 2; again++)
        for (int k = 0; k < 2; k++) {
            struct pleat_item item = read_item(source, (size_t)k);
            assert_picture(&item.image, k, HEIGHT + (k == 0), WIDTH, 3, mixed);
            ck_assert(item.target.pixels == NULL && item.labels.data == NULL);
            pleat_item_free(&item);
        }
    refuse_item(source, 2, PLEAT_INVALID_ARGUMENT, "index");
    pleat_source_free(source);
}
END_TEST

/* Grey asked for a colour file is its luma, colour asked for a grey file its value three times. */
START_TEST(channels) {
    store_picture("a.png", 0, HEIGHT, WIDTH, 3, mixed);
    store_picture("b.png", 1, HEIGHT, WIDTH, 1, mixed);
    struct pleat_image colours = picture(0, HEIGHT, WIDTH, 3, mixed);
    struct pleat_tensor luma;
    ck_assert_int_eq(pleat_image_to_y(&luma, &colours, NULL), PLEAT_OK);
    const struct pleat_source_options options = rgb();
    struct pleat_source *grey, *colour;
    ck_assert_int_eq(pleat_source_open_folder(&grey, file_path("."), NULL, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_source_open_folder(&colour, file_path("."), &options, NULL), PLEAT_OK);
    struct pleat_item item = read_item(grey, 0), other = read_item(colour, 1);
    ck_assert(item.image.channels == 1 && other.image.channels == 3);
    for (int64_t i = 0; i < HEIGHT * WIDTH; i++) {
        ck_assert(item.image.pixels[i] == ((const float *)luma.data)[i]);
        for (int c = 0; c < 3; c++)
            ck_assert(other.image.pixels[3 * i + c] == mixed(1, i / WIDTH, i % WIDTH, 0));
    }
    pleat_item_free(&item);
    pleat_item_free(&other);
    pleat_tensor_free(&luma);
    pleat_image_free(&colours);
    pleat_source_free(grey);
    pleat_source_free(colour);
}
END_TEST

/* Class 2 is ignored, 1 becomes 7, 0 stays; labels in three equal channels are taken too. */
START_TEST(labelled) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    store_picture("labels/unused.png", 9, 1, 1, 1, classes);
    struct pleat_image numbers = picture(1, HEIGHT, WIDTH, 3, classes);
    ck_assert_int_eq(pleat_image_write_png(file_path("labels/01.png"), &numbers, NULL), PLEAT_OK);
    pleat_image_free(&numbers);
    struct pleat_source_options options = rgb();
    options.class_of[1] = 7;
    options.class_of[2] = options.ignored;
    options.classes = 8;
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_labelled(&source, file_path("images"), file_path("labels"),
                                                &options, NULL),
                     PLEAT_OK);
    ck_assert_uint_eq(pleat_source_count(source), COUNT);
    for (int k = 0; k < COUNT; k++) {
        struct pleat_item item = read_item(source, (size_t)k);
        assert_picture(&item.image, k, HEIGHT, WIDTH, 3, mixed);
        ck_assert(item.labels.rank == 2 && item.labels.extent[0] == HEIGHT &&
                  item.labels.extent[1] == WIDTH);
        const int32_t class_of[3] = {0, 7, -100};
        for (int64_t i = 0; i < HEIGHT * WIDTH; i++)
            ck_assert_int_eq(item.labels.data[i], class_of[classes(k, i / WIDTH, i % WIDTH, 0)]);
        pleat_item_free(&item);
    }
    pleat_source_free(source);
}
END_TEST

START_TEST(pairs) {
    files_folder("low");
    files_folder("high");
    for (int k = 0; k < 2; k++) {
        store_picture(k == 0 ? "low/a.png" : "low/b.png", k, HEIGHT, WIDTH, 1, mixed);
        store_picture(k == 0 ? "high/a.jpg" : "high/b.png", k + 5, 2 * HEIGHT, 2 * WIDTH, 3, mixed);
    }
    struct pleat_source_options options = pleat_source_options_init();
    options.target_channels = 3;
    options.target_scale = 2;
    struct pleat_source *source;
    ck_assert_int_eq(
        pleat_source_open_pairs(&source, file_path("low"), file_path("high"), &options, NULL),
        PLEAT_OK);
    for (int k = 0; k < 2; k++) {
        struct pleat_item item = read_item(source, (size_t)k);
        assert_picture(&item.image, k, HEIGHT, WIDTH, 1, mixed);
        assert_picture(&item.target, k + 5, 2 * HEIGHT, 2 * WIDTH, 3, mixed);
        pleat_item_free(&item);
    }
    pleat_source_free(source);
    options.target_scale = 3;
    ck_assert_int_eq(
        pleat_source_open_pairs(&source, file_path("low"), file_path("high"), &options, NULL),
        PLEAT_OK);
    refuse_item(source, 1, PLEAT_INVALID_SHAPE, "high/b.png");
    pleat_source_free(source);
}
END_TEST

static void store_idx(const char *name, int rank, const unsigned char *extent,
                      const unsigned char *data, size_t bytes) {
    unsigned char file[256] = {0, 0, 8, (unsigned char)rank};
    for (int i = 0; i < rank; i++)
        file[4 + 4 * i + 3] = extent[i];
    memcpy(file + 4 + 4 * rank, data, bytes);
    file_store(file_path(name), file, 4 + 4 * (size_t)rank + bytes);
}

START_TEST(idx) {
    unsigned char pixels[3 * HEIGHT * WIDTH];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * 3 % 256);
    const unsigned char extent[3] = {3, HEIGHT, WIDTH}, numbers[3] = {4, 0, 9};
    store_idx("images", 3, extent, pixels, sizeof pixels);
    store_idx("classes", 1, extent, numbers, 3);
    store_idx("few", 1, (const unsigned char[]){2}, numbers, 2);
    struct pleat_source_options options = pleat_source_options_init();
    options.classes = 10;
    struct pleat_source *source;
    for (int labels = 0; labels < 3; labels++) {
        const char *path = labels == 0 ? NULL : file_path(labels == 1 ? "classes" : "images");
        options.classes = labels == 2 ? 256 : 10;
        ck_assert_int_eq(pleat_source_open_idx(&source, file_path("images"), path, &options, NULL),
                         PLEAT_OK);
        ck_assert_uint_eq(pleat_source_count(source), 3);
        ck_assert_ptr_null(pleat_source_name(source, 0));
        for (size_t k = 0; k < 3; k++) {
            const size_t area = HEIGHT * WIDTH;
            struct pleat_item item = read_item(source, k);
            ck_assert_int_eq(memcmp(item.image.pixels, pixels + k * area, area), 0);
            ck_assert_int_eq(item.labels.data != NULL, labels > 0);
            ck_assert_int_eq(item.labels.rank, labels == 2 ? 2 : 0);
            if (labels > 0)
                ck_assert_int_eq(item.labels.data[0], labels == 1 ? numbers[k] : pixels[k * area]);
            pleat_item_free(&item);
        }
        pleat_source_free(source);
    }
    struct pleat_error error;
    ck_assert_int_eq(
        pleat_source_open_idx(&source, file_path("images"), file_path("few"), NULL, &error),
        PLEAT_BAD_FORMAT);
    ck_assert_int_eq(pleat_source_open_idx(&source, file_path("classes"), NULL, NULL, &error),
                     PLEAT_BAD_FORMAT);
    options.classes = 9;
    ck_assert_int_eq(
        pleat_source_open_idx(&source, file_path("images"), file_path("classes"), &options, &error),
        PLEAT_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "classes: number 2 is 9"));
    options.channels = 3;
    ck_assert_int_eq(pleat_source_open_idx(&source, file_path("images"), NULL, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
}
END_TEST

/* Every item of a source of 20 lies in one of the parts, in its order; the seed decides which. */
START_TEST(split) {
    enum { ITEMS = 20, HELD = 6 };
    unsigned char pixels[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        pixels[i] = (unsigned char)i;
    store_idx("images", 3, (const unsigned char[]){ITEMS, 1, 1}, pixels, ITEMS);
    struct pleat_source *source, *parts[2], *again[2];
    ck_assert_int_eq(pleat_source_open_idx(&source, file_path("images"), NULL, NULL, NULL),
                     PLEAT_OK);
    int different = 0;
    for (uint64_t seed = 0; seed < 5; seed++) {
        int met[ITEMS] = {0};
        ck_assert_int_eq(pleat_source_split(&parts[0], &parts[1], source, HELD, seed, NULL),
                         PLEAT_OK);
        ck_assert_int_eq(pleat_source_split(&again[0], &again[1], source, HELD, 0, NULL), PLEAT_OK);
        ck_assert_uint_eq(pleat_source_count(parts[0]), ITEMS - HELD);
        ck_assert_uint_eq(pleat_source_count(parts[1]), HELD);
        for (int part = 0; part < 2; part++) {
            int last = -1;
            for (size_t i = 0; i < pleat_source_count(parts[part]); i++) {
                struct pleat_item item = read_item(parts[part], i),
                                  same = read_item(again[part], i);
                ck_assert_int_gt(item.image.pixels[0], last);
                last = item.image.pixels[0];
                met[last]++;
                different += last != same.image.pixels[0];
            }
        }
        ck_assert(seed > 0 || different == 0);
        for (int i = 0; i < ITEMS; i++)
            ck_assert_int_eq(met[i], 1);
        for (int part = 0; part < 2; part++) {
            pleat_source_free(parts[part]);
            pleat_source_free(again[part]);
        }
    }
    ck_assert_int_gt(different, 0);
    struct pleat_error error;
    ck_assert_int_eq(pleat_source_split(&parts[0], &parts[1], source, 0, 1, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_split(&parts[0], &parts[1], source, ITEMS, 1, &error),
                     PLEAT_INVALID_ARGUMENT);
    pleat_source_free(source);
}
END_TEST

START_TEST(subset) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    const struct pleat_source_options options = rgb();
    struct pleat_source *source, *part, *inner, *none;
    ck_assert_int_eq(pleat_source_open_labelled(&source, file_path("images"), file_path("labels"),
                                                &options, NULL),
                     PLEAT_OK);
    ck_assert_int_eq(pleat_source_subset(&part, source, 1, 3, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_source_subset(&inner, part, 2, 1, NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_source_count(inner), 1);
    ck_assert_ptr_nonnull(strstr(pleat_source_name(inner, 0), "images/03.png"));
    struct pleat_item item = read_item(inner, 0);
    assert_picture(&item.image, 3, HEIGHT, WIDTH, 3, mixed);
    pleat_item_free(&item);
    const size_t picks[3] = {2, 0, 2}, beyond[1] = {3};
    struct pleat_source *picked;
    struct pleat_error error;
    ck_assert_int_eq(pleat_source_pick(&picked, part, picks, 3, NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_source_count(picked), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(pleat_source_name(picked, i), pleat_source_name(part, picks[i]));
    pleat_source_free(picked);
    ck_assert_int_eq(pleat_source_pick(&none, part, beyond, 1, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_pick(&none, part, picks, 0, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_pick(&none, part, NULL, 1, &error), PLEAT_INVALID_ARGUMENT);
    const size_t bad[][2] = {{0, 0}, {0, 4}, {3, 1}, {1, SIZE_MAX}, {SIZE_MAX, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(pleat_source_subset(&none, part, bad[i][0], bad[i][1], &error),
                         PLEAT_INVALID_ARGUMENT);
    pleat_source_free(inner);
    pleat_source_free(part);
    pleat_source_free(source);
}
END_TEST

/* What fits the cap is not read again, even where the file is gone; what does not is. */
START_TEST(cache_cap) {
    char name[32];
    for (int k = 0; k < COUNT; k++) {
        snprintf(name, sizeof name, "%d.png", k);
        store_picture(name, k, HEIGHT, WIDTH, 1, mixed);
    }
    struct pleat_source_options options = pleat_source_options_init();
    options.cache_bytes = 3 * HEIGHT * WIDTH + 5;
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("."), &options, NULL), PLEAT_OK);
    const long before = failing_memory_outstanding();
    for (int again = 0; again < 3; again++)
        for (int k = COUNT - 1; k >= 0; k--) {
            struct pleat_item item = read_item(source, (size_t)k);
            assert_picture(&item.image, k, HEIGHT, WIDTH, 1, mixed);
            ck_assert_int_eq(item.owned, k < 2);
            pleat_item_free(&item);
        }
    ck_assert_int_eq(failing_memory_outstanding(), before + 3);
    for (int k = 0; k < COUNT; k++) {
        snprintf(name, sizeof name, "%d.png", k);
        ck_assert_int_eq(unlink(file_path(name)), 0);
        if (k < 2) {
            refuse_item(source, (size_t)k, PLEAT_IO, name);
        } else {
            struct pleat_item item = read_item(source, (size_t)k);
            pleat_item_free(&item);
        }
    }
    pleat_source_free(source);
}
END_TEST

START_TEST(broken) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    file_store(file_path("images/00.png"), "broken", 6);
    store_picture("labels/01.png", 1, HEIGHT, WIDTH + 1, 1, classes);
    store_picture("labels/02.png", 2, HEIGHT, WIDTH, 3, mixed);
    file_store(file_path("labels/03.png"), "broken", 6);
    struct pleat_source_options options = rgb();
    options.classes = 2;
    struct pleat_source *source;
    ck_assert_int_eq(pleat_source_open_labelled(&source, file_path("images"), file_path("labels"),
                                                &options, NULL),
                     PLEAT_OK);
    refuse_item(source, 0, PLEAT_BAD_FORMAT, "images/00.png");
    refuse_item(source, 1, PLEAT_INVALID_SHAPE, "labels/01.png");
    refuse_item(source, 2, PLEAT_BAD_FORMAT, "labels/02.png");
    refuse_item(source, 3, PLEAT_BAD_FORMAT, "labels/03.png");
    refuse_item(source, 4, PLEAT_BAD_FORMAT, "labels/04.png: 2 at row 0, column 2");
    pleat_source_free(source);
}
END_TEST

static enum pleat_status open_labelled(const char *path, struct pleat_error *error) {
    (void)path;
    struct pleat_source *source = NULL;
    const struct pleat_source_options options = rgb();
    const enum pleat_status status = pleat_source_open_labelled(
        &source, file_path("images"), file_path("labels"), &options, error);
    ck_assert_int_eq(source != NULL, status == PLEAT_OK);
    pleat_source_free(source);
    return status;
}

START_TEST(partners) {
    store_labelled(COUNT, HEIGHT, WIDTH);
    assert_status(open_labelled, "", PLEAT_OK);
    store_picture("images/03.extra.png", 1, HEIGHT, WIDTH, 1, mixed);
    assert_status(open_labelled, "", PLEAT_BAD_FORMAT);
    ck_assert_int_eq(unlink(file_path("images/03.extra.png")), 0);
    store_picture("labels/03.jpg", 1, HEIGHT, WIDTH, 1, classes);
    assert_status(open_labelled, "", PLEAT_BAD_FORMAT);
    for (int k = 0; k < COUNT; k++) {
        char name[32];
        snprintf(name, sizeof name, "labels/%02d.png", k);
        ck_assert_int_eq(unlink(file_path(name)), 0);
    }
    assert_status(open_labelled, "", PLEAT_BAD_FORMAT);
    ck_assert_int_eq(unlink(file_path("labels/03.jpg")), 0);
    assert_status(open_labelled, "", PLEAT_BAD_FORMAT);
    ck_assert_int_eq(rmdir(file_path("labels")), 0);
    assert_status(open_labelled, "", PLEAT_IO);
}
END_TEST

/* Opens, splits and reads all items. */
static enum pleat_status use(const char *path, struct pleat_error *error) {
    (void)path;
    struct pleat_source *source = NULL, *rest = NULL, *held_out = NULL;
    const struct pleat_source_options options = rgb();
    enum pleat_status status = pleat_source_open_labelled(&source, file_path("images"),
                                                          file_path("labels"), &options, error);
    if (status == PLEAT_OK)
        status = pleat_source_split(&rest, &held_out, source, 1, 3, error);
    for (size_t i = 0; i < 1 && status == PLEAT_OK; i++) {
        struct pleat_item item;
        status = pleat_source_read(&item, held_out, i, error);
        if (status == PLEAT_OK)
            pleat_item_free(&item);
    }
    pleat_source_free(rest);
    pleat_source_free(held_out);
    pleat_source_free(source);
    return status;
}

static enum pleat_status use_idx(const char *path, struct pleat_error *error) {
    (void)path;
    struct pleat_source *source = NULL;
    const enum pleat_status status =
        pleat_source_open_idx(&source, file_path("images"), file_path("images"), NULL, error);
    pleat_source_free(source);
    return status;
}

START_TEST(without_memory) {
    store_labelled(2, HEIGHT, WIDTH);
    walk_failing_memory(use, "");
}
END_TEST

START_TEST(idx_without_memory) {
    store_idx("images", 3, (const unsigned char[]){2, 2, 2}, (const unsigned char *)"abcdefgh", 8);
    walk_failing_memory(use_idx, "");
}
END_TEST

START_TEST(refused) {
    store_picture("a.png", 0, 2, 2, 1, mixed);
    struct pleat_source *source = NULL;
    struct pleat_error error;
    struct pleat_source_options bad[5];
    for (int i = 0; i < 5; i++)
        bad[i] = pleat_source_options_init();
    bad[0].channels = 2;
    bad[1].target_channels = 4;
    bad[2].target_scale = 0;
    bad[3].classes = 0;
    bad[4].target_scale = INT64_MAX;
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(pleat_source_open_folder(&source, file_path("."), &bad[i], &error),
                         PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_folder(NULL, "x", NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_folder(&source, NULL, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_pairs(&source, "x", NULL, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_labelled(&source, NULL, "x", NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_idx(&source, NULL, NULL, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_source_open_folder(&source, file_path("none"), NULL, &error), PLEAT_IO);
    ck_assert_ptr_null(source);
    pleat_source_free(NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("sources");
    TCase *tests = tcase_create("sources");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, folder);
    tcase_add_test(tests, channels);
    tcase_add_test(tests, labelled);
    tcase_add_test(tests, pairs);
    tcase_add_test(tests, idx);
    tcase_add_test(tests, split);
    tcase_add_test(tests, subset);
    tcase_add_test(tests, cache_cap);
    tcase_add_test(tests, broken);
    tcase_add_test(tests, partners);
    tcase_add_test(tests, without_memory);
    tcase_add_test(tests, idx_without_memory);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
