/* Every refusal of the operator: its status, the field that its message names, and that nothing was
 * written; sizes near the ends of the integers; the failing allocator. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conv_run.h"
#include "failing_memory.h"
#include "suites.h"

/* Parameters that are refused: a legal case (ic4 oc6 g2 i5x4 k3 s2 p1), changed. */
enum field { RANK, IC, OC, GROUPS, KERNEL, STRIDE, DILATION, BEGIN, END, OUTPUT_PADDING, EXTENT };

static const struct refusal {
    enum field field;
    int axis;
    int64_t value;
    enum pleat_status status;
    const char *message; /* part of it */
} refusals[] = {
    /* [9] zero and negative values */
    {RANK, 0, 0, PLEAT_INVALID_ARGUMENT, "rank must be 1, 2 or 3, got 0"},
    {RANK, 0, 4, PLEAT_INVALID_ARGUMENT, "rank must be 1, 2 or 3, got 4"},
    {GROUPS, 0, 0, PLEAT_INVALID_ARGUMENT, "groups must be at least 1, got 0"},
    {GROUPS, 0, -2, PLEAT_INVALID_ARGUMENT, "groups must be at least 1, got -2"},
    {KERNEL, 0, 0, PLEAT_INVALID_ARGUMENT, "kernel_h must be at least 1, got 0"},
    {KERNEL, 1, -3, PLEAT_INVALID_ARGUMENT, "kernel_w must be at least 1, got -3"},
    {STRIDE, 0, 0, PLEAT_INVALID_ARGUMENT, "stride_h must be at least 1, got 0"},
    {STRIDE, 1, -1, PLEAT_INVALID_ARGUMENT, "stride_w must be at least 1, got -1"},
    {DILATION, 0, 0, PLEAT_INVALID_ARGUMENT, "dilation_h must be at least 1, got 0"},
    {DILATION, 1, 0, PLEAT_INVALID_ARGUMENT, "dilation_w must be at least 1, got 0"},
    {OUTPUT_PADDING, 1, -1, PLEAT_INVALID_ARGUMENT, "output_padding_w must be at least 0, got -1"},
    {OUTPUT_PADDING, 0, 2, PLEAT_INVALID_ARGUMENT, "output_padding_h"},
    /* [8] nothing to work on */
    {IC, 0, 0, PLEAT_INVALID_ARGUMENT, "in_channels must be at least 1, got 0"},
    {OC, 0, -6, PLEAT_INVALID_ARGUMENT, "out_channels must be at least 1, got -6"},
    {EXTENT, 0, 0, PLEAT_INVALID_ARGUMENT, "_h"},
    {EXTENT, 1, -4, PLEAT_INVALID_ARGUMENT, "_w"},
    {IC, 0, 5, PLEAT_INVALID_SHAPE, "in_channels"},
    {OC, 0, 5, PLEAT_INVALID_SHAPE, "out_channels"},
    {GROUPS, 0, 3, PLEAT_INVALID_SHAPE, "groups"},
    /* [7] nothing left of the output */
    {END, 0, 10, PLEAT_INVALID_SHAPE, "_h"},
    {BEGIN, 1, 1000, PLEAT_INVALID_SHAPE, "_w"},
    /* [10] sizes beyond the integers */
    {EXTENT, 0, INT64_MAX, PLEAT_SIZE_OVERFLOW, ""},
    {EXTENT, 1, INT64_MAX / 2, PLEAT_SIZE_OVERFLOW, ""},
    {EXTENT, 0, INT64_C(1) << 61, PLEAT_SIZE_OVERFLOW, ""},
    {EXTENT, 0, INT64_C(1) << 31, PLEAT_SIZE_OVERFLOW, ""},
    {STRIDE, 0, INT64_MAX, PLEAT_SIZE_OVERFLOW, ""},
    {KERNEL, 0, INT64_MAX, PLEAT_SIZE_OVERFLOW, ""},
    {KERNEL, 1, INT64_C(1) << 60, PLEAT_SIZE_OVERFLOW, ""},
    {KERNEL, 1, INT64_C(1) << 31, PLEAT_SIZE_OVERFLOW, ""},
    {DILATION, 0, INT64_MAX, PLEAT_SIZE_OVERFLOW, ""},
    {BEGIN, 0, INT64_MIN, PLEAT_SIZE_OVERFLOW, ""},
    {END, 0, -INT64_MAX, PLEAT_SIZE_OVERFLOW, ""},
    {END, 1, -(INT64_C(1) << 61), PLEAT_SIZE_OVERFLOW, ""},
    {IC, 0, INT64_MAX - 1, PLEAT_SIZE_OVERFLOW, ""},
    {OC, 0, INT64_C(1) << 62, PLEAT_SIZE_OVERFLOW, ""},
    {IC, 0, INT64_C(1) << 34, PLEAT_SIZE_OVERFLOW, ""},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static struct conv_case legal_case(void) {
    return conv_case_parse("n2 ic4 oc6 g2 i5x4 k3 s2 p1 bias");
}

static void set_field(struct conv_case *c, const struct refusal *r) {
    struct pleat_axis *axis = &c->params.axis[r->axis];
    int64_t *const fields[] = {[IC] = &c->params.in_channels,
                               [OC] = &c->params.out_channels,
                               [GROUPS] = &c->params.groups,
                               [KERNEL] = &axis->kernel,
                               [STRIDE] = &axis->stride,
                               [DILATION] = &axis->dilation,
                               [BEGIN] = &axis->padding_begin,
                               [END] = &axis->padding_end,
                               [OUTPUT_PADDING] = &axis->output_padding,
                               [EXTENT] = &c->in[r->axis]};
    if (r->field == RANK)
        c->params.rank = (int)r->value;
    else
        *fields[r->field] = r->value;
}

START_TEST(parameters) {
    const struct refusal *r = &refusals[_i];
    struct conv_case c = legal_case();
    set_field(&c, r);
    struct pleat_plan *const untouched = (struct pleat_plan *)(void *)&c, *plan = untouched;
    struct pleat_error error = {0};
    const enum pleat_status status =
        pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &c.params, c.in, NULL, &error);
    ck_assert_msg(status == r->status, "refusal %d: status %d '%s'", _i, (int)status,
                  error.message);
    ck_assert_int_eq(error.status, status);
    ck_assert_msg(strstr(error.message, r->message) != NULL && error.message[0] != '\0',
                  "refusal %d: '%s' does not say '%s'", _i, error.message, r->message);
    ck_assert_ptr_eq(plan, untouched);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
    /* The detail is optional, and conv refuses too (what differs is what is too large). */
    ck_assert_int_eq(pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &c.params, c.in, NULL, NULL),
                     r->status);
    const enum pleat_status conv =
        pleat_plan_create(&plan, PLEAT_CONV, &c.params, c.in, NULL, &error);
    if (conv == PLEAT_OK)
        pleat_plan_free(plan);
    else
        ck_assert_ptr_eq(plan, untouched);
}
END_TEST

