/* What stands between `pleat bench` and a wrong number: the check that a layer must pass before it
 * is timed finds a single wrong element. */
#include <check.h>
#include <math.h>

#include "bench/check.h"
#include "suites.h"

static struct layer make_layer(int64_t batch, int64_t ins, int64_t outs, int64_t in, int64_t kernel,
                               int64_t stride, int64_t padding, int64_t groups) {
    struct layer layer = {.name = "layer", .batch = batch, .in = {in, in + 3}};
    layer.params = pleat_conv_params_init(2, ins, outs, kernel, stride, padding);
    layer.params.axis[1].kernel++;
    layer.params.groups = groups;
    return layer;
}

static const enum pleat_pass passes[] = {PLEAT_FORWARD, PLEAT_BACKWARD_INPUT, PLEAT_BACKWARD_FILTER,
                                         PLEAT_BACKWARD};

/* _i: pass, operator, layer. */
static struct subject open_case(int i) {
    static struct layer layer;
    layer = i / 8 == 0 ? make_layer(2, 6, 4, 5, 3, 2, 1, 2) : make_layer(3, 5, 7, 9, 4, 3, 0, 1);
    struct subject subject;
    struct pleat_error error = {0};
    ck_assert_msg(subject_open(&subject, &layer, i / 4 % 2 == 0 ? PLEAT_CONV_TRANSPOSE : PLEAT_CONV,
                               NULL, false, &error) == PLEAT_OK,
                  "%s", error.message);
    subject_clear(&subject, passes[i % 4]);
    ck_assert_int_eq(subject_run(&subject, passes[i % 4], &error), PLEAT_OK);
    return subject;
}

static int64_t expected_count(const struct subject *s, enum pleat_pass pass) {
    return (pass == PLEAT_FORWARD ? pleat_tensor_size(&s->output) : 0) +
           (makes_grad_input(pass) ? pleat_tensor_size(&s->grad_input) : 0) +
           (makes_grad_weight(pass) ? pleat_tensor_size(&s->grad_weight) : 0);
}

START_TEST(right_results) {
    struct subject subject = open_case(_i);
    struct checked checked = {0, 0};
    char message[CHECK_MESSAGE] = "";
    const bool right = check_pass(&subject, passes[_i % 4], &checked, message);
    ck_assert_msg(right, "%s", message);
    ck_assert_int_eq(checked.elements, checked.of);
    ck_assert_int_eq(checked.of, expected_count(&subject, passes[_i % 4]));
    subject_close(&subject);
}
END_TEST

/* Each element in turn, a little wrong, and NaN. */
START_TEST(wrong_element) {
    const enum pleat_pass pass = passes[_i % 4];
    struct subject subject = open_case(_i);
    const struct pleat_tensor *result = pass == PLEAT_FORWARD     ? &subject.output
                                        : makes_grad_weight(pass) ? &subject.grad_weight
                                                                  : &subject.grad_input;
    float *data = result->data;
    for (int64_t i = 0; i < pleat_tensor_size(result); i++) {
        const float before = data[i];
        struct checked checked = {0, 0};
        char message[CHECK_MESSAGE] = "";
        data[i] = i % 2 == 0 ? before + 0.05f : NAN;
        const bool right = check_pass(&subject, pass, &checked, message);
        data[i] = before;
        ck_assert_msg(!right, "element %lld may be wrong", (long long)i);
        ck_assert(message[0] != '\0');
    }
    subject_close(&subject);
}
END_TEST

/* A layer too large for all elements: samples, and a result that was never computed is found. */
START_TEST(samples) {
    const struct layer layer = make_layer(1, 64, 64, 60, 4, 2, 1, 1);
    struct subject subject;
    ck_assert_int_eq(subject_open(&subject, &layer, PLEAT_CONV_TRANSPOSE, NULL, false, NULL),
                     PLEAT_OK);
    for (int i = 0; i < 3; i++) {
        struct checked checked = {0, 0};
        char message[CHECK_MESSAGE] = "";
        subject_clear(&subject, passes[i]);
        ck_assert(!check_pass(&subject, passes[i], &checked, message));
        ck_assert_int_eq(subject_run(&subject, passes[i], NULL), PLEAT_OK);
        ck_assert_msg(check_pass(&subject, passes[i], &checked, message), "%s", message);
        ck_assert_int_ge(checked.elements, 64);
        ck_assert_int_lt(checked.elements, checked.of);
    }
    subject_close(&subject);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("bench");
    suite_add_loop(result, "right results", right_results, 16);
    suite_add_loop(result, "wrong element", wrong_element, 16);
    suite_add_loop(result, "samples", samples, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
