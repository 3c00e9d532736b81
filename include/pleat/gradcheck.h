/* Checking gradients: finite differences against what backward says, and the adjoint test. Both
 * work on any function that the caller hands over, a layer of their own included. */
#ifndef PLEAT_GRADCHECK_H
#define PLEAT_GRADCHECK_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A scalar function L of count numbers. evaluate overwrites *value with L(x[count]); a status
 * other than PLEAT_OK stops the check and is handed back. It must give the same value for the same
 * x each time. */
struct pleat_scalar_function {
    enum pleat_status (*evaluate)(void *context, const double *x, double *value);
    void *context; /* handed to evaluate as it is */
    int64_t count; /* at least 0 */
};

/* How to check a gradient. Start from pleat_gradcheck_options_init. */
struct pleat_gradcheck_options {
    double step;        /* h, above 0; see pleat_gradcheck */
    double tolerance;   /* the check passes with errors up to this; at least 0 */
    double scale;       /* below this size the error is absolute, in units of scale; above 0 */
    int64_t directions; /* 0: every element; otherwise so many random directions */
    uint64_t seed;      /* of the directions */
};

/* Returns step 6e-6 (about the cube root of the double's epsilon, which balances the truncation
 * of central differences against cancellation), tolerance 1e-6, scale 1e-4, every element,
 * seed 0. */
PLEAT_API struct pleat_gradcheck_options pleat_gradcheck_options_init(void);

/* What a check found. */
struct pleat_gradcheck_report {
    int passed;      /* 1 if no error is above the tolerance, else 0 */
    int64_t checked; /* elements or directions looked at */
    int64_t failed;  /* those of them with an error above the tolerance, or not a number */
    int64_t index;   /* the element or direction with the largest error; -1 where checked is 0 */
    double analytic; /* its derivative by gradient */
    double numeric;  /* its derivative by differences */
    double error;    /* its error; infinite where either is not finite */
};

/* Compares gradient with central differences of L around x:
 *
 *     numeric = (L(x + h e) - L(x - h e)) / 2h,   analytic = <gradient, e>,
 *     error   = |analytic - numeric| / max(|analytic|, |numeric|, scale)
 *
 * so that a wrong sign is an error of 2. For elements, e is a unit vector and h = step max(1,
 * |x_i|); along directions, e is a vector of random signs and h = step max(1, max |x_i|). The
 * displacement that rounding really left is what is divided by. L must be smooth within h of x: at
 * a kink (ReLU, PReLU, |x| at 0) the difference is the mean of two slopes and no gradient matches
 * it, so move x away from kinks. An x whose L is of size |L| gives differences that are wrong by
 * about 1e-16 |L| / h.
 *
 * x[count] [in]; gradient[count] [in], dL/dx at x; *report is overwritten. options may be NULL
 * (pleat_gradcheck_options_init). A gradient that is wrong is no error of the call: look at
 * report->passed.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, count below 0, an option outside its range.
 * PLEAT_OUT_OF_MEMORY. What evaluate returns. Cost: two evaluations an element or direction, and
 * two vectors of count doubles. Thread-safe as evaluate is. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_gradcheck(const struct pleat_scalar_function *function, const double *x,
                const double *gradient, const struct pleat_gradcheck_options *options,
                struct pleat_gradcheck_report *report, struct pleat_error *error);

/* A linear map A and what is claimed to be its adjoint. apply overwrites y[out_count] with A x,
 * adjoint overwrites x[in_count] with A* y; a status other than PLEAT_OK stops the test and is
 * handed back. */
struct pleat_linear_map {
    enum pleat_status (*apply)(void *context, const double *x, double *y);
    enum pleat_status (*adjoint)(void *context, const double *y, double *x);
    void *context;
    int64_t in_count, out_count; /* at least 0 */
};

/* What the adjoint test found. */
struct pleat_adjoint_report {
    double left;  /* <A x, y> in the worst trial */
    double right; /* <x, A* y> */
    double error; /* |left - right| / max(|A x| |y|, |x| |A* y|), Euclidean norms; 0 where both
                     products are 0, infinite where one is not finite */
};

/* Compares <A x, y> with <x, A* y> for `trials` pairs of random normal vectors from seed. For a
 * pair of true adjoints the error is a few roundings, below 1e-14 or so; for any other it is large
 * with probability 1. The map must be linear: no bias.
 *
 * *report is overwritten. PLEAT_INVALID_ARGUMENT: a pointer NULL, a count below 0, trials below 1.
 * PLEAT_OUT_OF_MEMORY. What apply or adjoint returns. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_adjoint_test(const struct pleat_linear_map *map,
                                                               int trials, uint64_t seed,
                                                               struct pleat_adjoint_report *report,
                                                               struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
