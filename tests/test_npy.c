/* NumPy files: what is written is read back, what is wrong is refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/npy.h>

#include "failing_memory.h"
#include "files.h"
#include "suites.h"
#include "support.h"

static enum pleat_status read_npy(const char *path, struct pleat_error *error) {
    struct pleat_tensor tensor;
    const enum pleat_status status = pleat_npy_read(&tensor, path, error);
    if (status == PLEAT_OK)
        pleat_tensor_free(&tensor);
    return status;
}

/* Stores a file of that version, dictionary and number of data bytes. */
static const char *store(int version, const char *dictionary, size_t data) {
    unsigned char file[1024] = "\x93NUMPY";
    const size_t length = strlen(dictionary), start = version == 1 ? 10 : 12;
    ck_assert(start + length + data <= sizeof file);
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memcpy(file + start, dictionary, length);
    for (size_t i = 0; i < data / 4; i++)
        memcpy(file + start + length + 4 * i, &(float){(float)i}, 4);
    const char *path = file_path("x.npy");
    file_store(path, file, start + length + data);
    return path;
}

START_TEST(round_trip) {
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    const int64_t extent[] = {2, 3, 1, 4, 5};
    const int rank = _i % 6;
    struct pleat_tensor wrote, read;
    ck_assert_int_eq(
        pleat_tensor_allocate(&wrote, _i / 6 ? PLEAT_FLOAT64 : PLEAT_FLOAT32, rank, extent, NULL),
        PLEAT_OK);
    fill_reals(&wrote, &random);
    ck_assert_int_eq(pleat_npy_write(file_path("x.npy"), &wrote, NULL), PLEAT_OK);
    ck_assert_int_eq(files_count(), 1);
    ck_assert_int_eq(pleat_npy_read(&read, file_path("x.npy"), NULL), PLEAT_OK);
    ck_assert_int_eq(read.dtype, wrote.dtype);
    ck_assert_int_eq(read.rank, rank);
    for (int i = 0; i < rank; i++)
        ck_assert_int_eq(read.extent[i], extent[i]);
    void *bytes = tensor_bytes(&wrote);
    assert_bytes(&read, bytes, "read back");
    free(bytes);
    pleat_tensor_free(&wrote);
    pleat_tensor_free(&read);
}
END_TEST

/* The bytes that numpy.save (1.24) writes of numpy.arange(3, dtype='<f4'). */
START_TEST(bytes_as_numpy) {
    static const char header[] = "\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, "
                                 "'shape': (3,), }";
    unsigned char expected[128 + 12];
    memset(expected, ' ', 127);
    memcpy(expected, header, sizeof header - 1);
    expected[127] = '\n';
    const float data[] = {0, 1, 2};
    memcpy(expected + 128, data, sizeof data);
    const struct pleat_tensor tensor = pleat_tensor_view(data, PLEAT_FLOAT32, 1, (int64_t[]){3});
    ck_assert_int_eq(pleat_npy_write(file_path("x.npy"), &tensor, NULL), PLEAT_OK);
    assert_file(file_path("x.npy"), expected, sizeof expected);
}
END_TEST

START_TEST(empty) {
    const struct pleat_tensor tensor =
        pleat_tensor_view(NULL, PLEAT_FLOAT64, 2, (int64_t[]){0, INT64_MAX});
    struct pleat_tensor read;
    ck_assert_int_eq(pleat_npy_write(file_path("x.npy"), &tensor, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_npy_read(&read, file_path("x.npy"), NULL), PLEAT_OK);
    ck_assert_int_eq(read.extent[0], 0);
    ck_assert_int_eq(read.extent[1], INT64_MAX);
    pleat_tensor_free(&read);
}
END_TEST

/* Headers and what is said to them; every one comes with 24 bytes of data. */
static const struct {
    int version;
    const char *dictionary;
    enum pleat_status status;
} headers[] = {
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", PLEAT_OK},
    {2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", PLEAT_OK},
    {3, "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n", PLEAT_OK},
    {1, "{\"shape\":(6,),'fortran_order':False,'descr':\"<f4\"}", PLEAT_OK},
    {1, "{ 'shape' : ( 1 , 6 , ) , 'fortran_order' : False , 'descr' : '<f4' }  ", PLEAT_OK},
    {4, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {0, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '<i4', 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,6), }", PLEAT_UNSUPPORTED},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3), }", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False 'shape': (6,)}", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}", PLEAT_BAD_FORMAT},
    {1, "{'descr': 4, 'fortran_order': False, 'shape': (6,)}", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False}", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}",
     PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'more': (6,)}", PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}",
     PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4)}",
     PLEAT_BAD_FORMAT},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
     PLEAT_BAD_FORMAT},
    {1, "", PLEAT_BAD_FORMAT},
};

