/* Losses that compare element by element: values by their formulas, gradients by differences, both
 * against PyTorch, and what they refuse. */
#include <math.h>
#include <stdlib.h>

#include <omp.h>

#include "failing_memory.h"
#include "golden_check.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

typedef enum pleat_status loss_function(const struct pleat_tensor *prediction,
                                        const struct pleat_tensor *target, double *value,
                                        const struct pleat_tensor *grad, struct pleat_error *error);

enum { COUNT = 21 }; /* no multiple of the eight parts of a sum */

#define EPSILON 0.1 /* of Charbonnier's loss */

static enum pleat_status charbonnier(const struct pleat_tensor *prediction,
                                     const struct pleat_tensor *target, double *value,
                                     const struct pleat_tensor *grad, struct pleat_error *error) {
    return pleat_loss_charbonnier(prediction, target, EPSILON, value, grad, error);
}

/* The term of one element and its derivative, by the formulas as they are read. */
static double mse_term(double x, double t) {
    return (x - t) * (x - t);
}

static double mse_slope(double x, double t) {
    return 2 * (x - t);
}

static double l1_term(double x, double t) {
    return fabs(x - t);
}

static double l1_slope(double x, double t) {
    return x > t ? 1 : x < t ? -1 : 0;
}

static double charbonnier_term(double x, double t) {
    return sqrt((x - t) * (x - t) + EPSILON * EPSILON);
}

static double charbonnier_slope(double x, double t) {
    return (x - t) / charbonnier_term(x, t);
}

static double binary_cross_entropy_term(double x, double t) {
    const double p = 1 / (1 + exp(-x));
    return -t * log(p) - (1 - t) * log(1 - p);
}

static double binary_cross_entropy_slope(double x, double t) {
    return 1 / (1 + exp(-x)) - t;
}

static const struct {
    loss_function *loss;
    double (*term)(double x, double t), (*slope)(double x, double t);
    double roundings; /* of a number near 1, for functions computed in the element type */
    const double *golden;
} losses[] = {
    {pleat_loss_mse, mse_term, mse_slope, 0, loss_mse},
    {pleat_loss_l1, l1_term, l1_slope, 0, loss_l1},
    {charbonnier, charbonnier_term, charbonnier_slope, 1, loss_charbonnier},
    {pleat_loss_binary_cross_entropy, binary_cross_entropy_term, binary_cross_entropy_slope, 8,
     loss_binary_cross_entropy},
};

enum { LOSSES = sizeof losses / sizeof *losses };

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

struct tensors {
    struct pleat_tensor prediction, target, grad;
};

static struct tensors allocate(enum pleat_dtype dtype) {
    struct tensors t;
    const int64_t extent[] = {3, 1, 7};
    OK(pleat_tensor_allocate, &t.prediction, dtype, 3, extent);
    OK(pleat_tensor_allocate, &t.target, dtype, 3, extent);
    OK(pleat_tensor_allocate, &t.grad, dtype, 3, extent);
    struct pleat_random random = pleat_random_seed(1);
    fill_integers(&t.prediction, &random);
    fill_integers(&t.target, &random);
    fill_nan(&t.grad);
    return t;
}

static void release(struct tensors *t) {
    pleat_tensor_free(&t->prediction);
    pleat_tensor_free(&t->target);
    pleat_tensor_free(&t->grad);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* Small integers: their sums are exact, the mean is one division. */
START_TEST(values) {
    loss_function *const loss = losses[_i / 2].loss;
    struct tensors t = allocate(dtypes[_i % 2]);
    double sum = 0, expected[COUNT];
    bool equal = false;
    for (int64_t i = 0; i < COUNT; i++) {
        const double x = tensor_get(&t.prediction, i), y = tensor_get(&t.target, i);
        sum += losses[_i / 2].term(x, y);
        expected[i] = losses[_i / 2].slope(x, y) / COUNT;
        equal = equal || x == y;
    }
    ck_assert(equal); /* the L1's gradient at 0 is looked at */
    void *prediction = tensor_bytes(&t.prediction), *target = tensor_bytes(&t.target);
    double value = NAN;
    OK(loss, &t.prediction, &t.target, &value, &t.grad);
    const double epsilon = dtype_epsilon(t.grad.dtype), more = losses[_i / 2].roundings;
    ck_assert_msg(fabs(value - sum / COUNT) <= 2e-15 * fabs(value) + more * epsilon,
                  "%.17g, not %.17g", value, sum / COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        const double got = tensor_get(&t.grad, i);
        ck_assert_msg(fabs(got - expected[i]) <= epsilon * (fabs(expected[i]) + more / COUNT),
                      "grad[%lld] is %.17g, not %.17g", (long long)i, got, expected[i]);
    }
    assert_bytes(&t.prediction, prediction, "prediction");
    assert_bytes(&t.target, target, "target");

    void *grad = tensor_bytes(&t.grad);
    double again = NAN;
    OK(loss, &t.prediction, &t.target, &again, NULL);
    ck_assert(again == value);
    fill_nan(&t.grad);
    OK(loss, &t.prediction, &t.target, NULL, &t.grad);
    assert_bytes(&t.grad, grad, "grad without value");
    OK(loss, &t.prediction, &t.target, NULL, &t.prediction);
    assert_bytes(&t.prediction, grad, "grad in place of prediction");
    free(prediction);
    free(target);
    free(grad);
    release(&t);
}
END_TEST

struct subject {
    loss_function *loss;
    struct tensors *t;
};

static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct subject *s = context;
    const struct pleat_tensor prediction =
        pleat_tensor_view(x, PLEAT_FLOAT64, 3, s->t->prediction.extent);
    return s->loss(&prediction, &s->t->target, value, NULL, NULL);
}

