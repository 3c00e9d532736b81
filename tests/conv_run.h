/* A case with its plan and its tensors, ready to be executed: every buffer guarded. */
#ifndef CONV_RUN_H
#define CONV_RUN_H

#include "conv_case.h"
#include "guarded.h"
#include "support.h"

struct conv_run {
    struct conv_case c;
    char text[CONV_CASE_TEXT]; /* the descriptor, for messages */
    struct pleat_plan *plan;
    struct pleat_tensor input, weight, bias, output;
    struct pleat_tensor grad_input, grad_weight, grad_bias, grad_output;
};

typedef void filler(const struct pleat_tensor *tensor, struct pleat_random *random);

/* Makes the case's plan for that many threads. */
enum pleat_status conv_run_plan(const struct conv_case *c, int threads, struct pleat_plan **plan,
                                struct pleat_error *error);

/* Makes the plan, for that many threads (0: OpenMP's number), and the tensors: input, weight, bias
 * and grad_output filled from the case's seed; output and grad_input NaN; grad_weight and grad_bias
 * small integers, so that adding and overwriting differ. Fails the test on any error, and where
 * the plan's extents are not the case's. */
void conv_run_begin(struct conv_run *run, const struct conv_case *c, int threads, filler *fill);

/* Frees everything, after checking the guards. */
void conv_run_end(struct conv_run *run);

enum { WANT_INPUT = 1, WANT_WEIGHT = 2, WANT_BIAS = 4, WANT_ALL = 7 };

/* Execute with scratch_bytes of NaN, and fail the test on any error. The bias is passed where the
 * case has one. What the wanted gradients do not need is passed as NULL. */
void conv_run_forward(struct conv_run *run, size_t scratch_bytes);
void conv_run_forward_packed(struct conv_run *run, const struct pleat_packed_weight *weight,
                             size_t scratch_bytes);
void conv_run_backward(struct conv_run *run, int wanted, size_t scratch_bytes);

/* The same with an activation, and with the run's weight where packed is NULL. */
void conv_run_activated(struct conv_run *run, const struct pleat_packed_weight *packed,
                        const struct pleat_activation *activation, size_t scratch_bytes);

/* Packs the run's weight; fails the test on any error. To be freed. */
struct pleat_packed_weight *conv_run_pack(const struct conv_run *run);

/* Returns the scratch of full speed, and of the least. */
size_t conv_run_scratch(const struct conv_run *run, enum pleat_pass pass);
size_t conv_run_minimum(const struct conv_run *run, enum pleat_pass pass);

/* What the oracle makes of the tensors as they are: results, and the sums of |terms|. For the
 * parameters' gradients the tensor's present value is added: ask before executing. */
struct expected {
    double *value, *terms;
};
struct expected expected_output(const struct conv_run *run);
struct expected expected_grad_input(const struct conv_run *run);
struct expected expected_grad_weight(const struct conv_run *run);
struct expected expected_grad_bias(const struct conv_run *run);
void expected_free(struct expected *expected);

/* Whether the errors of a result (one of the run's tensors) are relative to its largest sum of
 * |terms|, not to each element's own: where the plan computes it by Winograd's method, whether that
 * was forced or chosen. Its transforms mix neighbouring pixels and taps. */
bool conv_run_levels(const struct conv_run *run, const struct pleat_tensor *result);

/* Compares a result (one of the run's tensors) with what was expected and frees the latter: with
 * tolerance 0 exactly, and fails the test where a sum of |terms| reaches EXACT_LIMIT. */
void assert_expected(const struct conv_run *run, const struct pleat_tensor *result,
                     struct expected *expected, double tolerance, const char *name);

/* The error that real numbers are allowed, as a multiple of the machine epsilon and of the sum of
 * |terms| (or of the largest one: conv_run_levels). */
#define REAL_TOLERANCE 16
double real_tolerance(const struct conv_case *c);

/* Compares forward and all gradients of a case with the oracle: on integers exactly, or on reals
 * within REAL_TOLERANCE. */
void check_against_oracle(const struct conv_case *c, int threads, bool reals);

#endif
