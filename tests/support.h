/* What most tests need: filling tensors, reading them, comparing them. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <stdbool.h>

#include <pleat/random.h>
#include <pleat/tensor.h>

/* The largest integer below which float sums are exact in any order, 2^24; double sums are
 * tested with the same numbers. */
#define EXACT_LIMIT 16777216.0

/* Element i of a tensor, in double. */
double tensor_get(const struct pleat_tensor *tensor, int64_t i);
void tensor_set(const struct pleat_tensor *tensor, int64_t i, double value);

/* Fillers: integers uniform in -4..4; reals uniform in [-1, 1); NaN; one value. */
void fill_integers(const struct pleat_tensor *tensor, struct pleat_random *random);
void fill_reals(const struct pleat_tensor *tensor, struct pleat_random *random);
void fill_nan(const struct pleat_tensor *tensor);
void fill_value(const struct pleat_tensor *tensor, double value);

/* Returns the elements in double; freed by free. */
double *tensor_to_double(const struct pleat_tensor *tensor);

/* Returns a copy of the tensor's bytes, freed by free, and fails the test where the tensor no
 * longer equals such a copy, bit for bit. */
void *tensor_bytes(const struct pleat_tensor *tensor);
void assert_bytes(const struct pleat_tensor *tensor, const void *bytes, const char *what);

/* Fail the test unless every element equals expected[i] (NaN never does); or differs from it by no
 * more than tolerance times terms[i], the sum of the absolute values that were added up. The
 * message begins with what. */
void assert_exact(const struct pleat_tensor *tensor, const double *expected, const char *what);
void assert_close(const struct pleat_tensor *tensor, const double *expected, const double *terms,
                  double tolerance, const char *what);

/* Returns the sum of a[i] b[i], in double. */
double inner_product(const struct pleat_tensor *a, const struct pleat_tensor *b);

/* Returns the machine epsilon of the type. */
double dtype_epsilon(enum pleat_dtype dtype);

/* Reads an environment variable as a non-negative number; fallback where it is not set. */
uint64_t environment_number(const char *name, uint64_t fallback);

#endif
