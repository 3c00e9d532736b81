/* Safetensors: what is written is read back, and hostile headers are refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/safetensors.h>

#include "failing_memory.h"
#include "files.h"
#include "suites.h"

static enum pleat_status read_file(const char *path, struct pleat_error *error) {
    struct pleat_safetensors *file = NULL;
    const enum pleat_status status = pleat_safetensors_read(&file, path, error);
    ck_assert((file == NULL) == (status != PLEAT_OK));
    pleat_safetensors_free(file);
    return status;
}

static const float weights[6] = {1, -2, 3.5f, 0, 1e-40f, 6};
static const double biases[2] = {0.1, -1e300};

static enum pleat_status write_file(const char *path, struct pleat_error *error) {
    const struct pleat_named_tensor tensors[] = {
        {"conv.weight", pleat_tensor_view(weights, PLEAT_FLOAT32, 3, (int64_t[]){3, 1, 2})},
        {"b\xc3\xa9ta \"x\"", pleat_tensor_view(biases, PLEAT_FLOAT64, 1, (int64_t[]){2})},
        {"empty", pleat_tensor_view(NULL, PLEAT_FLOAT32, 2, (int64_t[]){0, 7})},
        {"number", pleat_tensor_view(weights + 2, PLEAT_FLOAT32, 0, NULL)},
    };
    const struct pleat_metadata metadata[] = {{"format", "pleat"}, {"step", "10"}};
    return pleat_safetensors_write(path, tensors, 4, metadata, 2, error);
}

START_TEST(round_trip) {
    const char *path = file_path("x.safetensors");
    struct pleat_safetensors *file = NULL;
    ck_assert_int_eq(write_file(path, NULL), PLEAT_OK);
    ck_assert_int_eq(files_count(), 1);
    ck_assert_int_eq(pleat_safetensors_read(&file, path, NULL), PLEAT_OK);
    ck_assert_uint_eq(pleat_safetensors_count(file), 4);
    ck_assert_ptr_null(pleat_safetensors_at(file, 4));
    ck_assert_ptr_null(pleat_safetensors_find(file, "none"));
    ck_assert_str_eq(pleat_safetensors_metadata(file, "format"), "pleat");
    ck_assert_str_eq(pleat_safetensors_metadata(file, "step"), "10");
    ck_assert_ptr_null(pleat_safetensors_metadata(file, "none"));
    const struct pleat_named_tensor *first = pleat_safetensors_at(file, 0);
    ck_assert_str_eq(first->name, "conv.weight");
    ck_assert_ptr_eq(&first->tensor, pleat_safetensors_find(file, "conv.weight"));
    ck_assert_int_eq(first->tensor.rank, 3);
    ck_assert_int_eq(first->tensor.extent[0], 3);
    ck_assert_int_eq(first->tensor.extent[2], 2);
    ck_assert_int_eq(memcmp(first->tensor.data, weights, sizeof weights), 0);
    const struct pleat_tensor *bias = pleat_safetensors_find(file, "b\xc3\xa9ta \"x\"");
    ck_assert_int_eq(bias->dtype, PLEAT_FLOAT64);
    ck_assert_int_eq(memcmp(bias->data, biases, sizeof biases), 0);
    ck_assert_int_eq(pleat_safetensors_find(file, "empty")->extent[1], 7);
    ck_assert_int_eq(pleat_safetensors_find(file, "number")->rank, 0);
    pleat_safetensors_free(file);
}
END_TEST

START_TEST(nothing_in_it) {
    const char *path = file_path("x.safetensors");
    ck_assert_int_eq(pleat_safetensors_write(path, NULL, 0, NULL, 0, NULL), PLEAT_OK);
    assert_file(path, "\x08\0\0\0\0\0\0\0{}      ", 16);
    assert_status(read_file, path, PLEAT_OK);
}
END_TEST

/* Headers and what is said to them; every one comes with 8 bytes of data. */
static const struct {
    const char *json;
    enum pleat_status status;
} headers[] = {
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", PLEAT_OK},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}", PLEAT_OK},
    {"{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"c\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}   ",
     PLEAT_OK},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}", PLEAT_UNSUPPORTED},
    {"{\"a\":{\"dtype\":\"\",\"shape\":[4],\"data_offsets\":[0,8]}}", PLEAT_UNSUPPORTED},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
     PLEAT_UNSUPPORTED},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":\"0\"}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"a\":7}", PLEAT_BAD_FORMAT},
    {"[1, 2]", PLEAT_BAD_FORMAT},
    {"{", PLEAT_BAD_FORMAT},
    {"", PLEAT_BAD_FORMAT},
    {"{}", PLEAT_BAD_FORMAT},
    {"{\"__metadata__\":{\"k\":1},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     PLEAT_BAD_FORMAT},
    {"{\"__metadata__\":{},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     PLEAT_OK},
};

static const char *store(const char *json) {
    unsigned char file[512] = {0};
    const size_t length = strlen(json);
    ck_assert(8 + length + 8 <= sizeof file);
    file[0] = (unsigned char)(length & 255);
    file[1] = (unsigned char)(length >> 8);
    memcpy(file + 8, json, length);
    const char *path = file_path("x.safetensors");
    file_store(path, file, 8 + length + 8);
    return path;
}

START_TEST(header) {
    assert_status(read_file, store(headers[_i].json), headers[_i].status);
}
END_TEST

/* A header that is longer than the file, and one that is there but beyond all measure. */
START_TEST(long_header) {
    const char *path = file_path("x.safetensors");
    const size_t bytes = 8 + (16 << 20) + 8;
    unsigned char *file = calloc(bytes, 1);
    ck_assert_ptr_nonnull(file);
    memcpy(file, "\x08\0\0\x01", 4);
    file_store(path, file, bytes);
    assert_status(read_file, path, PLEAT_UNSUPPORTED);
    memset(file, 0xff, 8);
    file_store(path, file, 100);
    assert_status(read_file, path, PLEAT_BAD_FORMAT);
    free(file);
    assert_status(read_file, file_path("none"), PLEAT_IO);
}
END_TEST

START_TEST(truncated) {
    ck_assert_int_eq(write_file(file_path("x"), NULL), PLEAT_OK);
    refuse_truncations(read_file, file_path("x"));
}
END_TEST

START_TEST(flipped) {
    ck_assert_int_eq(write_file(file_path("x"), NULL), PLEAT_OK);
    const int read = survive_flips(read_file, file_path("x"), 4000, NULL);
    ck_assert_int_gt(read, 0);
    ck_assert_int_lt(read, 4000);
}
END_TEST

START_TEST(without_memory) {
    const char *path = file_path("x");
    walk_failing_memory(write_file, path);
    walk_failing_memory(read_file, path);
    file_store(path, "old", 3);
    failing_memory_arm(0);
    assert_status(write_file, path, PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    assert_file(path, "old", 3);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

/* Writes one or two tensors and one or two strings, and expects a refusal that leaves no file. */
static void refuse(struct pleat_named_tensor a, const char *second, const char *key,
                   const char *other_key, enum pleat_status status) {
    const struct pleat_named_tensor tensors[] = {
        a, {second, pleat_tensor_view(biases, PLEAT_FLOAT64, 1, (int64_t[]){1})}};
    const struct pleat_metadata metadata[] = {{key, "value"}, {other_key, "value"}};
    ck_assert_int_eq(pleat_safetensors_write(file_path("x"), tensors, 2, metadata, 2, NULL),
                     status);
    ck_assert_int_eq(files_count(), 0);
}

START_TEST(refused) {
    struct pleat_named_tensor good = {"a",
                                      pleat_tensor_view(weights, PLEAT_FLOAT32, 1, (int64_t[]){6})};
    struct pleat_named_tensor bad = good;
    struct pleat_safetensors *file = NULL;
    refuse(good, "a", "k", "l", PLEAT_INVALID_ARGUMENT);
    refuse(good, NULL, "k", "l", PLEAT_INVALID_ARGUMENT);
    refuse(good, "__metadata__", "k", "l", PLEAT_INVALID_ARGUMENT);
    refuse(good, "\xff", "k", "l", PLEAT_INVALID_ARGUMENT);
    refuse(good, "b", "k", "k", PLEAT_INVALID_ARGUMENT);
    refuse(good, "b", "k", NULL, PLEAT_INVALID_ARGUMENT);
    refuse(good, "b", "k", "\xc3", PLEAT_INVALID_ARGUMENT);
    bad.tensor.data = NULL;
    refuse(bad, "b", "k", "l", PLEAT_INVALID_ARGUMENT);
    bad = good;
    bad.tensor.rank = 9;
    refuse(bad, "b", "k", "l", PLEAT_INVALID_ARGUMENT);
    bad = good;
    bad.tensor.extent[0] = INT64_MAX;
    refuse(bad, "b", "k", "l", PLEAT_SIZE_OVERFLOW);
    bad.tensor.extent[0] = INT64_MAX / 4;
    refuse(bad, "b", "k", "l", PLEAT_SIZE_OVERFLOW); /* with the other's 8 bytes */
    ck_assert_int_eq(pleat_safetensors_write(NULL, &good, 1, NULL, 0, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_safetensors_write(file_path("x"), NULL, 1, NULL, 0, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_safetensors_write(file_path("x"), NULL, 0, NULL, 1, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_safetensors_write(file_path("no/x"), &good, 1, NULL, 0, NULL), PLEAT_IO);
    ck_assert_int_eq(pleat_safetensors_read(NULL, "x", NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_safetensors_read(&file, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    pleat_safetensors_free(NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("safetensors");
    TCase *tests = tcase_create("safetensors");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, nothing_in_it);
    tcase_add_loop_test(tests, header, 0, (int)(sizeof headers / sizeof *headers));
    tcase_add_test(tests, long_header);
    tcase_add_test(tests, truncated);
    tcase_add_test(tests, flipped);
    tcase_add_test(tests, without_memory);
    tcase_add_test(tests, refused);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
