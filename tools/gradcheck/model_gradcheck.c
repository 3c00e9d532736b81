/* A model as a function of one of its tensors, and the check of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "fault.h"
#include "gradcheck/model_gradcheck.h"

/* Derivatives below this are compared absolutely: L is a sum of hundreds of products, and rounding
 * it spoils the differences of those that hardly count. */
#define SCALE 0.1

/* L as a function of one tensor, which is a parameter or the input. */
struct function {
    struct pleat_model *model;
    const struct pleat_tensor *input, *direction; /* r */
    struct pleat_tensor variable;
    double step;
};

static double dot(const struct pleat_tensor *a, const struct pleat_tensor *b) {
    const double *x = a->data, *y = b->data;
    double sum = 0;
    for (int64_t i = 0; i < pleat_tensor_size(a); i++)
        sum += x[i] * y[i];
    return sum;
}

static enum pleat_status evaluate(void *context, const double *x, double *value) {
    const struct function *function = context;
    memcpy(function->variable.data, x, (size_t)pleat_tensor_size(&function->variable) * sizeof *x);
    TRY(pleat_model_forward(function->model, function->input, NULL));
    *value = dot(function->direction, pleat_model_output(function->model));
    return PLEAT_OK;
}

/* Writes the index of element number `element` into text, such as "2,0,1". */
static const char *element_name(const struct pleat_tensor *tensor, int64_t element,
                                char text[static 64]) {
    int64_t index[PLEAT_MAX_RANK];
    for (int axis = tensor->rank - 1; axis >= 0; axis--) {
        index[axis] = element % tensor->extent[axis];
        element /= tensor->extent[axis];
    }
    int length = 0;
    text[0] = '\0';
    for (int axis = 0; axis < tensor->rank && length < 50; axis++)
        length += snprintf(text + length, (size_t)(64 - length),
                           axis > 0 ? ",%" PRId64 : "%" PRId64, index[axis]);
    return text;
}

static void print_heading(const char *title) {
    printf("%-22s %8s  %-10s %17s %17s %8s\n", title, "elements", "worst", "by backward",
           "by differences", "error");
}

/* Checks the gradient of one tensor. x and gradient have room for its elements. */
static enum pleat_status check_tensor(const char *name, struct function *function,
                                      const struct pleat_tensor *gradient_view, double *x,
                                      double *gradient, bool *passed, struct pleat_error *error) {
    const int64_t count = pleat_tensor_size(&function->variable);
    const struct pleat_scalar_function scalar = {evaluate, function, count};
    struct pleat_gradcheck_options options = pleat_gradcheck_options_init();
    options.step = function->step;
    options.scale = SCALE;
    struct pleat_gradcheck_report report;
    memcpy(x, function->variable.data, (size_t)count * sizeof *x);
    memcpy(gradient, gradient_view->data, (size_t)count * sizeof *gradient);
    const enum pleat_status status =
        pleat_gradcheck(&scalar, x, gradient, &options, &report, error);
    memcpy(function->variable.data, x, (size_t)count * sizeof *x);
    TRY(status);
    char element[64];
    printf("%-22s %8" PRId64 "  %-10s %17.9e %17.9e %8.1e%s\n", name, report.checked,
           element_name(&function->variable, report.index, element), report.analytic,
           report.numeric, report.error, report.passed ? "" : "  WRONG");
    *passed = *passed && report.passed;
    return PLEAT_OK;
}

/* Checks the input and every parameter of a model whose backward has been run. */
static enum pleat_status check_all(struct function *function,
                                   const struct pleat_tensor *input_gradient, double *x,
                                   double *gradient, bool *passed, struct pleat_error *error) {
    function->variable = *function->input;
    TRY(check_tensor("input", function, input_gradient, x, gradient, passed, error));
    for (int i = 0; i < pleat_model_parameter_count(function->model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(function->model, i);
        function->variable = parameter.value;
        TRY(check_tensor(parameter.name, function, &parameter.grad, x, gradient, passed, error));
    }
    return PLEAT_OK;
}

static enum pleat_status randomise(const struct pleat_tensor *tensor, double size,
                                   struct pleat_random *random, struct pleat_error *error) {
    return pleat_initialise_normal(tensor, 0, size, random, error);
}

/* Compiles, draws what is random, and runs the passes. */
static enum pleat_status prepare(struct pleat_model *model, const struct pleat_tensor *input,
                                 struct pleat_tensor *direction, uint64_t seed,
                                 struct pleat_error *error) {
    struct pleat_random random = pleat_random_seed(seed);
    struct pleat_compile_options options = pleat_compile_options_init();
    options.batch = input->extent[0];
    memcpy(options.extent, input->extent + 2, (size_t)(input->rank - 2) * sizeof(int64_t));
    options.input_gradient = 1;
    options.threads = 1; /* the tensors are tiny */
    TRY(pleat_model_compile(model, &options, error));
    const struct pleat_tensor *output = pleat_model_output(model);
    TRY(pleat_tensor_allocate(direction, PLEAT_FLOAT64, output->rank, output->extent, error));
    TRY(randomise(direction, 1, &random, error));
    TRY(randomise(input, 1, &random, error));
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        TRY(randomise(&parameter.value, 0.5, &random, error));
    }
    pleat_model_zero_grad(model);
    TRY(pleat_model_forward(model, input, error));
    return pleat_model_backward(model, direction, error);
}

/* The elements of the largest tensor that will be checked. */
static int64_t largest(const struct pleat_model *model, const struct pleat_tensor *input) {
    int64_t size = pleat_tensor_size(input);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        const int64_t elements = pleat_tensor_size(&parameter.value);
        size = elements > size ? elements : size;
    }
    return size;
}

enum pleat_status model_gradcheck(const char *title, struct pleat_model *model, int64_t batch,
                                  int64_t channels, int rank, const int64_t *extent, double step,
                                  uint64_t seed, bool *passed, struct pleat_error *error) {
    int64_t input_extent[PLEAT_MAX_RANK] = {batch, channels};
    struct pleat_tensor input, direction = {.data = NULL}, input_gradient = {.data = NULL};
    memcpy(input_extent + 2, extent, (size_t)rank * sizeof *extent);
    TRY(pleat_tensor_allocate(&input, PLEAT_FLOAT64, 2 + rank, input_extent, error));
    enum pleat_status status = prepare(model, &input, &direction, seed, error);
    struct function function = {
        .model = model, .input = &input, .direction = &direction, .step = step};
    const int64_t room = largest(model, &input);
    struct pleat_tensor x = {.data = NULL}, gradient = {.data = NULL};
    if (status == PLEAT_OK)
        status = pleat_tensor_allocate(&x, PLEAT_FLOAT64, 1, &room, error);
    if (status == PLEAT_OK)
        status = pleat_tensor_allocate(&gradient, PLEAT_FLOAT64, 1, &room, error);
    if (status == PLEAT_OK)
        status =
            pleat_tensor_allocate(&input_gradient, PLEAT_FLOAT64, 2 + rank, input_extent, error);
    if (status == PLEAT_OK) {
        /* The model's own does not outlive the next forward. */
        memcpy(input_gradient.data, pleat_model_input_gradient(model)->data,
               (size_t)pleat_tensor_size(&input) * sizeof(double));
        print_heading(title);
        status = check_all(&function, &input_gradient, x.data, gradient.data, passed, error);
    }
    pleat_tensor_free(&x);
    pleat_tensor_free(&gradient);
    pleat_tensor_free(&input_gradient);
    pleat_tensor_free(&direction);
    pleat_tensor_free(&input);
    return status;
}