START_TEST(gradients) {
    struct tensors t = allocate(PLEAT_FLOAT64);
    struct pleat_random random = pleat_random_seed(2);
    fill_reals(&t.prediction, &random);
    fill_reals(&t.target, &random);
    OK(losses[_i].loss, &t.prediction, &t.target, NULL, &t.grad);
    struct subject subject = {losses[_i].loss, &t};
    const struct pleat_scalar_function function = {evaluate, &subject, COUNT};
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, t.prediction.data, t.grad.data, NULL, &report);
    ck_assert_msg(report.passed == 1 && report.checked == COUNT, "error %g", report.error);
    release(&t);
}
END_TEST

/* Terms of 2^24 and of 1: a float sum would lose the small ones. */
START_TEST(sums_in_double) {
    struct pleat_tensor prediction, zeros;
    const int64_t extent = 64;
    OK(pleat_tensor_allocate, &prediction, PLEAT_FLOAT32, 1, &extent);
    OK(pleat_tensor_allocate, &zeros, PLEAT_FLOAT32, 1, &extent);
    fill_value(&prediction, 1);
    for (int64_t i = 0; i < 16; i++)
        tensor_set(&prediction, i, _i == 0 ? 4096 : 16777216);
    double value = NAN;
    OK(losses[_i].loss, &prediction, &zeros, &value, NULL);
    ck_assert_msg(value == (16 * 16777216. + 48) / 64, "%.17g", value);
    pleat_tensor_free(&prediction);
    pleat_tensor_free(&zeros);
}
END_TEST

/* Ten steps of gradient descent on the prediction, by PyTorch: the losses, then what is left. */
START_TEST(as_pytorch) {
    const double *golden = losses[_i / 2].golden;
    const int64_t extent[] = {2, 5, 3, 3};
    struct tensors t;
    OK(pleat_tensor_allocate, &t.prediction, dtypes[_i % 2], 4, extent);
    OK(pleat_tensor_allocate, &t.target, dtypes[_i % 2], 4, extent);
    OK(pleat_tensor_allocate, &t.grad, dtypes[_i % 2], 4, extent);
    golden_fill(&t.prediction, 3);
    golden_fill(&t.target, 4);
    for (int64_t i = 0; i < 90; i++) {
        tensor_set(&t.prediction, i, 8 * tensor_get(&t.prediction, i));
        tensor_set(&t.target, i, tensor_get(&t.target, i) + 0.5);
    }
    for (int step = 0; step < 10; step++) {
        double value = NAN;
        OK(losses[_i / 2].loss, &t.prediction, &t.target, &value, &t.grad);
        ck_assert_msg(fabs(value - golden[step]) <= golden_tolerance(t.grad.dtype),
                      "loss %d is %.17g, not %.17g", step, value, golden[step]);
        for (int64_t i = 0; i < 90; i++)
            tensor_set(&t.prediction, i,
                       tensor_get(&t.prediction, i) - 20 * tensor_get(&t.grad, i));
    }
    golden_compare(&t.prediction, golden + 10, "prediction");
    release(&t);
}
END_TEST

/* Where exp overflows and 1 - s(x) is 0, the loss is still the logit's distance from the right
 * side, or nothing. */