START_TEST(conv_refuses_output_padding) {
    struct conv_case c = legal_case();
    c.params.axis[1].output_padding = 1;
    struct pleat_plan *plan = NULL;
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_plan_create(&plan, PLEAT_CONV, &c.params, c.in, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "output_padding_w must be 0"));
    /* and a kernel that does not fit into the padded input */
    c.params.axis[1].output_padding = 0;
    c.params.axis[0].kernel = 8;
    ck_assert_int_eq(pleat_plan_create(&plan, PLEAT_CONV, &c.params, c.in, NULL, &error),
                     PLEAT_INVALID_SHAPE);
    ck_assert_ptr_null(plan);
}
END_TEST

START_TEST(arguments_of_create) {
    const struct conv_case c = legal_case();
    struct pleat_plan *plan = NULL;
    struct pleat_plan_options options = pleat_plan_options_init();
    struct pleat_error error = {0};
    const enum pleat_operator op = PLEAT_CONV_TRANSPOSE;
    ck_assert_int_eq(pleat_plan_create(NULL, op, &c.params, c.in, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "plan must not be NULL");
    ck_assert_int_eq(pleat_plan_create(&plan, op, NULL, c.in, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "params must not be NULL");
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, NULL, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "in_extent must not be NULL");
    ck_assert_int_eq(pleat_plan_create(&plan, (enum pleat_operator)7, &c.params, c.in, NULL, NULL),
                     PLEAT_INVALID_ARGUMENT);
    options.threads = -1;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, c.in, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "threads must be 0 to 1024, got -1");
    options.threads = PLEAT_MAX_THREADS + 1;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, c.in, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
    options.threads = 0;
    options.method = (enum pleat_method)99;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, c.in, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "method 99 is no method");
    options.method = (enum pleat_method) - 1;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, c.in, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "method -1 is no method");
    options.method = PLEAT_METHOD_AUTO;
    struct pleat_conv_params far = c.params; /* few pixels, at positions that do not fit */
    far.axis[0] = pleat_axis_init(1, INT64_C(1) << 59);
    far.axis[0].padding_end = 15 * (INT64_C(1) << 59) - 4;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &far, (int64_t[]){16, 16, 16}, NULL, &error),
                     PLEAT_SIZE_OVERFLOW);
    options.dtype = (enum pleat_dtype)9;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &c.params, c.in, &options, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "dtype"));
    ck_assert_ptr_null(plan);
    pleat_plan_free(NULL);
}
END_TEST

