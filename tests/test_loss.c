/* Losses: values by hand, gradients by differences, and what they refuse. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

typedef enum pleat_status loss_function(const struct pleat_tensor *prediction,
                                        const struct pleat_tensor *target, double *value,
                                        const struct pleat_tensor *grad, struct pleat_error *error);

static loss_function *const losses[] = {pleat_loss_mse, pleat_loss_l1};
static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

enum { COUNT = 21 }; /* no multiple of the eight parts of a sum */

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

/* Small integers: the sums are exact, the mean is one division. */
START_TEST(values) {
    const bool squared = _i % 2 == 0;
    struct tensors t = allocate(dtypes[_i / 2]);
    double sum = 0, expected[COUNT];
    bool equal = false;
    for (int64_t i = 0; i < COUNT; i++) {
        const double d = tensor_get(&t.prediction, i) - tensor_get(&t.target, i);
        sum += squared ? d * d : fabs(d);
        expected[i] = squared ? 2 * d / COUNT : d > 0 ? 1. / COUNT : d < 0 ? -1. / COUNT : 0;
        equal = equal || d == 0;
    }
    ck_assert(equal); /* the L1's gradient at 0 is looked at */
    void *prediction = tensor_bytes(&t.prediction), *target = tensor_bytes(&t.target);
    double value = NAN;
    OK(losses[_i % 2], &t.prediction, &t.target, &value, &t.grad);
    ck_assert_msg(fabs(value - sum / COUNT) <= 1e-15 * value, "%.17g, not %.17g", value,
                  sum / COUNT);
    for (int64_t i = 0; i < COUNT; i++) {
        const double got = tensor_get(&t.grad, i);
        ck_assert_msg(fabs(got - expected[i]) <= dtype_epsilon(t.grad.dtype) * fabs(expected[i]),
                      "grad[%lld] is %.17g, not %.17g", (long long)i, got, expected[i]);
    }
    assert_bytes(&t.prediction, prediction, "prediction");
    assert_bytes(&t.target, target, "target");

    void *grad = tensor_bytes(&t.grad);
    double again = NAN;
    OK(losses[_i % 2], &t.prediction, &t.target, &again, NULL);
    ck_assert(again == value);
    fill_nan(&t.grad);
    OK(losses[_i % 2], &t.prediction, &t.target, NULL, &t.grad);
    assert_bytes(&t.grad, grad, "grad without value");
    OK(losses[_i % 2], &t.prediction, &t.target, NULL, &t.prediction);
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
    OK(losses[_i], &t.prediction, &t.target, NULL, &t.grad);
    struct subject subject = {losses[_i], &t};
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
    OK(losses[_i], &prediction, &zeros, &value, NULL);
    ck_assert_msg(value == (16 * 16777216. + 48) / 64, "%.17g", value);
    pleat_tensor_free(&prediction);
    pleat_tensor_free(&zeros);
}
END_TEST

START_TEST(nan_and_nothing) {
    struct tensors t = allocate(PLEAT_FLOAT32);
    tensor_set(&t.target, 4, NAN);
    double value = 0;
    OK(losses[_i], &t.prediction, &t.target, &value, &t.grad);
    ck_assert(isnan(value) && isnan(tensor_get(&t.grad, 4)) && !isnan(tensor_get(&t.grad, 5)));
    const int64_t extent[] = {0, 1, 7};
    const struct pleat_tensor empty = pleat_tensor_view(NULL, PLEAT_FLOAT32, 3, extent);
    OK(losses[_i], &empty, &empty, &value, &empty);
    ck_assert(value == 0);
    release(&t);
}
END_TEST

START_TEST(refusals) {
    loss_function *loss = losses[_i];
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

static Suite *suite(void) {
    Suite *result = suite_create("loss");
    suite_add_loop(result, "values", values, 4);
    suite_add_loop(result, "gradients", gradients, 2);
    suite_add_loop(result, "sums in double", sums_in_double, 2);
    suite_add_loop(result, "NaN and nothing", nan_and_nothing, 2);
    suite_add_loop(result, "refusals", refusals, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
