/* The table of geometries that the operator's suites run. */
#ifndef CASES_H
#define CASES_H

#include "conv_case.h"

/* Descriptors, in conv_case_parse's text, grouped by what could break. */
extern const char *const case_table[];
extern const int case_count;

/* Every line is run in four variants: conv_transpose and its conv twin (a line that says conv is
 * run as it stands, twice), float and double. */
#define CASE_VARIANTS 4

/* Returns variant i % CASE_VARIANTS of line i / CASE_VARIANTS. */
struct conv_case case_variant(int i);

#endif
