/* Cross-entropy over classes, and the labels that scores choose: against the formula, differences
 * and PyTorch, with weights and ignored pixels, and what they refuse. */
#include <math.h>
#include <stdlib.h>

#include "failing_memory.h"
#include "golden_check.h"
#include "goldens_training.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static const enum pleat_dtype dtypes[] = {PLEAT_FLOAT32, PLEAT_FLOAT64};

/* More pixels than one block of the kernel, and no multiple of it. */
enum { BATCH = 2, CLASSES = 3, HEIGHT = 7, WIDTH = 29, PIXELS = HEIGHT * WIDTH };
enum { COUNT = BATCH * CLASSES * PIXELS, LABELS = BATCH * PIXELS, IGNORED = -7 };

struct problem {
    struct pleat_tensor logits, weight, grad;
    int32_t label[LABELS];
    struct pleat_labels labels;
    struct pleat_cross_entropy_options options;
};

/* Every fifth pixel is ignored. */
static void problem_create(struct problem *p, enum pleat_dtype dtype) {
    const int64_t extent[] = {BATCH, CLASSES, HEIGHT, WIDTH}, classes = CLASSES;
    OK(pleat_tensor_allocate, &p->logits, dtype, 4, extent);
    OK(pleat_tensor_allocate, &p->grad, dtype, 4, extent);
    OK(pleat_tensor_allocate, &p->weight, dtype, 1, &classes);
    struct pleat_random random = pleat_random_seed(3);
    fill_reals(&p->logits, &random);
    for (int64_t i = 0; i < COUNT; i++)
        tensor_set(&p->logits, i, 4 * tensor_get(&p->logits, i));
    for (int64_t c = 0; c < CLASSES; c++)
        tensor_set(&p->weight, c, 0.5 + (double)c);
    for (int64_t i = 0; i < LABELS; i++)
        p->label[i] = i % 5 == 2 ? IGNORED : (int32_t)pleat_random_below(&random, CLASSES);
    fill_nan(&p->grad);
    p->labels = pleat_labels_view(p->label, 3, (int64_t[]){BATCH, HEIGHT, WIDTH});
    p->options = (struct pleat_cross_entropy_options){&p->weight, IGNORED};
}

static void problem_free(struct problem *p) {
    pleat_tensor_free(&p->logits);
    pleat_tensor_free(&p->weight);
    pleat_tensor_free(&p->grad);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}

/* The formula as it is read, in double: returns the loss, overwrites grad[COUNT]. */
static double formula(const struct problem *p, double *grad) {
    double total = 0, sum = 0;
    for (int64_t i = 0; i < LABELS; i++)
        total += p->label[i] == IGNORED ? 0 : tensor_get(&p->weight, p->label[i]);
    for (int64_t i = 0; i < LABELS; i++) {
        const int64_t first = i / PIXELS * CLASSES * PIXELS + i % PIXELS;
        const double w = p->label[i] == IGNORED ? 0 : tensor_get(&p->weight, p->label[i]);
        double exponentials = 0;
        for (int64_t c = 0; c < CLASSES; c++)
            exponentials += exp(tensor_get(&p->logits, first + c * PIXELS));
        for (int64_t c = 0; c < CLASSES; c++) {
            const double x = tensor_get(&p->logits, first + c * PIXELS);
            const double right = c == p->label[i] ? 1 : 0;
            grad[first + c * PIXELS] = w / total * (exp(x) / exponentials - right);
            sum += w * right * (log(exponentials) - x);
        }
    }
    return sum / total;
}

START_TEST(formula_holds) {
    static struct problem p;
    static double expected[COUNT];
    problem_create(&p, dtypes[_i]);
    const double loss = formula(&p, expected), epsilon = dtype_epsilon(dtypes[_i]);
    void *logits = tensor_bytes(&p.logits);
    double value = NAN, again = NAN;
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, &p.options, &value, &p.grad);
    ck_assert_msg(fabs(value - loss) <= 8 * epsilon * loss, "%.17g, not %.17g", value, loss);
    for (int64_t i = 0; i < COUNT; i++)
        if (!(fabs(tensor_get(&p.grad, i) - expected[i]) <= 16 * epsilon / LABELS))
            ck_abort_msg("grad[%lld] is %.17g, not %.17g", (long long)i, tensor_get(&p.grad, i),
                         expected[i]);
    assert_bytes(&p.logits, logits, "prediction");
    void *grad = tensor_bytes(&p.grad);
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, &p.options, &again, NULL);
    ck_assert(again == value);
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, &p.options, NULL, &p.logits);
    assert_bytes(&p.logits, grad, "grad in place of prediction");
    free(logits);
    free(grad);
    problem_free(&p);
}
END_TEST

