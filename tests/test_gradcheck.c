/* The gradient checker must find what is wrong, and only that; so must the adjoint test. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

enum { COUNT = 5 };

/* L(x) = sum of (i + 1) sin(x[i]) + x[0] x[4]; calls are counted, and fail from fail_at on. */
struct sines {
    long calls, fail_at;
};

static enum pleat_status sines(void *context, const double *x, double *value) {
    struct sines *s = context;
    if (s != NULL && ++s->calls > s->fail_at)
        return PLEAT_CANCELLED;
    *value = x[0] * x[4];
    for (int i = 0; i < COUNT; i++)
        *value += (i + 1) * sin(x[i]);
    return PLEAT_OK;
}

static const double point[COUNT] = {0.3, -1.2, 100, 1e-3, -0.7};

static void right_gradient(double gradient[COUNT]) {
    for (int i = 0; i < COUNT; i++)
        gradient[i] = (i + 1) * cos(point[i]);
    gradient[0] += point[4];
    gradient[4] += point[0];
}

static const struct pleat_scalar_function function = {sines, NULL, COUNT};

START_TEST(right_gradient_passes) {
    double gradient[COUNT];
    right_gradient(gradient);
    struct pleat_gradcheck_options options = pleat_gradcheck_options_init();
    options.directions = _i == 0 ? 0 : 20;
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, point, gradient, &options, &report);
    ck_assert_int_eq(report.passed, 1);
    ck_assert_int_eq(report.failed, 0);
    ck_assert_int_eq(report.checked, _i == 0 ? COUNT : 20);
    ck_assert(report.index >= 0 && report.error < 1e-7);
}
END_TEST

/* Mistakes in one element: the report names it. */
static double wrong_sign(double x) {
    return -x;
}

static double half(double x) {
    return 0.5 * x;
}

static double slightly(double x) {
    return x * (1 + 1e-5);
}

static double forgotten(double x) {
    return 0 * x;
}

static double not_a_number(double x) {
    return x * (double)NAN;
}

static const struct mistake {
    double (*spoil)(double x);
    double error;
} mistakes[] = {
    {wrong_sign, 2}, {half, 0.5}, {slightly, 1e-5}, {forgotten, 1}, {not_a_number, INFINITY},
};

START_TEST(wrong_gradient_fails) {
    const struct mistake *m = &mistakes[_i / COUNT];
    const int element = _i % COUNT;
    double gradient[COUNT];
    right_gradient(gradient);
    const double right = gradient[element];
    gradient[element] = m->spoil(right);
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, point, gradient, NULL, &report);
    ck_assert_int_eq(report.passed, 0);
    ck_assert_int_eq(report.failed, 1);
    ck_assert_int_eq(report.index, element);
    ck_assert(fabs(report.numeric - right) < 1e-6 * fabs(right));
    ck_assert(report.error == m->error || fabs(report.error - m->error) < 1e-2 * m->error);
    ck_assert(isnan(m->spoil(1)) || report.analytic == gradient[element]);

    struct pleat_gradcheck_options options = pleat_gradcheck_options_init();
    options.directions = 10;
    options.seed = 3;
    OK(pleat_gradcheck, &function, point, gradient, &options, &report);
    ck_assert_int_eq(report.passed, 0);
}
END_TEST

/* A gradient with every sign wrong has the right absolute values. */
START_TEST(opposite_gradient_fails) {
    double gradient[COUNT];
    right_gradient(gradient);
    for (int i = 0; i < COUNT; i++)
        gradient[i] = -gradient[i];
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, point, gradient, NULL, &report);
    ck_assert_int_eq(report.failed, COUNT);
    ck_assert(fabs(report.error - 2) < 1e-6);
}
END_TEST

