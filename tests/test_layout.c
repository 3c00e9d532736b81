/* The layout of buffers: random lives and sizes, against what it promises. */
#include <check.h>
#include <stdlib.h>

#include <pleat/random.h>

#include "base/memory.h"
#include "nn/model/layout.h"
#include "suites.h"

enum { BUFFERS = 60, STEPS = 40 };

static bool lives(const struct pleat__buffer *b) {
    return b->first <= b->last;
}

static bool meet(const struct pleat__buffer *a, const struct pleat__buffer *b) {
    return lives(a) && lives(b) && a->first <= b->last && b->first <= a->last;
}

static bool overlap(const struct pleat__buffer *a, const struct pleat__buffer *b, size_t offset) {
    return b->offset < offset + a->bytes && offset < b->offset + b->bytes;
}

/* Whether a would have been placed when b was there. */
static bool comes_after(const struct pleat__buffer *a, const struct pleat__buffer *b) {
    return b->bytes > a->bytes || (b->bytes == a->bytes && b < a);
}

/* Whether a larger buffer is in the way of a at that offset. */
static bool is_taken(const struct pleat__buffer *buffer, const struct pleat__buffer *a,
                     size_t offset) {
    for (int i = 0; i < BUFFERS; i++)
        if (comes_after(a, &buffer[i]) && meet(a, &buffer[i]) && overlap(a, &buffer[i], offset))
            return true;
    return false;
}

START_TEST(promises) {
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    struct pleat__buffer buffer[BUFFERS];
    size_t total = 0, end = 0;
    for (int i = 0; i < BUFFERS; i++) {
        const int first = (int)pleat_random_below(&random, STEPS);
        buffer[i] = (struct pleat__buffer){.bytes = pleat_random_below(&random, 1000) + 1,
                                           .first = first,
                                           .last = first + (int)pleat_random_below(&random, 9) - 1};
    }
    ck_assert(pleat__layout(buffer, BUFFERS, &total));
    for (int i = 0; i < BUFFERS; i++) {
        const struct pleat__buffer *a = &buffer[i];
        if (!lives(a))
            continue;
        ck_assert_uint_eq(a->offset % PLEAT__ALIGNMENT, 0);
        ck_assert_uint_eq(a->bytes % PLEAT__ALIGNMENT, 0);
        for (int j = 0; j < i; j++)
            ck_assert(!meet(a, &buffer[j]) || !overlap(a, &buffer[j], a->offset));
        for (size_t lower = 0; lower < a->offset; lower += PLEAT__ALIGNMENT)
            ck_assert_msg(is_taken(buffer, a, lower), "buffer %d could lie at %zu", i, lower);
        end = a->offset + a->bytes > end ? a->offset + a->bytes : end;
    }
    ck_assert_uint_eq(total, end);
}
END_TEST

START_TEST(overflow) {
    struct pleat__buffer buffer[2] = {{.bytes = SIZE_MAX / 2 + 1, .last = 1},
                                      {.bytes = SIZE_MAX / 2 + 1, .last = 1}};
    size_t total;
    ck_assert(!pleat__layout(buffer, 2, &total));
    buffer[0].bytes = SIZE_MAX - 1;
    ck_assert(!pleat__layout(buffer, 1, &total));
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("layout");
    suite_add_loop(result, "promises", promises, 20);
    suite_add_loop(result, "overflow", overflow, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
