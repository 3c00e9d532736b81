/* What an execution promises about bits, for any case. Real numbers are used, since integers hide an
 * order of summation. */
#ifndef CONV_PROMISES_H
#define CONV_PROMISES_H

#include "conv_case.h"

/* 1, 2 and 3 threads, and 3 with the least scratch, with a byte less than the full one and half way
 * between, give the same bits. */
void check_threads_and_scratch(const struct conv_case *c);

/* A batch of five at once, and as two and three, in reversed order: the same bits of output and
 * grad_input; parameters' gradients sum up within rounding. For a case of more than 16 images, the most
 * that a plan tells from fewer, a batch of parts of at least 16 too. */
void check_batch_split(const struct conv_case *c);

/* Any subset of gradients gives the bits of all together, leaves the others alone, and no pass
 * touches what it reads. */
void check_subsets(const struct conv_case *c);

/* A packed weight gives the bits of the weight: packed with 2 threads and used with 1 and 3, these
 * with the least scratch too, after the plan that it was packed for and the weight are gone. */
void check_packed_weight(const struct conv_case *c);

/* Forward with each function gives the bits of forward and then the function, with the weight and
 * with a packed one, for 1 and 3 threads, these with the least scratch. */
void check_activations(const struct conv_case *c);

#endif