static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct problem *p = context;
    const struct pleat_tensor logits = pleat_tensor_view(x, PLEAT_FLOAT64, 4, p->logits.extent);
    return pleat_loss_cross_entropy(&logits, &p->labels, &p->options, value, NULL, NULL);
}

START_TEST(gradient) {
    static struct problem p;
    problem_create(&p, PLEAT_FLOAT64);
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, &p.options, NULL, &p.grad);
    const struct pleat_scalar_function function = {evaluate, &p, COUNT};
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, p.logits.data, p.grad.data, NULL, &report);
    ck_assert_msg(report.passed == 1 && report.checked == COUNT, "error %g", report.error);
    problem_free(&p);
}
END_TEST

/* Ten steps of gradient descent on the logits, by PyTorch: the losses, then the logits. */
static const struct golden {
    const double *expected;
    bool dense, weighted, some;
    int32_t ignored;
} goldens[] = {
    {loss_cross_entropy, false, false, false, -100},
    {loss_cross_entropy_weighted, false, true, true, -100},
    {loss_cross_entropy_ignored, false, false, false, 2},
    {loss_cross_entropy_dense, true, false, false, -100},
};

START_TEST(as_pytorch) {
    static const double weights[] = {0.5, 1, 2, 0.25, 1.5};
    const struct golden *g = &goldens[_i / 2];
    struct pleat_tensor logits, grad, weight;
    const int64_t image[] = {2, 5, 3, 3}, dense[] = {4, 5}, classes = 5;
    OK(pleat_tensor_allocate, &logits, dtypes[_i % 2], g->dense ? 2 : 4, g->dense ? dense : image);
    OK(pleat_tensor_allocate, &grad, logits.dtype, logits.rank, logits.extent);
    OK(pleat_tensor_allocate, &weight, logits.dtype, 1, &classes);
    for (int64_t c = 0; c < 5; c++)
        tensor_set(&weight, c, weights[c]);
    golden_fill(&logits, 3);
    for (int64_t i = 0; i < pleat_tensor_size(&logits); i++)
        tensor_set(&logits, i, 8 * tensor_get(&logits, i));
    int32_t label[18];
    for (int32_t i = 0; i < 18; i++)
        label[i] = g->some && i % 4 == 1 ? -100 : i * 7 % 5;
    const struct pleat_labels labels =
        pleat_labels_view(label, logits.rank - 1, g->dense ? dense : (int64_t[]){2, 3, 3});
    const struct pleat_cross_entropy_options options = {g->weighted ? &weight : NULL, g->ignored};
    for (int step = 0; step < 10; step++) {
        double value = NAN;
        OK(pleat_loss_cross_entropy, &logits, &labels, &options, &value, &grad);
        ck_assert_msg(fabs(value - g->expected[step]) <= golden_tolerance(logits.dtype),
                      "loss %d is %.17g, not %.17g", step, value, g->expected[step]);
        for (int64_t i = 0; i < pleat_tensor_size(&logits); i++)
            tensor_set(&logits, i, tensor_get(&logits, i) - 10 * tensor_get(&grad, i));
    }
    golden_compare(&logits, g->expected + 10, "logits");
    pleat_tensor_free(&logits);
    pleat_tensor_free(&grad);
    pleat_tensor_free(&weight);
}
END_TEST

/* Of nothing but ignored pixels, of weightless ones, and of no images: 0, whatever the logits. */
START_TEST(nothing_counts) {
    static struct problem p;
    problem_create(&p, dtypes[_i]);
    fill_nan(&p.logits);
    for (int64_t i = 0; i < LABELS; i++)
        p.label[i] = i % 2 == 0 ? IGNORED : 1;
    tensor_set(&p.weight, 1, 0);
    double value = NAN;
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, &p.options, &value, &p.grad);
    ck_assert(value == 0);
    for (int64_t i = 0; i < COUNT; i++)
        if (tensor_get(&p.grad, i) != 0)
            ck_abort_msg("grad[%lld] is %g", (long long)i, tensor_get(&p.grad, i));
    p.logits.extent[0] = p.labels.extent[0] = p.grad.extent[0] = 0;
    value = NAN;
    OK(pleat_loss_cross_entropy, &p.logits, &p.labels, NULL, &value, &p.grad);
    ck_assert(value == 0);
    problem_free(&p);
}
END_TEST

