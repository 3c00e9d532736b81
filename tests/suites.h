/* The frame of a check program. */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

/* Adds a test case of its own name with one test, run for _i = 0..count-1, with a minute for each
 * run. */
void suite_add_loop(Suite *suite, const char *name, const TTest *test, int count);

/* Runs the suite and returns what main should: EXIT_SUCCESS, or EXIT_FAILURE where any test
 * failed. */
int run_suite(Suite *suite);

/* The exit status that tells automake that a test was skipped. */
enum { EXIT_SKIP = 77 };

#endif
