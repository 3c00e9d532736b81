/* Central differences against an analytic gradient. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <pleat/gradcheck.h>
#include <pleat/random.h>

#include "base/error.h"
#include "base/memory.h"

struct pleat_gradcheck_options pleat_gradcheck_options_init(void) {
    return (struct pleat_gradcheck_options){.step = 6e-6, .tolerance = 1e-6, .scale = 1e-4};
}

/* One check: moved is x displaced along e, and direction is e. */
struct check {
    const struct pleat_scalar_function *function;
    const double *x, *gradient;
    const struct pleat_gradcheck_options *options;
    double *moved, *direction;
    struct pleat_gradcheck_report report;
};

static enum pleat_status check_options(const struct pleat_gradcheck_options *options,
                                       struct pleat_error *error) {
    if (!(options->step > 0) || !isfinite(options->step))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "step must be above 0, got %g",
                           options->step);
    if (!(options->tolerance >= 0))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "tolerance must be at least 0, got %g",
                           options->tolerance);
    if (!(options->scale > 0) || !isfinite(options->scale))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "scale must be above 0, got %g",
                           options->scale);
    if (options->directions < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "directions must be at least 0, got %lld",
                           (long long)options->directions);
    return PLEAT_OK;
}

static enum pleat_status evaluate(const struct check *check, double *value,
                                  struct pleat_error *error) {
    const enum pleat_status status =
        check->function->evaluate(check->function->context, check->moved, value);
    if (status != PLEAT_OK)
        return pleat__fail(error, status, "evaluate reported: %s", pleat_status_string(status));
    return PLEAT_OK;
}

/* Enters one derivative into the report. */
static void record(struct check *check, double analytic, double numeric) {
    struct pleat_gradcheck_report *report = &check->report;
    const double size = fmax(fmax(fabs(analytic), fabs(numeric)), check->options->scale);
    double error = fabs(analytic - numeric) / size;
    if (!isfinite(error))
        error = INFINITY;
    if (!(error <= check->options->tolerance))
        report->failed++;
    if (report->index < 0 || error > report->error) {
        report->index = report->checked;
        report->analytic = analytic;
        report->numeric = numeric;
        report->error = error;
    }
    report->checked++;
}

/* Both derivatives for a displacement of x[i]. */
static enum pleat_status check_element(struct check *check, int64_t i, struct pleat_error *error) {
    const double x = check->x[i], h = check->options->step * fmax(1, fabs(x));
    const volatile double above = x + h, below = x - h; /* rounded to double on every machine */
    double right, left;
    check->moved[i] = above;
    PLEAT__TRY(evaluate(check, &right, error));
    check->moved[i] = below;
    PLEAT__TRY(evaluate(check, &left, error));
    check->moved[i] = x;
    record(check, check->gradient[i], (right - left) / (above - below));
    return PLEAT_OK;
}

/* Both derivatives along a vector of random signs. */
static enum pleat_status check_direction(struct check *check, double h, struct pleat_random *random,
                                         struct pleat_error *error) {
    const int64_t count = check->function->count;
    double right, left, analytic = 0;
    for (int64_t i = 0; i < count; i++) {
        check->direction[i] = (pleat_random_bits(random) >> 63) != 0 ? h : -h;
        check->moved[i] = check->x[i] + check->direction[i];
    }
    PLEAT__TRY(evaluate(check, &right, error));
    for (int64_t i = 0; i < count; i++) {
        const volatile double above = check->moved[i], below = check->x[i] - check->direction[i];
        analytic += check->gradient[i] * ((above - below) / (2 * h));
        check->moved[i] = below;
    }
    PLEAT__TRY(evaluate(check, &left, error));
    record(check, analytic, (right - left) / (2 * h));
    return PLEAT_OK;
}

static enum pleat_status check_all(struct check *check, struct pleat_error *error) {
    const int64_t count = check->function->count;
    double largest = 1;
    for (int64_t i = 0; i < count; i++) {
        check->moved[i] = check->x[i];
        largest = fmax(largest, fabs(check->x[i]));
    }
    if (check->options->directions == 0)
        for (int64_t i = 0; i < count; i++)
            PLEAT__TRY(check_element(check, i, error));
    struct pleat_random random = pleat_random_seed(check->options->seed);
    const double h = check->options->step * largest;
    for (int64_t i = 0; i < check->options->directions && count > 0; i++)
        PLEAT__TRY(check_direction(check, h, &random, error));
    check->report.passed = check->report.failed == 0;
    return PLEAT_OK;
}

enum pleat_status pleat_gradcheck(const struct pleat_scalar_function *function, const double *x,
                                  const double *gradient,
                                  const struct pleat_gradcheck_options *options,
                                  struct pleat_gradcheck_report *report,
                                  struct pleat_error *error) {
    PLEAT__REQUIRE(function, error);
    PLEAT__REQUIRE(function->evaluate, error);
    PLEAT__REQUIRE(x, error);
    PLEAT__REQUIRE(gradient, error);
    PLEAT__REQUIRE(report, error);
    const struct pleat_gradcheck_options defaults = pleat_gradcheck_options_init();
    if (options == NULL)
        options = &defaults;
    PLEAT__TRY(check_options(options, error));
    if (function->count < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "count must be at least 0, got %lld",
                           (long long)function->count);
    const size_t count = (size_t)function->count;
    double *vectors = pleat__allocate(count, 2 * sizeof *vectors);
    if (vectors == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for 2 vectors of %zu numbers",
                           count);
    struct check check = {.function = function,
                          .x = x,
                          .gradient = gradient,
                          .options = options,
                          .moved = vectors,
                          .direction = vectors + count,
                          .report = {.index = -1}};
    const enum pleat_status status = check_all(&check, error);
    pleat__free(vectors);
    if (status == PLEAT_OK)
        *report = check.report;
    return status;
}
