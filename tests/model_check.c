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

/* The numbers that L depends on: the inputs' elements, then the parameters'. */
struct subject {
    struct pleat_model *model;
    int input_count, output_count;
    struct pleat_tensor input[PLEAT_MAX_INPUTS];
    struct pleat_tensor coefficient[PLEAT_MAX_OUTPUTS], grad_output[PLEAT_MAX_OUTPUTS];
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
    int64_t at = 0;
    for (int i = 0; i < s->input_count; i++)
        at = exchange(&s->input[i], x, from, at);
    for (int i = 0; i < pleat_model_parameter_count(s->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(s->model, i);
        at = exchange(&p.value, x, from, at);
    }
    return at;
}

/* Each forward draws the same masks. */
static enum pleat_status forward(const struct subject *s, struct pleat_error *error) {
    OK(pleat_model_set_dropout, s->model, 1, 0);
    return pleat_model_forward_all(s->model, s->input_count, s->input, error);
}

static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct subject *s = context;
    exchange_all(s, NULL, x);
    const enum pleat_status status = forward(s, NULL);
    *value = 0;
    for (int i = 0; i < s->output_count; i++) {
        const struct pleat_tensor *y = pleat_model_output_at(s->model, i);
        *value += inner_product(&s->coefficient[i], y) + 0.5 * inner_product(y, y);
    }
    return status;
}

static void backward(const struct subject *s, double *gradient) {
    OK(forward, s);
    for (int k = 0; k < s->output_count; k++) {
        const struct pleat_tensor *y = pleat_model_output_at(s->model, k);
        for (int64_t i = 0; i < pleat_tensor_size(y); i++)
            tensor_set(&s->grad_output[k], i, tensor_get(&s->coefficient[k], i) + tensor_get(y, i));
    }
    pleat_model_zero_grad(s->model);
    OK(pleat_model_backward_all, s->model, s->output_count, s->grad_output);
    int64_t at = 0;
    for (int i = 0; i < s->input_count; i++)
        at = exchange(pleat_model_input_gradient_at(s->model, i), gradient, NULL, at);
    for (int i = 0; i < pleat_model_parameter_count(s->model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(s->model, i);
        at = exchange(&p.grad, gradient, NULL, at);
    }
}

/* Allocates what a compiled model reads, and c. Returns the count of numbers. */
static int64_t subject_create(struct subject *s, struct pleat_model *model, uint64_t seed) {
    *s = (struct subject){.model = model,
                          .input_count = pleat_model_input_count(model),
                          .output_count = pleat_model_output_count(model)};
    struct pleat_random random = pleat_random_seed(seed);
    int64_t count = 0;
    for (int i = 0; i < s->input_count; i++) {
        const struct pleat_tensor *like = pleat_model_input_gradient_at(model, i);
        OK(pleat_tensor_allocate, &s->input[i], PLEAT_FLOAT64, like->rank, like->extent);
        fill_reals(&s->input[i], &random);
        count += pleat_tensor_size(like);
    }
    for (int i = 0; i < s->output_count; i++) {
        const struct pleat_tensor *y = pleat_model_output_at(model, i);
        OK(pleat_tensor_allocate, &s->coefficient[i], PLEAT_FLOAT64, y->rank, y->extent);
        OK(pleat_tensor_allocate, &s->grad_output[i], PLEAT_FLOAT64, y->rank, y->extent);
        fill_reals(&s->coefficient[i], &random);
    }
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        count += pleat_tensor_size(&p.value);
    }
    return count;
}

static void subject_free(struct subject *s) {
    for (int i = 0; i < s->input_count; i++)
        pleat_tensor_free(&s->input[i]);
    for (int i = 0; i < s->output_count; i++) {
        pleat_tensor_free(&s->coefficient[i]);
        pleat_tensor_free(&s->grad_output[i]);
    }
}

void check_model_gradients(struct pleat_model *model, const struct pleat_compile_options *options,
                           uint64_t seed) {
    struct pleat_compile_options with_input = *options;
    with_input.input_gradient = 1;
    OK(pleat_model_compile, model, &with_input);
    struct subject s;
    const int64_t count = subject_create(&s, model, seed);
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
    subject_free(&s);
}