/* The six tensors of an execution in the order of pleat_plan_backward, then output. */
enum { INPUT, WEIGHT, GRAD_OUTPUT, GRAD_INPUT, GRAD_WEIGHT, GRAD_BIAS, BIAS, OUTPUT, TENSORS };
static const char *const tensor_names[TENSORS] = {
    "input", "weight", "grad_output", "grad_input", "grad_weight", "grad_bias", "bias", "output"};

/* Executes with tensors t, of which some may be NULL. */
static enum pleat_status execute(const struct conv_run *run, enum pleat_pass pass,
                                 const struct pleat_tensor *const t[TENSORS], void *scratch,
                                 size_t bytes, struct pleat_error *error) {
    return pass == PLEAT_FORWARD
               ? pleat_plan_forward(run->plan, t[INPUT], t[WEIGHT], t[BIAS], t[OUTPUT], scratch,
                                    bytes, error)
               : pleat_plan_backward(run->plan, t[INPUT], t[WEIGHT], t[GRAD_OUTPUT], t[GRAD_INPUT],
                                     t[GRAD_WEIGHT], t[GRAD_BIAS], scratch, bytes, error);
}

static bool is_used(enum pleat_pass pass, int tensor) {
    return tensor == INPUT || tensor == WEIGHT ||
           (tensor == BIAS || tensor == OUTPUT) == (pass == PLEAT_FORWARD);
}

/* How a tensor is spoilt, and what must come of it. */
static const struct {
    enum pleat_status status;
    const char *how;
} spoils[] = {
    {PLEAT_TYPE_MISMATCH, "another type"},        {PLEAT_INVALID_SHAPE, "an extent too small"},
    {PLEAT_INVALID_SHAPE, "an extent too large"}, {PLEAT_INVALID_SHAPE, "an axis too few"},
    {PLEAT_INVALID_SHAPE, "an axis too many"},    {PLEAT_INVALID_ARGUMENT, "no data"},
    {PLEAT_INVALID_SHAPE, "a batch of its own"},  {PLEAT_INVALID_SHAPE, "a rank that no view has"}};
enum { SPOILS = sizeof spoils / sizeof spoils[0] };

