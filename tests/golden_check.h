/* Comparing with the numbers that tests/make_goldens*.py wrote. */
#ifndef GOLDEN_CHECK_H
#define GOLDEN_CHECK_H

#include <pleat/tensor.h>

/* Fills a tensor with what tests/golden_numbers.py calls pattern(size, seed). */
void golden_fill(const struct pleat_tensor *tensor, int64_t seed);

/* The tolerance for a type: 1e-10 in double, 1e-4 in float. */
double golden_tolerance(enum pleat_dtype dtype);

/* Fails the test unless every element differs from expected[i] by at most its type's tolerance.
 * Returns the number of elements. */
int64_t golden_compare(const struct pleat_tensor *tensor, const double *expected, const char *what);

#endif
