/* The latent Gaussian of a variational autoencoder: against PyTorch and differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "failing_memory.h"
#include "golden_check.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

enum { COUNT = 12 };

enum { MEAN, LOG_VARIANCE, NOISE, TARGET, SAMPLE, GRAD_SAMPLE, GRAD_MEAN, GRAD_LOG_VARIANCE, ALL };

static void create(struct pleat_tensor t[ALL], enum pleat_dtype dtype) {
    for (int i = 0; i < ALL; i++)
        OK(pleat_tensor_allocate, &t[i], dtype, 2, (int64_t[]){3, 4});
    for (int i = MEAN; i <= TARGET; i++) {
        golden_fill(&t[i], 5 + i);
        for (int64_t k = 0; k < COUNT && i != TARGET; k++)
            tensor_set(&t[i], k, 4 * tensor_get(&t[i], k));
    }
    for (int i = SAMPLE; i < ALL; i++)
        fill_nan(&t[i]);
}

static void release(struct pleat_tensor t[ALL]) {
    for (int i = 0; i < ALL; i++)
        pleat_tensor_free(&t[i]);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

static void step_down(const struct pleat_tensor t[ALL]) {
    for (int i = 0; i < 2; i++)
        for (int64_t k = 0; k < COUNT; k++)
            tensor_set(&t[MEAN + i], k,
                       tensor_get(&t[MEAN + i], k) - 0.5 * tensor_get(&t[GRAD_MEAN + i], k));
}

static void check_golden(const struct pleat_tensor t[ALL], const double *golden) {
    golden_compare(&t[MEAN], golden + 10, "mean");
    golden_compare(&t[LOG_VARIANCE], golden + 10 + COUNT, "log_variance");
}

START_TEST(divergence_as_pytorch) {
    struct pleat_tensor t[ALL];
    create(t, dtypes[_i]);
    for (int step = 0; step < 10; step++) {
        double value = NAN, again = NAN;
        OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], &value, &t[GRAD_MEAN], &t[GRAD_LOG_VARIANCE]);
        ck_assert(fabs(value - variational_kl[step]) <= golden_tolerance(dtypes[_i]));
        OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], &again, NULL, NULL);
        ck_assert(again == value);
        step_down(t);
    }
    check_golden(t, variational_kl);
    release(t);
}
END_TEST

/* Gradients through the sample and of the divergence, added. */
START_TEST(sample_as_pytorch) {
    struct pleat_tensor t[ALL], kl[2];
    create(t, dtypes[_i]);
    for (int i = 0; i < 2; i++)
        OK(pleat_tensor_allocate, &kl[i], dtypes[_i], 2, t[0].extent);
    for (int step = 0; step < 10; step++) {
        double value = NAN, divergence = NAN;
        OK(pleat_reparametrise, &t[MEAN], &t[LOG_VARIANCE], &t[NOISE], &t[SAMPLE]);
        OK(pleat_loss_mse, &t[SAMPLE], &t[TARGET], &value, &t[GRAD_SAMPLE]);
        OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], &divergence, &kl[0], &kl[1]);
        ck_assert(fabs(value + divergence - variational_sample[step]) <=
                  golden_tolerance(dtypes[_i]));
        OK(pleat_reparametrise_backward, &t[LOG_VARIANCE], &t[NOISE], &t[GRAD_SAMPLE],
           &t[GRAD_MEAN], &t[GRAD_LOG_VARIANCE]);
        for (int i = 0; i < 2; i++)
            for (int64_t k = 0; k < COUNT; k++)
                tensor_set(&t[GRAD_MEAN + i], k,
                           tensor_get(&t[GRAD_MEAN + i], k) + tensor_get(&kl[i], k));
        step_down(t);
    }
    check_golden(t, variational_sample);
    for (int i = 0; i < 2; i++)
        pleat_tensor_free(&kl[i]);
    release(t);
}
END_TEST