static struct pleat_tensor spoil(struct pleat_tensor t, int how) {
    const int last = t.rank - 1;
    switch (how) {
    case 0:
        t.dtype = t.dtype == PLEAT_FLOAT32 ? PLEAT_FLOAT64 : PLEAT_FLOAT32;
        break;
    case 1:
        t.extent[last]--;
        break;
    case 2:
        t.extent[last]++;
        break;
    case 3:
        t.rank--;
        break;
    case 4:
        t.extent[t.rank++] = 1;
        break;
    case 5:
        t.data = NULL;
        break;
    case 6:
        t.extent[0]++;
        break;
    default:
        t.rank = -1;
    }
    return t;
}

/* Fails the test unless the call is refused with that status and no tensor has changed. */
static void check_refused(const struct conv_run *run, enum pleat_pass pass,
                          const struct pleat_tensor *const t[TENSORS], size_t bytes,
                          enum pleat_status expected, const char *what) {
    const struct pleat_tensor *const all[TENSORS] = {
        &run->input,       &run->weight,    &run->grad_output, &run->grad_input,
        &run->grad_weight, &run->grad_bias, &run->bias,        &run->output};
    void *before[TENSORS], *scratch = guarded_allocate(bytes);
    for (int i = 0; i < TENSORS; i++)
        before[i] = tensor_bytes(all[i]);
    struct pleat_error error = {0};
    const enum pleat_status status = execute(run, pass, t, scratch, bytes, &error);
    ck_assert_msg(status == expected, "%s: status %d '%s'", what, (int)status, error.message);
    ck_assert_msg(error.status == status && strstr(error.message, what) != NULL,
                  "'%s' does not name %s", error.message, what);
    ck_assert_int_eq(execute(run, pass, t, scratch, bytes, NULL), expected);
    for (int i = 0; i < TENSORS; i++)
        assert_bytes(all[i], before[i], what), free(before[i]);
    guarded_free(scratch);
}

/* _i: spoil, pass, operator. Every tensor of the call in turn. */
START_TEST(tensors) {
    const enum pleat_pass pass = _i / SPOILS % 2 == 0 ? PLEAT_FORWARD : PLEAT_BACKWARD;
    struct conv_case c = legal_case();
    if (_i / SPOILS / 2 == 1)
        c = conv_case_twin(&c);
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    for (int i = 0; i < TENSORS; i++) {
        const struct pleat_tensor *t[TENSORS] = {
            &run.input,       &run.weight,    &run.grad_output, &run.grad_input,
            &run.grad_weight, &run.grad_bias, &run.bias,        &run.output};
        if (!is_used(pass, i))
            continue;
        const struct pleat_tensor spoilt = spoil(*t[i], _i % SPOILS);
        t[i] = &spoilt;
        /* The batch is taken from the first tensor: another one may be the first to differ. */
        const bool names_it = _i % SPOILS != 6 || (i != INPUT && i != GRAD_OUTPUT);
        check_refused(&run, pass, t, conv_run_scratch(&run, pass), spoils[_i % SPOILS].status,
                      names_it ? tensor_names[i] : "extent");
    }
    conv_run_end(&run);
}
END_TEST