START_TEST(header) {
    assert_status(read_npy, store(headers[_i].version, headers[_i].dictionary, 24),
                  headers[_i].status);
}
END_TEST

START_TEST(long_header) {
    unsigned char file[16] = "\x93NUMPY\x02\0\xff\xff\xff\xff";
    file_store(file_path("x.npy"), file, sizeof file);
    assert_status(read_npy, file_path("x.npy"), PLEAT_BAD_FORMAT);
}
END_TEST

START_TEST(not_there) {
    assert_status(read_npy, file_path("none.npy"), PLEAT_IO);
    assert_status(read_npy, file_path("."), PLEAT_IO);
    assert_status(read_npy, "/dev/null", PLEAT_IO);
}
END_TEST

static const char good[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

START_TEST(truncated) {
    refuse_truncations(read_npy, store(1, good, 24));
}
END_TEST

START_TEST(flipped) {
    const int read = survive_flips(read_npy, store(1, good, 24), 4000, NULL);
    ck_assert_int_gt(read, 0);
    ck_assert_int_lt(read, 4000);
}
END_TEST

START_TEST(failing_memory) {
    walk_failing_memory(read_npy, store(1, good, 24));
}
END_TEST

static const float numbers[6] = {1, 2, 3, 4, 5, 6};

static struct pleat_tensor six(void) {
    return pleat_tensor_view(numbers, PLEAT_FLOAT32, 2, (int64_t[]){2, 3});
}

/* Writes the path and a second file beside it. */
static enum pleat_status write_two(const char *path, struct pleat_error *error) {
    const struct pleat_tensor tensors[] = {six(), six()};
    return pleat_npy_write_all((const char *const[]){path, file_path("b.npy")}, tensors, 2, error);
}

START_TEST(write_without_memory) {
    walk_failing_memory(write_two, file_path("a.npy"));
    ck_assert_int_eq(files_count(), 2);
    assert_status(read_npy, file_path("a.npy"), PLEAT_OK);
    assert_status(read_npy, file_path("b.npy"), PLEAT_OK);
}
END_TEST

/* The second file cannot be written: the first stays as it was. */
START_TEST(all_or_none) {
    const char *paths[] = {file_path("a.npy"), file_path("none/b.npy")};
    const struct pleat_tensor tensors[] = {six(), six()};
    file_store(paths[0], "old", 3);
    ck_assert_int_eq(pleat_npy_write_all(paths, tensors, 2, NULL), PLEAT_IO);
    assert_file(paths[0], "old", 3);
    ck_assert_int_eq(files_count(), 1);
    paths[1] = file_path("./a.npy");
    ck_assert_int_eq(pleat_npy_write_all(paths, tensors, 2, NULL), PLEAT_INVALID_ARGUMENT);
    assert_file(paths[0], "old", 3);
    ck_assert_int_eq(files_count(), 1);
    ck_assert_int_eq(pleat_npy_write_all(NULL, NULL, 0, NULL), PLEAT_OK);
}
END_TEST

START_TEST(refused_writes) {
    const char *path = file_path("x.npy");
    struct pleat_tensor tensor = six();
    ck_assert_int_eq(pleat_npy_write(NULL, &tensor, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_npy_write(path, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_npy_read(NULL, path, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_npy_read(&tensor, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    tensor.data = NULL;
    ck_assert_int_eq(pleat_npy_write(path, &tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor = six();
    tensor.extent[0] = -1;
    ck_assert_int_eq(pleat_npy_write(path, &tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor.extent[0] = INT64_MAX;
    ck_assert_int_eq(pleat_npy_write(path, &tensor, NULL), PLEAT_SIZE_OVERFLOW);
    tensor.rank = 6;
    ck_assert_int_eq(pleat_npy_write(path, &tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor = six();
    tensor.dtype = (enum pleat_dtype)9;
    ck_assert_int_eq(pleat_npy_write(path, &tensor, NULL), PLEAT_INVALID_ARGUMENT);
    tensor = six();
    const char *paths[] = {NULL};
    ck_assert_int_eq(pleat_npy_write_all(paths, &tensor, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_npy_write_all(NULL, &tensor, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_npy_write_all(&path, NULL, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(files_count(), 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("npy");
    TCase *tests = tcase_create("npy");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, round_trip, 0, 12);
    tcase_add_test(tests, bytes_as_numpy);
    tcase_add_test(tests, empty);
    tcase_add_loop_test(tests, header, 0, (int)(sizeof headers / sizeof *headers));
    tcase_add_test(tests, long_header);
    tcase_add_test(tests, not_there);
    tcase_add_test(tests, truncated);
    tcase_add_test(tests, flipped);
    tcase_add_test(tests, failing_memory);
    tcase_add_test(tests, write_without_memory);
    tcase_add_test(tests, all_or_none);
    tcase_add_test(tests, refused_writes);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