/* L of the two leaves, which lie one behind the other in x. */
static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct pleat_tensor *t = context;
    const struct pleat_tensor mean = pleat_tensor_view(x, PLEAT_FLOAT64, 2, t->extent),
                              log_variance =
                                  pleat_tensor_view(x + COUNT, PLEAT_FLOAT64, 2, t->extent);
    double divergence = NAN;
    OK(pleat_loss_kl, &mean, &log_variance, &divergence, NULL, NULL);
    OK(pleat_reparametrise, &mean, &log_variance, &t[NOISE], &t[SAMPLE]);
    *value = divergence + inner_product(&t[SAMPLE], &t[TARGET]);
    return PLEAT_OK;
}

START_TEST(gradients) {
    struct pleat_tensor t[ALL];
    create(t, PLEAT_FLOAT64);
    double x[2 * COUNT], gradient[2 * COUNT];
    OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], NULL, &t[GRAD_MEAN], &t[GRAD_LOG_VARIANCE]);
    for (int64_t i = 0; i < 2 * COUNT; i++) {
        x[i] = tensor_get(&t[MEAN + i / COUNT], i % COUNT);
        gradient[i] = tensor_get(&t[GRAD_MEAN + i / COUNT], i % COUNT);
    }
    OK(pleat_reparametrise_backward, &t[LOG_VARIANCE], &t[NOISE], &t[TARGET], &t[GRAD_MEAN],
       &t[GRAD_LOG_VARIANCE]);
    for (int64_t i = 0; i < 2 * COUNT; i++)
        gradient[i] += tensor_get(&t[GRAD_MEAN + i / COUNT], i % COUNT);
    const struct pleat_scalar_function function = {evaluate, t, 2 * COUNT};
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, x, gradient, NULL, &report);
    ck_assert_msg(report.passed == 1 && report.checked == 2 * COUNT, "error %g", report.error);
    release(t);
}
END_TEST

/* Each output in the memory of the input that it may share gets the same bits. */
START_TEST(in_place) {
    struct pleat_tensor t[ALL];
    create(t, dtypes[_i]);
    OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], NULL, &t[GRAD_MEAN], &t[GRAD_LOG_VARIANCE]);
    void *mean = tensor_bytes(&t[GRAD_MEAN]), *log_variance = tensor_bytes(&t[GRAD_LOG_VARIANCE]);
    OK(pleat_loss_kl, &t[MEAN], &t[LOG_VARIANCE], NULL, &t[MEAN], &t[LOG_VARIANCE]);
    assert_bytes(&t[MEAN], mean, "grad_mean");
    assert_bytes(&t[LOG_VARIANCE], log_variance, "grad_log_variance");
    free(mean);
    free(log_variance);
    OK(pleat_reparametrise, &t[MEAN], &t[LOG_VARIANCE], &t[NOISE], &t[SAMPLE]);
    void *sample = tensor_bytes(&t[SAMPLE]);
    for (int i = MEAN; i <= NOISE; i++) {
        void *before = tensor_bytes(&t[i]);
        OK(pleat_reparametrise, &t[MEAN], &t[LOG_VARIANCE], &t[NOISE], &t[i]);
        assert_bytes(&t[i], sample, "sample");
        memcpy(t[i].data, before, COUNT * pleat_dtype_size(t[i].dtype));
        free(before);
    }
    free(sample);
    OK(pleat_reparametrise_backward, &t[LOG_VARIANCE], &t[NOISE], &t[TARGET], NULL,
       &t[GRAD_LOG_VARIANCE]);
    log_variance = tensor_bytes(&t[GRAD_LOG_VARIANCE]);
    mean = tensor_bytes(&t[TARGET]);
    OK(pleat_reparametrise_backward, &t[LOG_VARIANCE], &t[NOISE], &t[TARGET], &t[TARGET],
       &t[NOISE]);
    assert_bytes(&t[TARGET], mean, "grad_mean");
    assert_bytes(&t[NOISE], log_variance, "grad_log_variance");
    free(mean);
    free(log_variance);
    release(t);
}
END_TEST