START_TEST(huge_logits) {
    static const double logits[] = {1e30, -1e30, 1e30, -1e30, 500, -500},
                        targets[] = {1, 0, 0, 1, 0.25, 0.25},
                        expected[] = {0, 0, 1e30, 1e30, 375, 125},
                        slopes[] = {0, 0, 1, -1, 0.75, -0.25};
    const int64_t extent = 1;
    struct pleat_tensor x, t, g;
    OK(pleat_tensor_allocate, &x, dtypes[_i % 2], 1, &extent);
    OK(pleat_tensor_allocate, &t, dtypes[_i % 2], 1, &extent);
    OK(pleat_tensor_allocate, &g, dtypes[_i % 2], 1, &extent);
    tensor_set(&x, 0, logits[_i / 2]);
    tensor_set(&t, 0, targets[_i / 2]);
    double value = NAN;
    OK(pleat_loss_binary_cross_entropy, &x, &t, &value, &g);
    ck_assert_msg(fabs(value - expected[_i / 2]) <= 1e-7 * expected[_i / 2], "%.17g", value);
    ck_assert(tensor_get(&g, 0) == slopes[_i / 2]);
    /* A small probability keeps its digits: log(1 + exp(-40)) is exp(-40). */
    tensor_set(&x, 0, -40);
    tensor_set(&t, 0, 0);
    OK(pleat_loss_binary_cross_entropy, &x, &t, &value, &g);
    ck_assert(fabs(value - exp(-40)) <= 1e-6 * exp(-40));
    ck_assert(fabs(tensor_get(&g, 0) - exp(-40)) <= 1e-6 * exp(-40));
    pleat_tensor_free(&x);
    pleat_tensor_free(&t);
    pleat_tensor_free(&g);
}
END_TEST

START_TEST(nan_and_nothing) {
    struct tensors t = allocate(PLEAT_FLOAT32);
    tensor_set(&t.target, 4, NAN);
    double value = 0;
    OK(losses[_i].loss, &t.prediction, &t.target, &value, &t.grad);
    ck_assert(isnan(value) && isnan(tensor_get(&t.grad, 4)) && !isnan(tensor_get(&t.grad, 5)));
    const int64_t extent[] = {0, 1, 7};
    const struct pleat_tensor empty = pleat_tensor_view(NULL, PLEAT_FLOAT32, 3, extent);
    OK(losses[_i].loss, &empty, &empty, &value, &empty);
    ck_assert(value == 0);
    release(&t);
}
END_TEST

START_TEST(refusals) {
    loss_function *loss = losses[_i].loss;
    struct tensors t = allocate(PLEAT_FLOAT32);
    double value = 77;
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE,
                            type = PLEAT_TYPE_MISMATCH;
    REFUSED(argument, "prediction", loss, NULL, &t.target, &value, &t.grad);
    REFUSED(argument, "target", loss, &t.prediction, NULL, &value, &t.grad);
    struct pleat_tensor bad = t.target;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED(type, "target is float64, but prediction is float32", loss, &t.prediction, &bad, &value,
            &t.grad);
    REFUSED(type, "grad", loss, &t.prediction, &t.target, &value, &bad);
    bad = t.target;
    bad.extent[2] = 6;
    REFUSED(shape, "extent 2 of target is 6, but prediction's is 7", loss, &t.prediction, &bad,
            &value, &t.grad);
    REFUSED(shape, "grad", loss, &t.prediction, &t.target, &value, &bad);
    bad = t.target;
    bad.rank = 2;
    REFUSED(shape, "target has 2 extents, but prediction has 3", loss, &t.prediction, &bad, &value,
            &t.grad);
    bad = t.target;
    bad.data = NULL;
    REFUSED(argument, "target", loss, &t.prediction, &bad, &value, &t.grad);
    REFUSED(argument, "grad", loss, &t.prediction, &t.target, &value, &bad);
    REFUSED(argument, "prediction", loss, &bad, &t.target, &value, &t.grad);
    bad = t.prediction;
    bad.rank = PLEAT_MAX_RANK + 1;
    REFUSED(shape, "prediction must have 0 to", loss, &bad, &bad, &value, &t.grad);
    bad = t.prediction;
    bad.extent[1] = -1;
    REFUSED(shape, "extent 1 of prediction must be at least 0, got -1", loss, &bad, &bad, &value,
            &t.grad);
    bad = t.prediction;
    bad.dtype = (enum pleat_dtype)9;
    REFUSED(type, "prediction", loss, &bad, &bad, &value, &t.grad);
    ck_assert(value == 77);
    for (int64_t i = 0; i < COUNT; i++)
        ck_assert(isnan(tensor_get(&t.grad, i)));
    release(&t);
}
END_TEST