START_TEST(missing_arguments) {
    const enum pleat_pass pass = _i == 0 ? PLEAT_FORWARD : PLEAT_BACKWARD;
    const struct conv_case c = legal_case();
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    const struct pleat_tensor *const all[TENSORS] = {
        &run.input,       &run.weight,    &run.grad_output, &run.grad_input,
        &run.grad_weight, &run.grad_bias, &run.bias,        &run.output};
    const int needed[2][4] = {{INPUT, WEIGHT, OUTPUT, -1}, {GRAD_OUTPUT, INPUT, WEIGHT, -1}};
    for (const int *i = needed[pass == PLEAT_BACKWARD]; *i >= 0; i++) {
        const struct pleat_tensor *t[TENSORS];
        memcpy(t, all, sizeof t);
        t[*i] = NULL;
        check_refused(&run, pass, t, conv_run_scratch(&run, pass), PLEAT_INVALID_ARGUMENT,
                      tensor_names[*i]);
    }
    struct pleat_plan *const plan = run.plan;
    run.plan = NULL;
    check_refused(&run, pass, all, 64, PLEAT_INVALID_ARGUMENT, "plan");
    run.plan = plan;
    const size_t minimum = conv_run_minimum(&run, pass);
    check_refused(&run, pass, all, minimum - 1, PLEAT_SCRATCH_TOO_SMALL, "scratch");
    check_refused(&run, pass, all, 0, PLEAT_SCRATCH_TOO_SMALL, "scratch");
    struct pleat_error error = {0};
    ck_assert_int_eq(execute(&run, pass, all, NULL, minimum, &error), PLEAT_SCRATCH_TOO_SMALL);
    conv_run_end(&run);
}
END_TEST

/* A batch that is negative, or whose bytes nobody can count, in every tensor alike. */
START_TEST(batches) {
    const struct conv_case c = legal_case();
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    const int64_t batch = _i == 0 ? -1 : _i == 1 ? INT64_MIN : _i == 2 ? INT64_MAX : INT64_MAX / 8;
    struct pleat_tensor input = run.input, output = run.output, gy = run.grad_output;
    struct pleat_tensor gx = run.grad_input;
    input.extent[0] = output.extent[0] = gy.extent[0] = gx.extent[0] = batch;
    const struct pleat_tensor *const t[TENSORS] = {
        &input, &run.weight, &gy, &gx, &run.grad_weight, &run.grad_bias, &run.bias, &output};
    const enum pleat_status expected = batch < 0 ? PLEAT_INVALID_SHAPE : PLEAT_SIZE_OVERFLOW;
    check_refused(&run, PLEAT_FORWARD, t, conv_run_scratch(&run, PLEAT_FORWARD), expected, "batch");
    check_refused(&run, PLEAT_BACKWARD, t, conv_run_scratch(&run, PLEAT_BACKWARD), expected,
                  "batch");
    conv_run_end(&run);
}
END_TEST

/* Allocation k = 0, 1, 2, ... fails until creating a plan succeeds. */
START_TEST(failing_allocator) {
    const struct conv_case c = legal_case();
    for (long k = 0;; k++) {
        ck_assert_int_lt(k, 100);
        struct pleat_plan *plan = NULL;
        struct pleat_error error = {0};
        failing_memory_arm(k);
        const enum pleat_status status =
            pleat_plan_create(&plan, c.op, &c.params, c.in, NULL, &error);
        failing_memory_arm(-1);
        if (status == PLEAT_OK) {
            ck_assert_int_gt(k, 0);
            pleat_plan_free(plan);
            ck_assert_int_eq(failing_memory_outstanding(), 0);
            return;
        }
        ck_assert_int_eq(status, PLEAT_OUT_OF_MEMORY);
        ck_assert_int_eq(error.status, PLEAT_OUT_OF_MEMORY);
        ck_assert_ptr_null(plan);
        ck_assert_int_eq(failing_memory_outstanding(), 0);
    }
}
END_TEST

