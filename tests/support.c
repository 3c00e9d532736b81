/* Fillers and comparisons. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

double tensor_get(const struct pleat_tensor *tensor, int64_t i) {
    return tensor->dtype == PLEAT_FLOAT32 ? (double)((const float *)tensor->data)[i]
                                          : ((const double *)tensor->data)[i];
}

void tensor_set(const struct pleat_tensor *tensor, int64_t i, double value) {
    if (tensor->dtype == PLEAT_FLOAT32)
        ((float *)tensor->data)[i] = (float)value;
    else
        ((double *)tensor->data)[i] = value;
}

void fill_integers(const struct pleat_tensor *tensor, struct pleat_random *random) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, (double)pleat_random_below(random, 9) - 4);
}

void fill_reals(const struct pleat_tensor *tensor, struct pleat_random *random) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, 2 * pleat_random_uniform(random) - 1);
}

void fill_value(const struct pleat_tensor *tensor, double value) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, value);
}

void fill_nan(const struct pleat_tensor *tensor) {
    fill_value(tensor, (double)NAN);
}

double *tensor_to_double(const struct pleat_tensor *tensor) {
    const int64_t size = pleat_tensor_size(tensor);
    double *copy = malloc((size_t)size * sizeof *copy + 1);
    ck_assert_ptr_nonnull(copy);
    for (int64_t i = 0; i < size; i++)
        copy[i] = tensor_get(tensor, i);
    return copy;
}

static size_t byte_count(const struct pleat_tensor *tensor) {
    return (size_t)pleat_tensor_size(tensor) * pleat_dtype_size(tensor->dtype);
}

void *tensor_bytes(const struct pleat_tensor *tensor) {
    void *copy = malloc(byte_count(tensor) + 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, tensor->data, byte_count(tensor));
    return copy;
}

void assert_bytes(const struct pleat_tensor *tensor, const void *bytes, const char *what) {
    const unsigned char *now = tensor->data, *then = bytes;
    if (memcmp(now, then, byte_count(tensor)) == 0)
        return;
    size_t at = 0;
    while (now[at] == then[at])
        at++;
    at /= pleat_dtype_size(tensor->dtype);
    ck_abort_msg("%s: element %zu is %.17g, and not bit for bit what it was", what, at,
                 tensor_get(tensor, (int64_t)at));
}

/* check notes every assertion in a file: in loops we assert failures alone. */

void assert_exact(const struct pleat_tensor *tensor, const double *expected, const char *what) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        if (!(tensor_get(tensor, i) == expected[i]))
            ck_abort_msg("%s: element %lld is %.17g and must be %.17g", what, (long long)i,
                         tensor_get(tensor, i), expected[i]);
}

void assert_close(const struct pleat_tensor *tensor, const double *expected, const double *terms,
                  double tolerance, const char *what) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++) {
        const double got = tensor_get(tensor, i);
        if (!isfinite(expected[i]) || !(fabs(got - expected[i]) <= tolerance * terms[i]))
            ck_abort_msg("%s: element %lld is %.17g and must be %.17g within %.3g", what,
                         (long long)i, got, expected[i], tolerance * terms[i]);
    }
}

double inner_product(const struct pleat_tensor *a, const struct pleat_tensor *b) {
    double sum = 0;
    for (int64_t i = 0; i < pleat_tensor_size(a); i++)
        sum += tensor_get(a, i) * tensor_get(b, i);
    return sum;
}

double dtype_epsilon(enum pleat_dtype dtype) {
    return dtype == PLEAT_FLOAT32 ? (double)FLT_EPSILON : DBL_EPSILON;
}

uint64_t environment_number(const char *name, uint64_t fallback) {
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : fallback;
}
