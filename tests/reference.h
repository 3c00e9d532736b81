/* The oracle: what the operators are, written as plainly as possible. Nested loops in gather form
 * (each result asks which terms reach it), in double, with no BLAS, no im2col and nothing shared
 * with the library. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "conv_case.h"

/* Each computes one result from arrays of the extents in pleat/conv.h, and the sum of the absolute
 * values of the terms that made each element, into terms unless it is NULL. Results are
 * overwritten. bias may be NULL. */
void reference_forward(const struct conv_case *c, const double *input, const double *weight,
                       const double *bias, double *output, double *terms);
void reference_grad_input(const struct conv_case *c, const double *weight,
                          const double *grad_output, double *grad_input, double *terms);
void reference_grad_weight(const struct conv_case *c, const double *input,
                           const double *grad_output, double *grad_weight, double *terms);
void reference_grad_bias(const struct conv_case *c, const double *grad_output, double *grad_bias,
                         double *terms);

/* The same for one element of a result, by its index: for results too large to be computed whole.
 * The value is returned, its terms stored in *terms. */
double reference_output_at(const struct conv_case *c, const double *input, const double *weight,
                           const double *bias, int64_t index, double *terms);
double reference_grad_input_at(const struct conv_case *c, const double *weight,
                               const double *grad_output, int64_t index, double *terms);
double reference_grad_weight_at(const struct conv_case *c, const double *input,
                                const double *grad_output, int64_t index, double *terms);
double reference_grad_bias_at(const struct conv_case *c, const double *grad_output, int64_t index,
                              double *terms);

#endif
