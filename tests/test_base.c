/* The base library: the sentence of every status, details that are cut and not overrun, checked
 * arithmetic at the ends of the integers, tensors and their refusals. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "failing_memory.h"
#include "suites.h"
#include "support.h"

/* Every code has a sentence of its own; no other value has one. */
START_TEST(statuses) {
    const char *unknown = pleat_status_string((enum pleat_status)(PLEAT_CANCELLED + 1));
    ck_assert_str_eq(unknown, pleat_status_string((enum pleat_status)99));
    for (int i = PLEAT_OK; i <= PLEAT_CANCELLED; i++) {
        const char *sentence = pleat_status_string((enum pleat_status)i);
        ck_assert_str_ne(sentence, unknown);
        for (int j = PLEAT_OK; j < i; j++)
            ck_assert_str_ne(sentence, pleat_status_string((enum pleat_status)j));
    }
}
END_TEST

START_TEST(details) {
    struct {
        struct pleat_error error;
        char canary[8];
    } guarded = {.canary = "canary"};
    ck_assert_int_eq(pleat__fail(&guarded.error, PLEAT_IO, "%0600d", 7), PLEAT_IO);
    ck_assert_int_eq(guarded.error.status, PLEAT_IO);
    ck_assert_uint_eq(strlen(guarded.error.message), sizeof guarded.error.message - 1);
    ck_assert_str_eq(guarded.canary, "canary");
    ck_assert_int_eq(pleat__fail(NULL, PLEAT_IO, "%d", 7), PLEAT_IO);
}
END_TEST

START_TEST(arithmetic) {
    int64_t result;
    size_t bytes;
    ck_assert(pleat__add(INT64_MAX - 1, 1, &result) && result == INT64_MAX);
    ck_assert(!pleat__add(INT64_MAX, 1, &result) && !pleat__add(INT64_MIN, -1, &result));
    ck_assert(pleat__subtract(INT64_MIN + 1, 1, &result) && result == INT64_MIN);
    ck_assert(!pleat__subtract(INT64_MIN, 1, &result) && !pleat__subtract(0, INT64_MIN, &result));
    ck_assert(pleat__multiply(INT64_C(1) << 31, INT64_C(1) << 31, &result) && result == INT64_C(1)
                                                                                            << 62);
    ck_assert(!pleat__multiply(INT64_C(1) << 32, INT64_C(1) << 31, &result));
    ck_assert(pleat__add_size(SIZE_MAX - 1, 1, &bytes) && !pleat__add_size(SIZE_MAX, 1, &bytes));
    ck_assert(!pleat__multiply_size(SIZE_MAX / 2, 3, &bytes));
    for (int64_t a = -7; a <= 7; a++) {
        const int64_t floor = pleat__floor_divide(a, 3), ceil = pleat__ceil_divide(a, 3);
        ck_assert(floor * 3 <= a && a < floor * 3 + 3 && ceil * 3 >= a && a > ceil * 3 - 3);
    }
    ck_assert(pleat__min(-1, 1) == -1 && pleat__max(-1, 1) == 1);
}
END_TEST

START_TEST(tensors) {
    const int64_t extent[] = {2, 3, 4};
    struct pleat_tensor tensor;
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, PLEAT_FLOAT64, 3, extent, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_tensor_size(&tensor), 24);
    ck_assert_uint_eq((uintptr_t)tensor.data % 64, 0);
    for (int64_t i = 0; i < 24; i++)
        ck_assert(tensor_get(&tensor, i) == 0);
    pleat_tensor_free(&tensor);
    ck_assert_ptr_null(tensor.data);
    pleat_tensor_free(&tensor);
    pleat_tensor_free(NULL);
    /* An empty tensor whatever its other extents, and a single number. */
    const int64_t empty[] = {0, INT64_MAX, INT64_MAX};
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, PLEAT_FLOAT32, 3, empty, NULL), PLEAT_OK);
    pleat_tensor_free(&tensor);
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, PLEAT_FLOAT32, 0, NULL, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_tensor_size(&tensor), 1);
    pleat_tensor_free(&tensor);
    tensor = pleat_tensor_view(NULL, PLEAT_FLOAT32, 3, (int64_t[]){INT64_MAX, INT64_MAX, 0});
    ck_assert_int_eq(pleat_tensor_size(&tensor), 0);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(types) {
    ck_assert_uint_eq(pleat_dtype_size(PLEAT_FLOAT32), 4);
    ck_assert_uint_eq(pleat_dtype_size(PLEAT_FLOAT64), 8);
    ck_assert_uint_eq(pleat_dtype_size((enum pleat_dtype)2), 0);
    ck_assert_str_eq(pleat_dtype_name(PLEAT_FLOAT32), "float32");
    ck_assert_str_eq(pleat_dtype_name(PLEAT_FLOAT64), "float64");
    ck_assert_str_eq(pleat_dtype_name((enum pleat_dtype)2), "unknown");
}
END_TEST

static const int64_t three[] = {2, 3, 4}, negative[] = {2, -3, 0};
static const int64_t too_many[] = {INT64_C(1) << 32, INT64_C(1) << 31, 1};
static const int64_t too_large[] = {INT64_C(1) << 31, INT64_C(1) << 30, 1};

static const struct {
    int dtype, rank;
    const int64_t *extent;
    enum pleat_status status;
    const char *message;
} refused[] = {
    {2, 3, three, PLEAT_INVALID_ARGUMENT, "dtype 2"},
    {0, -1, three, PLEAT_INVALID_ARGUMENT, "rank must be 0 to 5, got -1"},
    {0, 6, three, PLEAT_INVALID_ARGUMENT, "rank must be 0 to 5, got 6"},
    {0, 3, NULL, PLEAT_INVALID_ARGUMENT, "extent must not be NULL"},
    {0, 3, negative, PLEAT_INVALID_ARGUMENT, "extent[1] must not be negative, got -3"},
    {0, 3, too_many, PLEAT_SIZE_OVERFLOW, "63 bits"},
    {1, 3, too_large, PLEAT_SIZE_OVERFLOW, "size_t"},
};

START_TEST(refusals) {
    struct pleat_tensor tensor = {.rank = 77};
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, (enum pleat_dtype)refused[_i].dtype,
                                           refused[_i].rank, refused[_i].extent, &error),
                     refused[_i].status);
    ck_assert_int_eq(error.status, refused[_i].status);
    ck_assert_msg(strstr(error.message, refused[_i].message) != NULL, "'%s'", error.message);
    ck_assert_int_eq(tensor.rank, 77);
}
END_TEST

START_TEST(out_of_memory) {
    struct pleat_tensor tensor = {.rank = 77};
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_tensor_allocate(NULL, PLEAT_FLOAT32, 3, three, &error),
                     PLEAT_INVALID_ARGUMENT);
    failing_memory_arm(0);
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, PLEAT_FLOAT32, 3, three, &error),
                     PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    ck_assert_int_eq(error.status, PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(tensor.rank, 77);
    ck_assert_ptr_null(pleat__allocate(SIZE_MAX / 2, 3));
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base");
    suite_add_loop(suite, "statuses", statuses, 1);
    suite_add_loop(suite, "details", details, 1);
    suite_add_loop(suite, "arithmetic", arithmetic, 1);
    suite_add_loop(suite, "tensors", tensors, 1);
    suite_add_loop(suite, "types", types, 1);
    suite_add_loop(suite, "refusals", refusals, sizeof refused / sizeof refused[0]);
    suite_add_loop(suite, "out of memory", out_of_memory, 1);
    return run_suite(suite);
}