/* What packing refuses: missing arguments, and every spoilt weight. */
START_TEST(packing) {
    const struct conv_case c = legal_case();
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    struct pleat_packed_weight *const untouched = (struct pleat_packed_weight *)(void *)&run;
    struct pleat_packed_weight *packed = untouched;
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_packed_weight_create(NULL, run.plan, &run.weight, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "packed must not be NULL");
    ck_assert_int_eq(pleat_packed_weight_create(&packed, NULL, &run.weight, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "plan must not be NULL");
    ck_assert_int_eq(pleat_packed_weight_create(&packed, run.plan, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "weight must not be NULL");
    for (int how = 0; how < SPOILS; how++) {
        const struct pleat_tensor spoilt = spoil(run.weight, how);
        ck_assert_int_eq(pleat_packed_weight_create(&packed, run.plan, &spoilt, &error),
                         spoils[how].status);
        ck_assert_ptr_nonnull(strstr(error.message, "weight"));
    }
    ck_assert_ptr_eq(packed, untouched);
    pleat_packed_weight_free(NULL);
    conv_run_end(&run);
}
END_TEST

/* Runs the activated forward, which must be refused, with nothing written. */
static void check_activation_refused(const struct conv_run *run, const struct pleat_tensor *weight,
                                     const struct pleat_packed_weight *packed,
                                     const struct pleat_activation *activation,
                                     enum pleat_status status, const char *message) {
    const size_t bytes = conv_run_scratch(run, PLEAT_FORWARD);
    void *scratch = guarded_allocate(bytes), *before = tensor_bytes(&run->output);
    struct pleat_error error = {0};
    ck_assert_int_eq(pleat_plan_forward_activated(run->plan, &run->input, weight, packed, NULL,
                                                  activation, &run->output, scratch, bytes, &error),
                     status);
    ck_assert_msg(strstr(error.message, message) != NULL, "%s, not %s", error.message, message);
    assert_bytes(&run->output, before, run->text);
    free(before);
    guarded_free(scratch);
}

/* What an activation adds to the refusals of forward. */
START_TEST(activations) {
    const struct conv_case c = legal_case();
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    struct pleat_packed_weight *packed = conv_run_pack(&run);
    struct pleat_activation activation = {.function = PLEAT_FUNCTION_RELU};
    check_activation_refused(&run, NULL, NULL, &activation, PLEAT_INVALID_ARGUMENT, "packed");
    check_activation_refused(&run, &run.weight, packed, &activation, PLEAT_INVALID_ARGUMENT,
                             "packed");
    activation.function = (enum pleat_function)(PLEAT_FUNCTION_PRELU + 1);
    check_activation_refused(&run, &run.weight, NULL, &activation, PLEAT_INVALID_ARGUMENT,
                             "function");
    activation.function = PLEAT_FUNCTION_LEAKY_RELU;
    activation.slope = INFINITY;
    check_activation_refused(&run, &run.weight, NULL, &activation, PLEAT_INVALID_ARGUMENT, "slope");
    activation.function = PLEAT_FUNCTION_PRELU;
    check_activation_refused(&run, NULL, packed, &activation, PLEAT_INVALID_ARGUMENT, "slopes");
    for (int how = 0; how < SPOILS; how++) {
        const struct pleat_tensor spoilt = spoil(run.bias, how);
        activation.slopes = &spoilt;
        check_activation_refused(&run, &run.weight, NULL, &activation, spoils[how].status,
                                 "slopes");
    }
    pleat_packed_weight_free(packed);
    conv_run_end(&run);
}
END_TEST

/* A weight that was packed for another plan: its case, and what the message names. */
static const struct {
    const char *plan, *other, *what;
} strangers[] = {
    {"ic4 oc4 i5x4 k3 s2 p1", "ic4 oc4 i5x4 k3 s2 p1 f64", "type"},
    {"ic4 oc4 i5x5 k3 p1", "conv ic4 oc4 i5x5 k3 p1", "operator"},
    {"ic4 oc4 i5x4 k3 s2 p1", "ic4 oc4 i6x4 k3 s2 p1", "geometry"},
    {"ic4 oc4 i5x4 k3 s2 p1 tiled", "ic4 oc4 i5x4 k3 s2 p1 winograd", "method"},
    {"ic4 oc4 i5x4 k3 s2 p1 direct", "ic4 oc4 i5x4 k3 s2 p1 direct plain", "instruction set"},
};
enum { STRANGERS = sizeof strangers / sizeof strangers[0] };

/* Nothing is written with it, nor without any. */
START_TEST(packed_for_another) {
    const struct conv_case c = conv_case_parse(strangers[_i].plan);
    const struct conv_case d = conv_case_parse(strangers[_i].other);
    struct conv_run run, other;
    conv_run_begin(&run, &c, 1, fill_integers);
    conv_run_begin(&other, &d, 1, fill_integers);
    struct pleat_plan_description ours, theirs;
    ck_assert_int_eq(pleat_plan_describe(run.plan, PLEAT_FORWARD, &ours, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat_plan_describe(other.plan, PLEAT_FORWARD, &theirs, NULL), PLEAT_OK);
    struct pleat_packed_weight *packed = conv_run_pack(&other);
    const size_t bytes = conv_run_scratch(&run, PLEAT_FORWARD);
    void *scratch = guarded_allocate(bytes), *before = tensor_bytes(&run.output);
    struct pleat_error error = {0};
    const enum pleat_status status = pleat_plan_forward_packed(run.plan, &run.input, packed, NULL,
                                                               &run.output, scratch, bytes, &error);
    if (_i + 1 == STRANGERS && ours.instructions == theirs.instructions) {
        ck_assert_int_eq(status, PLEAT_OK); /* on a machine that has no other */
    } else {
        ck_assert_int_eq(status, PLEAT_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, "weight was packed for a plan of another"));
        ck_assert_ptr_nonnull(strstr(error.message, strangers[_i].what));
        assert_bytes(&run.output, before, run.text);
    }
    ck_assert_int_eq(pleat_plan_forward_packed(run.plan, &run.input, NULL, NULL, &run.output,
                                               scratch, bytes, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "weight must not be NULL");
    free(before);
    guarded_free(scratch);
    pleat_packed_weight_free(packed);
    conv_run_end(&other);
    conv_run_end(&run);
}
END_TEST

/* Allocation k = 0, 1, 2, ... fails until packing succeeds: with a method that packs, and by copy. */
START_TEST(failing_packing) {
    const struct conv_case c =
        conv_case_parse(_i == 0 ? "ic4 oc4 i5x4 k3 s2 p1 winograd" : "ic4 oc4 i5x4 k3 s2 p1 tiled");
    struct conv_run run;
    conv_run_begin(&run, &c, 1, fill_integers);
    const long before = failing_memory_outstanding();
    struct pleat_packed_weight *packed = NULL;
    long k = 0;
    for (enum pleat_status status = PLEAT_OUT_OF_MEMORY; status != PLEAT_OK; k++) {
        ck_assert_int_lt(k, 100);
        ck_assert_ptr_null(packed);
        ck_assert_int_eq(failing_memory_outstanding(), before);
        failing_memory_arm(k);
        status = pleat_packed_weight_create(&packed, run.plan, &run.weight, NULL);
        failing_memory_arm(-1);
        ck_assert(status == PLEAT_OK || status == PLEAT_OUT_OF_MEMORY);
    }
    ck_assert_int_gt(k, 2);
    pleat_packed_weight_free(packed);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    conv_run_end(&run);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("conv: refused");
    suite_add_loop(result, "parameters", parameters, REFUSALS);
    suite_add_loop(result, "conv refuses output padding", conv_refuses_output_padding, 1);
    suite_add_loop(result, "arguments of create", arguments_of_create, 1);
    suite_add_loop(result, "tensors", tensors, SPOILS * 4);
    suite_add_loop(result, "missing arguments", missing_arguments, 2);
    suite_add_loop(result, "batches", batches, 4);
    suite_add_loop(result, "failing allocator", failing_allocator, 1);
    suite_add_loop(result, "packing", packing, 1);
    suite_add_loop(result, "activations", activations, 1);
    suite_add_loop(result, "packed for another", packed_for_another, STRANGERS);
    suite_add_loop(result, "failing packing", failing_packing, 2);
    return result;
}

int main(void) {
    return run_suite(suite());
}