/* Logits whose exponentials overflow, and NaN, which must come through. */
START_TEST(huge_and_nan) {
    const double numbers[2][3] = {{1e30, -1e30, 0}, {(double)NAN, 1, 2}};
    const int32_t label[] = {0, 1};
    const struct pleat_labels labels = pleat_labels_view(label, 1, (int64_t[]){1});
    struct pleat_tensor logits, grad;
    OK(pleat_tensor_allocate, &logits, dtypes[_i], 2, (int64_t[]){1, 3});
    OK(pleat_tensor_allocate, &grad, dtypes[_i], 2, (int64_t[]){1, 3});
    double value = NAN;
    for (int64_t c = 0; c < 3; c++)
        tensor_set(&logits, c, numbers[0][c]);
    OK(pleat_loss_cross_entropy, &logits, &labels, NULL, &value, &grad);
    ck_assert(value == 0 && tensor_get(&grad, 0) == 0 && tensor_get(&grad, 1) == 0);
    const struct pleat_labels wrong = pleat_labels_view(label + 1, 1, (int64_t[]){1});
    OK(pleat_loss_cross_entropy, &logits, &wrong, NULL, &value, &grad);
    ck_assert(fabs(value - 2e30) <= 1e-6 * 2e30);
    ck_assert(tensor_get(&grad, 0) == 1 && tensor_get(&grad, 1) == -1);
    for (int64_t nan_at = 0; nan_at < 3; nan_at++) {
        for (int64_t c = 0; c < 3; c++)
            tensor_set(&logits, (c + nan_at) % 3, numbers[1][c]);
        OK(pleat_loss_cross_entropy, &logits, &labels, NULL, &value, &grad);
        ck_assert(isnan(value) && isnan(tensor_get(&grad, 0)) && isnan(tensor_get(&grad, 2)));
    }
    pleat_tensor_free(&logits);
    pleat_tensor_free(&grad);
}
END_TEST

START_TEST(refusals) {
    static struct problem p;
    problem_create(&p, PLEAT_FLOAT32);
    double value = 77;
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE;
#define REFUSED_LOSS(status, text, prediction, labels, options, grad)                              \
    REFUSED(status, text, pleat_loss_cross_entropy, prediction, labels, options, &value, grad)
    const struct pleat_cross_entropy_options *good = &p.options;
    REFUSED_LOSS(argument, "prediction", NULL, &p.labels, good, &p.grad);
    REFUSED_LOSS(argument, "labels must not be NULL", &p.logits, NULL, good, &p.grad);
    struct pleat_tensor bad = p.logits;
    bad.rank = 1;
    REFUSED_LOSS(shape, "prediction must be [N][C]", &bad, &p.labels, good, NULL);
    bad = p.logits;
    bad.extent[1] = 0;
    REFUSED_LOSS(shape, "prediction must be [N][C]", &bad, &p.labels, good, NULL);
    struct pleat_labels labels = p.labels;
    labels.rank = 4;
    REFUSED_LOSS(shape, "labels must have 3 extents", &p.logits, &labels, good, &p.grad);
    labels = p.labels;
    labels.extent[0] = 3;
    REFUSED_LOSS(shape, "extent 0 of labels must be 2", &p.logits, &labels, good, &p.grad);
    labels = p.labels;
    labels.extent[2] = 3;
    REFUSED_LOSS(shape, "extent 2 of labels must be 29", &p.logits, &labels, good, &p.grad);
    labels = p.labels;
    labels.data = NULL;
    REFUSED_LOSS(argument, "labels has no data", &p.logits, &labels, good, &p.grad);
    bad = p.grad;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED_LOSS(PLEAT_TYPE_MISMATCH, "grad", &p.logits, &p.labels, good, &bad);
    struct pleat_cross_entropy_options options = {&bad, IGNORED};
    bad = p.weight;
    bad.dtype = PLEAT_FLOAT64;
    REFUSED_LOSS(PLEAT_TYPE_MISMATCH, "weight is float64", &p.logits, &p.labels, &options, NULL);
    bad = p.weight;
    bad.extent[0] = 2;
    REFUSED_LOSS(shape, "weight", &p.logits, &p.labels, &options, NULL);
    tensor_set(&p.weight, 1, -1);
    REFUSED_LOSS(argument, "weight[1] must be", &p.logits, &p.labels, good, &p.grad);
    tensor_set(&p.weight, 1, INFINITY);
    REFUSED_LOSS(argument, "weight[1] must be", &p.logits, &p.labels, good, &p.grad);
    tensor_set(&p.weight, 1, 1);
    p.label[33] = CLASSES;
    REFUSED_LOSS(argument, "label 3 at element 33", &p.logits, &p.labels, good, &p.grad);
    p.label[33] = -1;
    REFUSED_LOSS(argument, "label -1 at element 33", &p.logits, &p.labels, good, &p.grad);
    REFUSED_LOSS(argument, "label -7 at element 2", &p.logits, &p.labels, NULL, &p.grad);
    ck_assert(value == 77);
    for (int64_t i = 0; i < COUNT; i++)
        if (!isnan(tensor_get(&p.grad, i)))
            ck_abort_msg("grad was written");
    problem_free(&p);
}
END_TEST