START_TEST(callback_stops_it) {
    struct sines s = {.fail_at = _i};
    const struct pleat_scalar_function stopping = {sines, &s, COUNT};
    double gradient[COUNT];
    right_gradient(gradient);
    struct pleat_gradcheck_options options = pleat_gradcheck_options_init();
    for (options.directions = 0; options.directions <= COUNT; options.directions += COUNT) {
        struct pleat_gradcheck_report report = {.checked = 77};
        s.calls = 0;
        REFUSED(PLEAT_CANCELLED, "evaluate", pleat_gradcheck, &stopping, point, gradient, &options,
                &report);
        ck_assert_int_eq(report.checked, 77);
        ck_assert_int_eq(s.calls, _i + 1);
    }
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(refusals) {
    double gradient[COUNT] = {0};
    struct pleat_gradcheck_report report;
    const struct pleat_gradcheck_options good = pleat_gradcheck_options_init();
    struct pleat_gradcheck_options options;
    const struct pleat_scalar_function no_evaluate = {NULL, NULL, COUNT},
                                       negative = {sines, NULL, -1};
    const enum pleat_status bad = PLEAT_INVALID_ARGUMENT;
    REFUSED(bad, "function", pleat_gradcheck, NULL, point, gradient, NULL, &report);
    REFUSED(bad, "evaluate", pleat_gradcheck, &no_evaluate, point, gradient, NULL, &report);
    REFUSED(bad, "x", pleat_gradcheck, &function, NULL, gradient, NULL, &report);
    REFUSED(bad, "gradient", pleat_gradcheck, &function, point, NULL, NULL, &report);
    REFUSED(bad, "report", pleat_gradcheck, &function, point, gradient, NULL, NULL);
    REFUSED(bad, "count", pleat_gradcheck, &negative, point, gradient, NULL, &report);
    options = good;
    options.step = 0;
    REFUSED(bad, "step", pleat_gradcheck, &function, point, gradient, &options, &report);
    options = good;
    options.tolerance = NAN;
    REFUSED(bad, "tolerance", pleat_gradcheck, &function, point, gradient, &options, &report);
    options = good;
    options.scale = 0;
    REFUSED(bad, "scale", pleat_gradcheck, &function, point, gradient, &options, &report);
    options = good;
    options.directions = -1;
    REFUSED(bad, "directions", pleat_gradcheck, &function, point, gradient, &options, &report);
    failing_memory_arm(0);
    REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_gradcheck, &function, point, gradient, NULL, &report);
    failing_memory_arm(-1);
    const struct pleat_scalar_function empty = {sines, NULL, 0};
    OK(pleat_gradcheck, &empty, point, gradient, NULL, &report);
    ck_assert(report.passed == 1 && report.checked == 0 && report.index == -1);
}
END_TEST

/* A 3 x 2 matrix and what is, or is not, its transpose. */
struct matrix {
    double a[3][2], b[3][2];
    enum pleat_status apply_status, adjoint_status;
};

static enum pleat_status apply_matrix(void *context, const double *x, double *y) {
    const struct matrix *m = context;
    for (int i = 0; i < 3; i++)
        y[i] = m->a[i][0] * x[0] + m->a[i][1] * x[1];
    return m->apply_status;
}

static enum pleat_status apply_transpose(void *context, const double *y, double *x) {
    const struct matrix *m = context;
    for (int i = 0; i < 2; i++)
        x[i] = m->b[0][i] * y[0] + m->b[1][i] * y[1] + m->b[2][i] * y[2];
    return m->adjoint_status;
}

START_TEST(adjoint_of_a_matrix) {
    struct matrix m = {.a = {{1, 2}, {-3, 4}, {5, 0.5}}, .b = {{1, 2}, {-3, 4}, {5, 0.5}}};
    const struct pleat_linear_map map = {apply_matrix, apply_transpose, &m, 2, 3};
    struct pleat_adjoint_report report;
    OK(pleat_adjoint_test, &map, 5, 1, &report);
    ck_assert(report.error < 1e-15 && fabs(report.left - report.right) < 1e-14);
    for (int i = 0; i < 6; i++) {
        double *entry = &m.b[i / 2][i % 2];
        const double right = *entry;
        *entry = -right;
        OK(pleat_adjoint_test, &map, 5, 1, &report);
        ck_assert_msg(report.error > 1e-3, "entry %d: error %g", i, report.error);
        *entry = NAN;
        OK(pleat_adjoint_test, &map, 5, 1, &report);
        ck_assert(isinf(report.error));
        *entry = right;
    }
    /* Dots that fit in a double, norms that do not: no pass, though the signs are opposite. */
    for (int i = 0; i < 6; i++) {
        m.a[i / 2][i % 2] = 1e200;
        m.b[i / 2][i % 2] = -1e200;
    }
    OK(pleat_adjoint_test, &map, 5, 1, &report);
    ck_assert(isfinite(report.left) && isfinite(report.right) && isinf(report.error));
    memset(m.a, 0, sizeof m.a);
    memset(m.b, 0, sizeof m.b);
    OK(pleat_adjoint_test, &map, 1, 1, &report);
    ck_assert(report.error == 0);
}
END_TEST

START_TEST(adjoint_refusals) {
    struct matrix m = {.a = {{1}}};
    const struct pleat_linear_map good = {apply_matrix, apply_transpose, &m, 2, 3};
    struct pleat_linear_map map = good;
    struct pleat_adjoint_report report;
    const enum pleat_status bad = PLEAT_INVALID_ARGUMENT;
    REFUSED(bad, "map", pleat_adjoint_test, NULL, 1, 0, &report);
    REFUSED(bad, "report", pleat_adjoint_test, &good, 1, 0, NULL);
    REFUSED(bad, "trials", pleat_adjoint_test, &good, 0, 0, &report);
    map.apply = NULL;
    REFUSED(bad, "apply", pleat_adjoint_test, &map, 1, 0, &report);
    map = good;
    map.adjoint = NULL;
    REFUSED(bad, "adjoint", pleat_adjoint_test, &map, 1, 0, &report);
    map = good;
    map.out_count = -1;
    REFUSED(bad, "out_count", pleat_adjoint_test, &map, 1, 0, &report);
    map.in_count = map.out_count = INT64_MAX;
    REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_adjoint_test, &map, 1, 0, &report);
    m.apply_status = PLEAT_IO;
    REFUSED(PLEAT_IO, "apply", pleat_adjoint_test, &good, 1, 0, &report);
    m.apply_status = PLEAT_OK;
    m.adjoint_status = PLEAT_IO;
    REFUSED(PLEAT_IO, "adjoint", pleat_adjoint_test, &good, 1, 0, &report);
    failing_memory_arm(0);
    REFUSED(PLEAT_OUT_OF_MEMORY, "", pleat_adjoint_test, &good, 1, 0, &report);
    failing_memory_arm(-1);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A plan's forward without bias, and its input gradient. */
