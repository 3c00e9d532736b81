/* The third-party cases of conformance/conv_transpose_cases.jsonl, a JSON object a line: inputs and
 * expected values of ONNX, ONNX Runtime and burn, forward and gradients, sizes in ONNX's terms. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/dialect.h>

#include "conv_run.h"
#include "data.h"
#include "suites.h"

/* What the file is known to hold: fewer would mean that some were not run. */
enum { FORWARD_CASES = 44, GRADIENT_CASES = 19, ALL_CASES = FORWARD_CASES + GRADIENT_CASES };

static json_t *cases[ALL_CASES];

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    ck_assert_msg(text != NULL, "no text '%s'", name);
    return text;
}

static int64_t integer_of(const json_t *object, const char *name, size_t i) {
    const json_t *value = json_array_get(json_object_get(object, name), i);
    ck_assert_msg(json_is_integer(value), "no integer '%s' %zu", name, i);
    return json_integer_value(value);
}

static enum pleat_padding padding_of(const json_t *object) {
    const char *word = text_of(object, "auto_pad");
    enum pleat_padding padding = PLEAT_PADDING_EXPLICIT;
    while (strcmp(pleat_padding_name(padding), word) != 0)
        ck_assert_int_le(++padding, PLEAT_PADDING_SAME_LOWER);
    return padding;
}

/* One axis, by the dialect of ONNX. */
static void read_axis(const json_t *object, struct conv_case *c, size_t a) {
    const size_t rank = (size_t)c->params.rank;
    const bool sized = json_is_array(json_object_get(object, "output_shape"));
    const struct pleat_axis asked = {.kernel = integer_of(object, "w_shape", a + 2),
                                     .stride = integer_of(object, "stride", a),
                                     .dilation = integer_of(object, "dilation", a),
                                     .padding_begin = integer_of(object, "pads", a),
                                     .padding_end = integer_of(object, "pads", rank + a),
                                     .output_padding = integer_of(object, "output_padding", a)};
    struct pleat_error error = {0};
    c->in[a] = integer_of(object, "x_shape", a + 2);
    const enum pleat_status status = pleat_dialect_onnx_conv_transpose(
        padding_of(object), c->in[a], &asked,
        sized ? integer_of(object, "output_shape", a) : PLEAT_UNSPECIFIED, &c->params.axis[a],
        &c->out[a], &error);
    ck_assert_msg(status == PLEAT_OK, "%s: %s", text_of(object, "id"), error.message);
    const bool forward = strcmp(text_of(object, "kind"), "forward") == 0;
    ck_assert_msg(c->out[a] == integer_of(object, forward ? "y_shape" : "dy_shape", a + 2),
                  "%s: axis %zu has size %lld", text_of(object, "id"), a, (long long)c->out[a]);
}

static struct conv_case read_case(const json_t *object, enum pleat_dtype dtype) {
    struct conv_case c = {.op = PLEAT_CONV_TRANSPOSE, .dtype = dtype, .out = {1, 1, 1}, .seed = 1};
    c.params.rank = (int)json_integer_value(json_object_get(object, "rank"));
    c.params.groups = json_integer_value(json_object_get(object, "groups"));
    c.params.in_channels = integer_of(object, "x_shape", 1);
    c.params.out_channels = integer_of(object, "w_shape", 1) * c.params.groups;
    c.batch = integer_of(object, "x_shape", 0);
    c.bias = json_is_true(json_object_get(object, "has_bias"));
    for (int a = 0; a < c.params.rank; a++)
        read_axis(object, &c, (size_t)a);
    return c;
}

static void read_tensor(const json_t *object, const char *name, const struct pleat_tensor *tensor) {
    const json_t *values = json_object_get(object, name);
    if (json_array_size(values) != (size_t)pleat_tensor_size(tensor))
        ck_abort_msg("%s: '%s' has %zu elements", text_of(object, "id"), name,
                     json_array_size(values));
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        tensor_set(tensor, i, json_number_value(json_array_get(values, (size_t)i)));
}

/* Compares a tensor with the values under name. The literals carry max_abs_err of rounding, and
 * were computed in float at magnitudes up to scale. */
static void check_tensor(const json_t *object, const char *name, double max_abs_err,
                         const struct pleat_tensor *tensor) {
    const json_t *values = json_object_get(object, name);
    const double scale = json_number_value(json_object_get(object, "scale"));
    const double allowed = 2 * max_abs_err + 4 * dtype_epsilon(PLEAT_FLOAT32) * scale;
    ck_assert_uint_eq(json_array_size(values), (size_t)pleat_tensor_size(tensor));
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++) {
        const double expected = json_number_value(json_array_get(values, (size_t)i));
        const double difference = tensor_get(tensor, i) - expected;
        if (!(difference <= allowed && -difference <= allowed))
            ck_abort_msg("%s: %s: element %lld is %.9g and must be %.9g", text_of(object, "id"),
                         name, (long long)i, tensor_get(tensor, i), expected);
    }
}

static void check_gradients(const json_t *object, struct conv_run *run) {
    const json_t *errors = json_object_get(object, "max_abs_err");
    read_tensor(object, "dy", &run->grad_output);
    fill_value(&run->grad_weight, 0);
    fill_value(&run->grad_bias, 0);
    conv_run_backward(run, WANT_ALL, conv_run_scratch(run, PLEAT_BACKWARD));
    check_tensor(object, "dx", json_number_value(json_array_get(errors, 0)), &run->grad_input);
    check_tensor(object, "dw", json_number_value(json_array_get(errors, 1)), &run->grad_weight);
    check_tensor(object, "db", json_number_value(json_array_get(errors, 2)), &run->grad_bias);
}

/* _i: the case, once in float and once in double. */
START_TEST(conformance) {
    const json_t *object = cases[_i / 2];
    const struct conv_case c = read_case(object, _i % 2 == 0 ? PLEAT_FLOAT32 : PLEAT_FLOAT64);
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_reals);
    read_tensor(object, "x", &run.input);
    read_tensor(object, "w", &run.weight);
    if (c.bias)
        read_tensor(object, "b", &run.bias);
    if (strcmp(text_of(object, "kind"), "forward") == 0) {
        conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
        check_tensor(object, "y", json_number_value(json_object_get(object, "max_abs_err")),
                     &run.output);
    } else {
        check_gradients(object, &run);
    }
    conv_run_end(&run);
}
END_TEST

/* Reads the file and returns whether it holds what it should. */
static bool load(FILE *file) {
    int count = 0, gradients = 0;
    for (json_t *object; (object = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL;) {
        const char *kind = json_string_value(json_object_get(object, "kind"));
        gradients += kind != NULL && strcmp(kind, "grad") == 0;
        if (count < ALL_CASES)
            cases[count] = object;
        count++;
    }
    fclose(file);
    printf("%d conformance cases: %d forward, %d gradient, each in float and double\n", count,
           count - gradients, gradients);
    fflush(stdout);
    return count == ALL_CASES && gradients == GRADIENT_CASES;
}

int main(void) {
    if (!load(data_open("conformance/conv_transpose_cases.jsonl")))
        return EXIT_FAILURE;
    Suite *suite = suite_create("conv: conformance");
    suite_add_loop(suite, "conformance", conformance, 2 * ALL_CASES);
    const int status = run_suite(suite);
    for (int i = 0; i < ALL_CASES; i++)
        json_decref(cases[i]);
    return status;
}
