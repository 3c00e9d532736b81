/* Data sets: idx files, plain and compressed, and folders. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <pleat/dataset.h>
#include <pleat/image.h>

#include "files.h"
#include "suites.h"

#define COUNT 3
#define HEIGHT 4
#define WIDTH 5

static enum pleat_status read_idx(const char *path, struct pleat_error *error) {
    struct pleat_tensor tensor;
    const enum pleat_status status = pleat_idx_read(&tensor, path, error);
    if (status == PLEAT_OK)
        pleat_tensor_free(&tensor);
    return status;
}

static enum pleat_status read_dataset(const char *path, struct pleat_error *error) {
    struct pleat_dataset *dataset = NULL;
    const enum pleat_status status = pleat_dataset_read(&dataset, path, error);
    ck_assert((dataset == NULL) == (status != PLEAT_OK));
    pleat_dataset_free(dataset);
    return status;
}

static const unsigned char images[16] = {0, 0, 8, 3,      0, 0, 0, COUNT,
                                         0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};

/* Stores COUNT images whose pixels count up from 200, plain or compressed. */
static const char *store_idx(int compressed) {
    unsigned char file[sizeof images + COUNT * HEIGHT * WIDTH];
    const char *path = file_path("images");
    memcpy(file, images, sizeof images);
    for (size_t i = sizeof images; i < sizeof file; i++)
        file[i] = (unsigned char)((200 + i - sizeof images) & 255);
    if (compressed) {
        gzFile stream = gzopen(path, "wb");
        ck_assert_int_eq(gzwrite(stream, file, sizeof file), (int)sizeof file);
        ck_assert_int_eq(gzclose(stream), Z_OK);
    } else {
        file_store(path, file, sizeof file);
    }
    return path;
}

