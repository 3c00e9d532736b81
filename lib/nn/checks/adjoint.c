/* The adjoint test: <A x, y> against <x, A* y>. */
#include <math.h>
#include <stddef.h>

#include <pleat/gradcheck.h>
#include <pleat/random.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

/* x and A* y have in_count numbers, y and A x out_count. */
struct vectors {
    double *x, *adjoint_y, *y, *apply_x;
};

static double dot(int64_t count, const double *a, const double *b) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static double norm(int64_t count, const double *a) {
    return sqrt(dot(count, a, a));
}

static enum pleat_status run_trial(const struct pleat_linear_map *map, const struct vectors *v,
                                   struct pleat_random *random, struct pleat_adjoint_report *report,
                                   struct pleat_error *error) {
    for (int64_t i = 0; i < map->in_count; i++)
        v->x[i] = pleat_random_normal(random);
    for (int64_t i = 0; i < map->out_count; i++)
        v->y[i] = pleat_random_normal(random);
    enum pleat_status status = map->apply(map->context, v->x, v->apply_x);
    if (status != PLEAT_OK)
        return pleat__fail(error, status, "apply reported: %s", pleat_status_string(status));
    status = map->adjoint(map->context, v->y, v->adjoint_y);
    if (status != PLEAT_OK)
        return pleat__fail(error, status, "adjoint reported: %s", pleat_status_string(status));
    report->left = dot(map->out_count, v->apply_x, v->y);
    report->right = dot(map->in_count, v->x, v->adjoint_y);
    const double size = fmax(norm(map->out_count, v->apply_x) * norm(map->out_count, v->y),
                             norm(map->in_count, v->x) * norm(map->in_count, v->adjoint_y));
    const double difference = fabs(report->left - report->right);
    report->error = size > 0 ? difference / size : difference;
    if (!isfinite(size) || !isfinite(report->error)) /* a finite difference over infinity is 0 */
        report->error = INFINITY;
    return PLEAT_OK;
}

static enum pleat_status run_trials(const struct pleat_linear_map *map, const struct vectors *v,
                                    int trials, uint64_t seed, struct pleat_adjoint_report *worst,
                                    struct pleat_error *error) {
    struct pleat_random random = pleat_random_seed(seed);
    for (int i = 0; i < trials; i++) {
        struct pleat_adjoint_report report = {0};
        PLEAT__TRY(run_trial(map, v, &random, &report, error));
        if (i == 0 || report.error > worst->error)
            *worst = report;
    }
    return PLEAT_OK;
}

enum pleat_status pleat_adjoint_test(const struct pleat_linear_map *map, int trials, uint64_t seed,
                                     struct pleat_adjoint_report *report,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(map, error);
    PLEAT__REQUIRE(map->apply, error);
    PLEAT__REQUIRE(map->adjoint, error);
    PLEAT__REQUIRE(report, error);
    if (map->in_count < 0 || map->out_count < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "in_count and out_count must be at least 0, got %lld and %lld",
                           (long long)map->in_count, (long long)map->out_count);
    if (trials < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "trials must be at least 1, got %d",
                           trials);
    int64_t count;
    double *memory = NULL;
    if (pleat__add(map->in_count, map->out_count, &count))
        memory = pleat__allocate((size_t)count, 2 * sizeof *memory);
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for two inputs and two outputs");
    const struct vectors v = {.x = memory,
                              .adjoint_y = memory + map->in_count,
                              .y = memory + 2 * map->in_count,
                              .apply_x = memory + 2 * map->in_count + map->out_count};
    struct pleat_adjoint_report worst = {0};
    const enum pleat_status status = run_trials(map, &v, trials, seed, &worst, error);
    pleat__free(memory);
    if (status == PLEAT_OK)
        *report = worst;
    return status;
}