struct plan_map {
    struct pleat_plan *plan;
    struct pleat_tensor input, weight, output;
    void *scratch;
    size_t scratch_bytes;
};

static enum pleat_status plan_apply(void *context, const double *x, double *y) {
    struct plan_map *map = context;
    const struct pleat_tensor input =
        pleat_tensor_view(x, PLEAT_FLOAT64, map->input.rank, map->input.extent);
    const struct pleat_tensor output =
        pleat_tensor_view(y, PLEAT_FLOAT64, map->output.rank, map->output.extent);
    return pleat_plan_forward(map->plan, &input, &map->weight, NULL, &output, map->scratch,
                              map->scratch_bytes, NULL);
}

static enum pleat_status plan_adjoint(void *context, const double *y, double *x) {
    struct plan_map *map = context;
    const struct pleat_tensor input =
        pleat_tensor_view(x, PLEAT_FLOAT64, map->input.rank, map->input.extent);
    const struct pleat_tensor output =
        pleat_tensor_view(y, PLEAT_FLOAT64, map->output.rank, map->output.extent);
    return pleat_plan_backward(map->plan, NULL, &map->weight, &output, &input, NULL, NULL,
                               map->scratch, map->scratch_bytes, NULL);
}

START_TEST(adjoint_of_a_plan) {
    const enum pleat_operator op = _i == 0 ? PLEAT_CONV : PLEAT_CONV_TRANSPOSE;
    struct pleat_conv_params params = pleat_conv_params_init(2, 4, 6, 3, 2, 1);
    params.groups = 2;
    params.axis[0].dilation = 2;
    params.axis[1].padding_end = 0;
    const struct pleat_plan_options options = {.dtype = PLEAT_FLOAT64, .threads = 1};
    struct plan_map map;
    OK(pleat_plan_create, &map.plan, op, &params, (int64_t[]){8, 7}, &options);
    int64_t extent[PLEAT_MAX_RANK];
    int rank = pleat_plan_input_extent(map.plan, 3, extent);
    map.input = pleat_tensor_view(NULL, PLEAT_FLOAT64, rank, extent);
    rank = pleat_plan_output_extent(map.plan, 3, extent);
    map.output = pleat_tensor_view(NULL, PLEAT_FLOAT64, rank, extent);
    rank = pleat_plan_weight_extent(map.plan, extent);
    OK(pleat_tensor_allocate, &map.weight, PLEAT_FLOAT64, rank, extent);
    struct pleat_random random = pleat_random_seed(5);
    fill_reals(&map.weight, &random);
    map.scratch_bytes = pleat_plan_scratch_size(map.plan, PLEAT_FORWARD, NULL) +
                        pleat_plan_scratch_size(map.plan, PLEAT_BACKWARD, NULL);
    map.scratch = malloc(map.scratch_bytes);
    const struct pleat_linear_map linear = {plan_apply, plan_adjoint, &map,
                                            pleat_tensor_size(&map.input),
                                            pleat_tensor_size(&map.output)};
    struct pleat_adjoint_report report;
    OK(pleat_adjoint_test, &linear, 3, 9, &report);
    ck_assert_msg(report.error < 1e-14, "<A x, y> = %.17g, <x, A* y> = %.17g", report.left,
                  report.right);
    ck_assert(report.left != 0);
    free(map.scratch);
    pleat_tensor_free(&map.weight);
    pleat_plan_free(map.plan);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("gradcheck");
    suite_add_loop(result, "right gradient", right_gradient_passes, 2);
    suite_add_loop(result, "wrong gradient", wrong_gradient_fails,
                   COUNT * sizeof mistakes / sizeof *mistakes);
    suite_add_loop(result, "opposite gradient", opposite_gradient_fails, 1);
    suite_add_loop(result, "callback stops", callback_stops_it, 2 * COUNT);
    suite_add_loop(result, "refusals", refusals, 1);
    suite_add_loop(result, "adjoint of a matrix", adjoint_of_a_matrix, 1);
    suite_add_loop(result, "adjoint refusals", adjoint_refusals, 1);
    suite_add_loop(result, "adjoint of a plan", adjoint_of_a_plan, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