START_TEST(epsilon_refusals) {
    static const double bad[] = {0, -1, (double)NAN, (double)INFINITY};
    struct tensors t = allocate(PLEAT_FLOAT32);
    double value = 77;
    REFUSED(PLEAT_INVALID_ARGUMENT, "epsilon must be finite and above 0", pleat_loss_charbonnier,
            &t.prediction, &t.target, bad[_i], &value, &t.grad);
    ck_assert(value == 77 && isnan(tensor_get(&t.grad, 0)));
    release(&t);
}
END_TEST

/* Squares that would be 0, or overflow: |d| and epsilon in turn are the larger one. */
START_TEST(extreme_epsilon) {
    static const double epsilons[] = {1e-200, 5e-324, 1e200, 1e-3},
                        distances[] = {1e-200, 0, 1e-200, 1e200},
                        roots[] = {1.4142135623730951e-200, 5e-324, 1e200, 1e200},
                        slopes[] = {0.70710678118654752, 0, 0, 1};
    const int64_t extent = 1;
    struct pleat_tensor x, zero, grad;
    OK(pleat_tensor_allocate, &x, PLEAT_FLOAT64, 1, &extent);
    OK(pleat_tensor_allocate, &zero, PLEAT_FLOAT64, 1, &extent);
    OK(pleat_tensor_allocate, &grad, PLEAT_FLOAT64, 1, &extent);
    fill_value(&x, distances[_i]);
    double value = NAN;
    OK(pleat_loss_charbonnier, &x, &zero, epsilons[_i], &value, &grad);
    ck_assert_msg(fabs(value - roots[_i]) <= 1e-15 * roots[_i], "%.17g", value);
    ck_assert_msg(fabs(tensor_get(&grad, 0) - slopes[_i]) <= 1e-15, "%.17g", tensor_get(&grad, 0));
    pleat_tensor_free(&x);
    pleat_tensor_free(&zero);
    pleat_tensor_free(&grad);
}
END_TEST

/* So many elements that threads share them: the sums of a loop, and the same bits for any number of
 * threads. */
START_TEST(many_elements) {
    enum { MANY = 100003 };
    const int64_t extent = MANY;
    struct pleat_random random = pleat_random_seed(5);
    struct pleat_tensor x, t, grad;
    OK(pleat_tensor_allocate, &x, dtypes[_i % 2], 1, &extent);
    OK(pleat_tensor_allocate, &t, dtypes[_i % 2], 1, &extent);
    OK(pleat_tensor_allocate, &grad, dtypes[_i % 2], 1, &extent);
    fill_reals(&x, &random);
    fill_value(&t, 0.25);
    double sum = 0, first = 0;
    for (int64_t i = 0; i < MANY; i++)
        sum += losses[_i / 2].term(tensor_get(&x, i), 0.25);
    void *bytes = NULL;
    for (int threads = 1; threads <= 5; threads++) {
        double value = NAN;
        omp_set_num_threads(threads);
        fill_nan(&grad);
        OK(losses[_i / 2].loss, &x, &t, &value, &grad);
        if (bytes == NULL) {
            bytes = tensor_bytes(&grad);
            first = value;
        }
        assert_bytes(&grad, bytes, "grad");
        ck_assert_msg(value == first, "%d threads: %.17g, not %.17g", threads, value, first);
    }
    ck_assert_msg(fabs(first - sum / MANY) <= 1e-7 * first, "%.17g, not %.17g", first, sum / MANY);
    for (int64_t i = 0; i < MANY; i++) {
        const double expected = losses[_i / 2].slope(tensor_get(&x, i), 0.25) / MANY;
        ck_assert_msg(fabs(tensor_get(&grad, i) - expected) <= 1e-6 / MANY, "grad[%lld]",
                      (long long)i);
    }
    free(bytes);
    pleat_tensor_free(&x);
    pleat_tensor_free(&t);
    pleat_tensor_free(&grad);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("loss");
    suite_add_loop(result, "values", values, 2 * LOSSES);
    suite_add_loop(result, "gradients", gradients, LOSSES);
    suite_add_loop(result, "sums in double", sums_in_double, 2);
    suite_add_loop(result, "as PyTorch", as_pytorch, 2 * LOSSES);
    suite_add_loop(result, "huge logits", huge_logits, 12);
    suite_add_loop(result, "NaN and nothing", nan_and_nothing, LOSSES);
    suite_add_loop(result, "refusals", refusals, LOSSES);
    suite_add_loop(result, "extreme epsilon", extreme_epsilon, 4);
    suite_add_loop(result, "many elements", many_elements, 2 * LOSSES);
    suite_add_loop(result, "epsilon refusals", epsilon_refusals, 4);
    return result;
}

int main(void) {
    return run_suite(suite());
}
