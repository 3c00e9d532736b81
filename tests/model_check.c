#include "model_check.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

void assert_ok(enum pleat_status status, const struct pleat_error *error) {
    ck_assert_msg(status == PLEAT_OK, "%s: %s", pleat_status_string(status), error->message);
}

void assert_refused(enum pleat_status status, enum pleat_status expected, const char *text,
                    const struct pleat_error *error) {
    ck_assert_msg(status == expected, "expected \"%s\", got \"%s\" (%s)",
                  pleat_status_string(expected), pleat_status_string(status), error->message);
    ck_assert_int_eq(error->status, expected);
    ck_assert_msg(strstr(error->message, text) != NULL, "no \"%s\" in \"%s\"", text,
                  error->message);
}

void fill_parameters(struct pleat_model *model, double scale, uint64_t seed) {
    struct pleat_random random = pleat_random_seed(seed);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        fill_reals(&p.value, &random);
        for (int64_t k = 0; k < pleat_tensor_size(&p.value); k++)
            tensor_set(&p.value, k, scale * tensor_get(&p.value, k));
    }
}

struct pleat_compile_options compile_options(enum pleat_mode mode, int64_t batch, int64_t extent0,
                                             int64_t extent1, int64_t extent2) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = mode;
    options.batch = batch;
    options.extent[0] = extent0;
    options.extent[1] = extent1;
    options.extent[2] = extent2;
    return options;
}

/* The numbers that L depends on: the input's elements, then the parameters'. */
struct subject {
    struct pleat_model *model;
    struct pleat_tensor input, coefficient, grad_output;
};

static int64_t exchange(const struct pleat_tensor *tensor, double *x, const double *from,
                        int64_t at) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++, at++)
        if (from != NULL)
            tensor_set(tensor, i, from[at]);
        else
            x[at] = tensor_get(tensor, i);
    return at;
}

/* Reads the numbers into x, or writes them from `from` where that is not NULL. */
static int64_t exchange_all(const struct subject *s, double *x, const double *from) {
    int64_t at = exchange(&s->input, x, from, 0);
    for (int i = 0; i < pleat_model_parameter_count(s->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(s->model, i);
        at = exchange(&p.value, x, from, at);
    }
    return at;
}

static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct subject *s = context;
    exchange_all(s, NULL, x);
    const enum pleat_status status = pleat_model_forward(s->model, &s->input, NULL);
    const struct pleat_tensor *y = pleat_model_output(s->model);
    *value = inner_product(&s->coefficient, y) + 0.5 * inner_product(y, y);
    return status;
}

static void backward(const struct subject *s, double *gradient) {
    OK(pleat_model_forward, s->model, &s->input);
    const struct pleat_tensor *y = pleat_model_output(s->model);
    for (int64_t i = 0; i < pleat_tensor_size(y); i++)
        tensor_set(&s->grad_output, i, tensor_get(&s->coefficient, i) + tensor_get(y, i));
    pleat_model_zero_grad(s->model);
    OK(pleat_model_backward, s->model, &s->grad_output);
    int64_t at = exchange(pleat_model_input_gradient(s->model), gradient, NULL, 0);
    for (int i = 0; i < pleat_model_parameter_count(s->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(s->model, i);
        at = exchange(&p.grad, gradient, NULL, at);
    }
}

void check_model_gradients(struct pleat_model *model, const struct pleat_compile_options *options,
                           uint64_t seed) {
    struct pleat_compile_options with_input = *options;
    with_input.input_gradient = 1;
    OK(pleat_model_compile, model, &with_input);
    const struct pleat_tensor *like = pleat_model_input_gradient(model);
    const struct pleat_tensor *y = pleat_model_output(model);
    struct subject s = {.model = model};
    OK(pleat_tensor_allocate, &s.input, PLEAT_FLOAT64, like->rank, like->extent);
    OK(pleat_tensor_allocate, &s.coefficient, PLEAT_FLOAT64, y->rank, y->extent);
    OK(pleat_tensor_allocate, &s.grad_output, PLEAT_FLOAT64, y->rank, y->extent);
    struct pleat_random random = pleat_random_seed(seed);
    fill_reals(&s.input, &random);
    fill_reals(&s.coefficient, &random);

    int64_t count = pleat_tensor_size(&s.input);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        count += pleat_tensor_size(&p.value);
    }
    double *x = calloc((size_t)count, 2 * sizeof *x), *gradient = x + count;
    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(exchange_all(&s, x, NULL), count);
    backward(&s, gradient);
    const struct pleat_scalar_function function = {evaluate, &s, count};
    struct pleat_gradcheck_report report;
    OK(pleat_gradcheck, &function, x, gradient, NULL, &report);
    ck_assert_int_eq(report.checked, count);
    ck_assert_msg(report.passed == 1, "number %lld: backward %.17g, differences %.17g, error %g",
                  (long long)report.index, report.analytic, report.numeric, report.error);
    exchange_all(&s, NULL, x);
    free(x);
    pleat_tensor_free(&s.input);
    pleat_tensor_free(&s.coefficient);
    pleat_tensor_free(&s.grad_output);
}