START_TEST(of_nothing) {
    const struct pleat_tensor none = pleat_tensor_view(NULL, dtypes[_i], 2, (int64_t[]){0, 4});
    double value = NAN;
    OK(pleat_loss_kl, &none, &none, &value, &none, &none);
    ck_assert(value == 0);
    OK(pleat_reparametrise, &none, &none, &none, &none);
    OK(pleat_reparametrise_backward, &none, &none, &none, &none, &none);
}
END_TEST

/* Argument _i is NULL, of another type, of other extents. */
static enum pleat_status call_kl(const struct pleat_tensor *const a[5], struct pleat_error *error) {
    double value;
    return pleat_loss_kl(a[0], a[1], &value, a[2], a[3], error);
}

static enum pleat_status call_sample(const struct pleat_tensor *const a[5],
                                     struct pleat_error *error) {
    return pleat_reparametrise(a[0], a[1], a[2], a[3], error);
}

static enum pleat_status call_backward(const struct pleat_tensor *const a[5],
                                       struct pleat_error *error) {
    return pleat_reparametrise_backward(a[0], a[1], a[2], a[3], a[4], error);
}

static const struct {
    enum pleat_status (*call)(const struct pleat_tensor *const a[5], struct pleat_error *error);
    int arguments, wanted; /* the first that may be NULL */
    const char *name[5];
} calls[] = {
    {call_kl, 4, 2, {"mean", "log_variance", "grad_mean", "grad_log_variance"}},
    {call_sample, 4, 4, {"mean", "log_variance", "noise", "sample"}},
    {call_backward,
     5,
     3,
     {"log_variance", "noise", "grad_sample", "grad_mean", "grad_log_variance"}},
};

START_TEST(refusals) {
    struct pleat_tensor t[ALL];
    create(t, PLEAT_FLOAT32);
    for (int i = 0; i < calls[_i].arguments; i++) {
        const struct pleat_tensor *a[5] = {&t[0], &t[1], &t[5], &t[6], &t[7]};
        struct pleat_tensor bad = *a[i];
        a[i] = NULL;
        if (i < calls[_i].wanted)
            REFUSED(PLEAT_INVALID_ARGUMENT, calls[_i].name[i], calls[_i].call, a);
        else
            OK(calls[_i].call, a);
        for (int k = SAMPLE; k < ALL; k++)
            fill_nan(&t[k]);
        a[i] = &bad;
        bad.data = NULL;
        REFUSED(PLEAT_INVALID_ARGUMENT, calls[_i].name[i], calls[_i].call, a);
        bad = t[0];
        bad.dtype = PLEAT_FLOAT64;
        REFUSED(PLEAT_TYPE_MISMATCH, calls[_i].name[i], calls[_i].call, a);
        bad = t[0];
        bad.extent[1] = 3;
        REFUSED(PLEAT_INVALID_SHAPE, calls[_i].name[i], calls[_i].call, a);
        for (int k = SAMPLE; k < ALL; k++)
            for (int64_t j = 0; j < COUNT; j++)
                ck_assert(isnan(tensor_get(&t[k], j)));
    }
    struct pleat_tensor number = t[0];
    number.rank = 0;
    REFUSED(PLEAT_INVALID_SHAPE, "mean", pleat_loss_kl, &number, &number, NULL, NULL, NULL);
    release(t);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("variational");
    suite_add_loop(result, "divergence as PyTorch", divergence_as_pytorch, 2);
    suite_add_loop(result, "sample as PyTorch", sample_as_pytorch, 2);
    suite_add_loop(result, "gradients", gradients, 1);
    suite_add_loop(result, "in place", in_place, 2);
    suite_add_loop(result, "of nothing", of_nothing, 2);
    suite_add_loop(result, "refusals", refusals, sizeof calls / sizeof *calls);
    return result;
}

int main(void) {
    return run_suite(suite());
}