START_TEST(idx) {
    struct pleat_dataset *dataset = NULL;
    ck_assert_int_eq(pleat_dataset_read(&dataset, store_idx(_i), NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_dataset_count(dataset), COUNT);
    ck_assert_ptr_null(pleat_dataset_plane(dataset, COUNT));
    for (size_t i = 0; i < COUNT; i++) {
        const struct pleat_tensor *plane = pleat_dataset_plane(dataset, i);
        ck_assert_int_eq(plane->dtype, PLEAT_FLOAT32);
        ck_assert_int_eq(plane->rank, 2);
        ck_assert_int_eq(plane->extent[0], HEIGHT);
        ck_assert_int_eq(plane->extent[1], WIDTH);
        ck_assert_ptr_null(pleat_dataset_name(dataset, i));
        for (size_t p = 0; p < HEIGHT * WIDTH; p++)
            ck_assert(((const float *)plane->data)[p] ==
                      (float)((200 + i * HEIGHT * WIDTH + p) % 256));
    }
    pleat_dataset_free(dataset);
}
END_TEST

START_TEST(labels) {
    struct pleat_tensor tensor;
    const unsigned char file[] = {0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 255};
    file_store(file_path("labels"), file, sizeof file);
    ck_assert_int_eq(pleat_idx_read(&tensor, file_path("labels"), NULL), PLEAT_OK);
    ck_assert_int_eq(tensor.rank, 1);
    ck_assert_int_eq(tensor.extent[0], 3);
    ck_assert(((float *)tensor.data)[0] == 7 && ((float *)tensor.data)[2] == 255);
    pleat_tensor_free(&tensor);
    assert_status(read_dataset, file_path("labels"), PLEAT_BAD_FORMAT);
}
END_TEST

START_TEST(truncated_idx) {
    refuse_truncations(read_idx, store_idx(_i));
}
END_TEST

START_TEST(flipped_idx) {
    survive_flips(read_idx, store_idx(_i), 3000, NULL);
}
END_TEST

START_TEST(idx_without_memory) {
    walk_failing_memory(read_dataset, store_idx(_i));
}
END_TEST

/* Headers of 16 bytes, each followed by 60 of data. */
static const struct {
    unsigned char header[16];
    enum pleat_status status;
} headers[] = {
    {{0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5}, PLEAT_OK},
    {{0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 16}, PLEAT_OK},
    {{0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 4}, PLEAT_BAD_FORMAT},
    {{0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 6}, PLEAT_BAD_FORMAT},
    {{0, 0, 13, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5}, PLEAT_UNSUPPORTED},
    {{0, 0, 8, 6, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5}, PLEAT_UNSUPPORTED},
    {{0, 0, 8, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5}, PLEAT_UNSUPPORTED},
    {{0, 1, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5}, PLEAT_BAD_FORMAT},
    {{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, PLEAT_BAD_FORMAT},
    {{0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0}, PLEAT_BAD_FORMAT},
};

START_TEST(header) {
    unsigned char file[16 + 60] = {0};
    memcpy(file, headers[_i].header, 16);
    file_store(file_path("x"), file, sizeof file);
    assert_status(read_idx, file_path("x"), headers[_i].status);
}
END_TEST

/* A file that is long enough for its claim, but the claim is not read. */
START_TEST(too_many_numbers) {
    static const unsigned char start[8] = {0, 0, 8, 1, 0x40, 0, 0, 1};
    file_store(file_path("x"), start, sizeof start);
    ck_assert_int_eq(truncate(file_path("x"), 1 << 21), 0);
    assert_status(read_idx, file_path("x"), PLEAT_UNSUPPORTED);
}
END_TEST

/* Linux has no page at address 0: a regular file that cannot be read. */
START_TEST(unreadable) {
    struct pleat_tensor tensor;
    struct pleat_error error;
    if (access("/proc/self/mem", R_OK) == 0) {
        ck_assert_int_eq(pleat_idx_read(&tensor, "/proc/self/mem", &error), PLEAT_IO);
        ck_assert_ptr_nonnull(strstr(error.message, strerror(EIO)));
    }
}
END_TEST

START_TEST(no_images) {
    unsigned char file[16];
    memcpy(file, images, sizeof file);
    file[7] = 0;
    file_store(file_path("x"), file, sizeof file);
    assert_status(read_idx, file_path("x"), PLEAT_OK);
    assert_status(read_dataset, file_path("x"), PLEAT_BAD_FORMAT);
    assert_status(read_dataset, file_path("none"), PLEAT_IO);
    assert_status(read_idx, file_path("none"), PLEAT_IO);
    assert_status(read_idx, file_path("."), PLEAT_IO);
}
END_TEST

static void store_image(const char *name, int64_t width, uint8_t value) {
    struct pleat_image image;
    ck_assert_int_eq(pleat_image_allocate(&image, width, 2, 3, NULL), PLEAT_OK);
    memset(image.pixels, value, (size_t)(width * 2 * 3));
    ck_assert_int_eq(pleat_image_write_png(file_path(name), &image, NULL), PLEAT_OK);
    pleat_image_free(&image);
}

/* A folder with three images, two other files, a hidden one and a folder named like an image. */
static const char *fill_folder(void) {
    store_image("b.png", 2, 255);
    store_image("a.PNG", 3, 0);
    store_image("c.jpeg", 4, 0);
    store_image(".hidden.png", 5, 0);
    file_store(file_path("readme.txt"), "x", 1);
    file_store(file_path(".png"), "x", 1);
    ck_assert_int_eq(mkdir(file_path("d.png"), 0777), 0);
    return file_path(".");
}

START_TEST(folder) {
    struct pleat_dataset *dataset = NULL;
    ck_assert_int_eq(pleat_dataset_read(&dataset, fill_folder(), NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_dataset_count(dataset), 3);
    static const char *const names[] = {"a.PNG", "b.png", "c.jpeg"};
    for (int i = 0; i < 3; i++) {
        const struct pleat_tensor *plane = pleat_dataset_plane(dataset, (size_t)i);
        ck_assert_str_eq(pleat_dataset_name(dataset, (size_t)i), names[i]);
        ck_assert_int_eq(plane->extent[0], 2);
        ck_assert_int_eq(plane->extent[1], i == 0 ? 3 : i == 1 ? 2 : 4);
        ck_assert(*(const float *)plane->data == (i == 1 ? 235 : 16));
    }
    ck_assert_ptr_null(pleat_dataset_name(dataset, 3));
    pleat_dataset_free(dataset);
}
END_TEST

START_TEST(folder_without_memory) {
    walk_failing_memory(read_dataset, fill_folder());
}
END_TEST

START_TEST(broken_image) {
    struct pleat_dataset *dataset = NULL;
    struct pleat_error error;
    const char *path = fill_folder();
    file_store(file_path("b.png"), "broken", 6);
    ck_assert_int_eq(pleat_dataset_read(&dataset, path, &error), PLEAT_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "b.png"));
    assert_status(read_dataset, path, PLEAT_BAD_FORMAT);
}
END_TEST

START_TEST(many_files) {
    for (int i = 0; i < 150; i++) {
        char name[32];
        snprintf(name, sizeof name, "%03d.png", (i * 7) % 150);
        store_image(name, 1, 0);
    }
    struct pleat_dataset *dataset = NULL;
    ck_assert_int_eq(pleat_dataset_read(&dataset, file_path("."), NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_dataset_count(dataset), 150);
    for (size_t i = 1; i < 150; i++)
        ck_assert_str_lt(pleat_dataset_name(dataset, i - 1), pleat_dataset_name(dataset, i));
    pleat_dataset_free(dataset);
}
END_TEST

START_TEST(refused) {
    struct pleat_tensor tensor;
    struct pleat_dataset *dataset = NULL;
    assert_status(read_dataset, file_path("."), PLEAT_BAD_FORMAT);
    ck_assert_int_eq(pleat_idx_read(NULL, "x", NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_idx_read(&tensor, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_dataset_read(NULL, "x", NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_dataset_read(&dataset, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    pleat_dataset_free(NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("dataset");
    TCase *tests = tcase_create("dataset");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, idx, 0, 2);
    tcase_add_test(tests, labels);
    tcase_add_loop_test(tests, truncated_idx, 0, 2);
    tcase_add_loop_test(tests, flipped_idx, 0, 2);
    tcase_add_loop_test(tests, idx_without_memory, 0, 2);
    tcase_add_loop_test(tests, header, 0, (int)(sizeof headers / sizeof *headers));
    tcase_add_test(tests, too_many_numbers);
    tcase_add_test(tests, unreadable);
    tcase_add_test(tests, no_images);
    tcase_add_test(tests, folder);
    tcase_add_test(tests, folder_without_memory);
    tcase_add_test(tests, broken_image);
    tcase_add_test(tests, many_files);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
