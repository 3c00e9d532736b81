/* Checking what a pass has computed against the formula. */
#ifndef PLEAT_TOOLS_BENCH_CHECK_H
#define PLEAT_TOOLS_BENCH_CHECK_H

#include "bench/subject.h"

/* How many elements of a result were compared: all of them, where that is not too long. */
struct checked {
    int64_t elements, of;
};

/* The error that is allowed, as a share of the sum of the absolute terms: float's sums in any
 * order, and fast algorithms, are well below. */
#define CHECK_TOLERANCE 1e-5

enum { CHECK_MESSAGE = 256 };

/* Compares the results of a pass, which began with subject_clear, with plain sums in double: all
 * elements, or as many at random as take some 3e7 multiply-adds, the number added to *checked.
 * Returns false, and a sentence in message, where one differs by more than CHECK_TOLERANCE. */
bool check_pass(const struct subject *subject, enum pleat_pass pass, struct checked *checked,
                char message[CHECK_MESSAGE]);

#endif