START_TEST(best_labels) {
    static struct problem p;
    problem_create(&p, dtypes[_i]);
    struct pleat_random random = pleat_random_seed(4);
    fill_integers(&p.logits, &random); /* with ties */
    OK(pleat_labels_from_scores, &p.labels, &p.logits);
    for (int64_t i = 0; i < LABELS; i++) {
        const int64_t first = i / PIXELS * CLASSES * PIXELS + i % PIXELS;
        int32_t best = 0;
        for (int32_t c = 1; c < CLASSES; c++)
            if (tensor_get(&p.logits, first + c * PIXELS) >
                tensor_get(&p.logits, first + best * PIXELS))
                best = c;
        if (p.label[i] != best)
            ck_abort_msg("label %lld is %d, not %d", (long long)i, (int)p.label[i], (int)best);
    }
    REFUSED(PLEAT_INVALID_ARGUMENT, "labels", pleat_labels_from_scores, NULL, &p.logits);
    REFUSED(PLEAT_INVALID_ARGUMENT, "scores", pleat_labels_from_scores, &p.labels, NULL);
    p.labels.extent[1]--;
    REFUSED(PLEAT_INVALID_SHAPE, "as scores has it", pleat_labels_from_scores, &p.labels,
            &p.logits);
    const struct pleat_tensor wide =
        pleat_tensor_view(NULL, PLEAT_FLOAT32, 2, (int64_t[]){0, INT64_C(1) << 31});
    const struct pleat_labels none = pleat_labels_view(NULL, 1, (int64_t[]){0});
    REFUSED(PLEAT_INVALID_SHAPE, "classes", pleat_labels_from_scores, &none, &wide);
    problem_free(&p);
}
END_TEST

START_TEST(labels_of_numbers) {
    double numbers[6] = {0, 1, -100, 2147483647, -2147483648.0, 7};
    float floats[6] = {0, 1, -100, 16777216, 5, 7};
    int32_t label[6];
    const int64_t extent[2] = {2, 3};
    const struct pleat_tensor tensor =
        pleat_tensor_view(_i == 0 ? (void *)floats : numbers, dtypes[_i], 2, extent);
    const struct pleat_labels labels = pleat_labels_view(label, 2, extent);
    OK(pleat_labels_from_tensor, &labels, &tensor);
    for (int i = 0; i < 6; i++)
        ck_assert((double)label[i] == tensor_get(&tensor, i));
    const double bad[] = {0.5, NAN, INFINITY, 2147483648.0, -2147483904.0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tensor_set(&tensor, 4, bad[i]);
        label[0] = 77;
        REFUSED(PLEAT_INVALID_ARGUMENT, "element 4", pleat_labels_from_tensor, &labels, &tensor);
        ck_assert_int_eq(label[0], 77);
    }
    const struct pleat_labels flat = pleat_labels_view(label, 1, (int64_t[]){6});
    const struct pleat_labels turned = pleat_labels_view(label, 2, (int64_t[]){3, 2});
    const struct pleat_labels empty = pleat_labels_view(NULL, 2, extent);
    REFUSED(PLEAT_INVALID_SHAPE, "extents", pleat_labels_from_tensor, &flat, &tensor);
    REFUSED(PLEAT_INVALID_SHAPE, "extents", pleat_labels_from_tensor, &turned, &tensor);
    tensor_set(&tensor, 4, 0);
    REFUSED(PLEAT_INVALID_ARGUMENT, "data", pleat_labels_from_tensor, &empty, &tensor);
    REFUSED(PLEAT_INVALID_ARGUMENT, "labels", pleat_labels_from_tensor, NULL, &tensor);
    REFUSED(PLEAT_INVALID_ARGUMENT, "tensor", pleat_labels_from_tensor, &labels, NULL);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("cross-entropy");
    suite_add_loop(result, "labels of numbers", labels_of_numbers, 2);
    suite_add_loop(result, "formula", formula_holds, 2);
    suite_add_loop(result, "gradient", gradient, 1);
    suite_add_loop(result, "as PyTorch", as_pytorch, 2 * sizeof goldens / sizeof *goldens);
    suite_add_loop(result, "nothing counts", nothing_counts, 2);
    suite_add_loop(result, "huge and NaN", huge_and_nan, 2);
    suite_add_loop(result, "refusals", refusals, 1);
    suite_add_loop(result, "best labels", best_labels, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
