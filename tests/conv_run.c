/* Executing a case. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv_run.h"
#include "reference.h"

enum pleat_status conv_run_plan(const struct conv_case *c, int threads, struct pleat_plan **plan,
                                struct pleat_error *error) {
    struct pleat_plan_options options = pleat_plan_options_init();
    options.dtype = c->dtype;
    options.threads = threads;
    options.method = c->method;
    options.instructions = c->instructions;
    return pleat_plan_create(plan, c->op, &c->params, c->in, &options, error);
}

static void make_plan(struct conv_run *run, int threads) {
    struct pleat_error error = {0};
    const enum pleat_status status = conv_run_plan(&run->c, threads, &run->plan, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: plan: %s", run->text, error.message);
}

/* Fails the test unless the plan's extents are batch, channels and the case's pixels. */
static void check_extent(const struct conv_run *run, const int64_t *extent, int rank,
                         int64_t channels, const int64_t *spatial) {
    ck_assert_msg(rank == run->c.params.rank + 2, "%s: rank %d", run->text, rank);
    ck_assert_msg(extent[0] == run->c.batch && extent[1] == channels, "%s: extents", run->text);
    for (int a = 0; a < run->c.params.rank; a++)
        ck_assert_msg(extent[a + 2] == spatial[a], "%s: axis %d is %lld", run->text, a,
                      (long long)extent[a + 2]);
}

static void make_tensors(struct conv_run *run) {
    const struct conv_case *c = &run->c;
    int64_t extent[PLEAT_MAX_RANK];
    int rank = pleat_plan_input_extent(run->plan, c->batch, extent);
    check_extent(run, extent, rank, c->params.in_channels, c->in);
    run->input = guarded_tensor(c->dtype, rank, extent);
    run->grad_input = guarded_tensor(c->dtype, rank, extent);
    rank = pleat_plan_output_extent(run->plan, c->batch, extent);
    check_extent(run, extent, rank, c->params.out_channels, c->out);
    run->output = guarded_tensor(c->dtype, rank, extent);
    run->grad_output = guarded_tensor(c->dtype, rank, extent);
    rank = pleat_plan_weight_extent(run->plan, extent);
    run->weight = guarded_tensor(c->dtype, rank, extent);
    run->grad_weight = guarded_tensor(c->dtype, rank, extent);
    ck_assert_int_eq(pleat_tensor_size(&run->weight), conv_case_weight_size(c));
    run->bias = guarded_tensor(c->dtype, 1, &c->params.out_channels);
    run->grad_bias = guarded_tensor(c->dtype, 1, &c->params.out_channels);
}

void conv_run_begin(struct conv_run *run, const struct conv_case *c, int threads, filler *fill) {
    *run = (struct conv_run){.c = *c};
    conv_case_print(c, run->text);
    make_plan(run, threads);
    make_tensors(run);
    struct pleat_random random = pleat_random_seed(c->seed);
    fill(&run->input, &random);
    fill(&run->weight, &random);
    fill(&run->bias, &random);
    fill(&run->grad_output, &random);
    fill_nan(&run->output);
    fill_nan(&run->grad_input);
    fill_integers(&run->grad_weight, &random);
    fill_integers(&run->grad_bias, &random);
}

void conv_run_end(struct conv_run *run) {
    pleat_plan_free(run->plan);
    guarded_free(run->input.data);
    guarded_free(run->weight.data);
    guarded_free(run->bias.data);
    guarded_free(run->output.data);
    guarded_free(run->grad_input.data);
    guarded_free(run->grad_weight.data);
    guarded_free(run->grad_bias.data);
    guarded_free(run->grad_output.data);
}

/* All ones is NaN in both types. */
static void *nan_scratch(size_t bytes) {
    void *scratch = guarded_allocate(bytes);
    memset(scratch, 0xFF, bytes);
    return scratch;
}

void conv_run_forward(struct conv_run *run, size_t scratch_bytes) {
    void *scratch = nan_scratch(scratch_bytes);
    struct pleat_error error = {0};
    const enum pleat_status status =
        pleat_plan_forward(run->plan, &run->input, &run->weight, run->c.bias ? &run->bias : NULL,
                           &run->output, scratch, scratch_bytes, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: forward: %s", run->text, error.message);
    guarded_free(scratch);
}

struct pleat_packed_weight *conv_run_pack(const struct conv_run *run) {
    struct pleat_packed_weight *packed = NULL;
    struct pleat_error error = {0};
    const enum pleat_status status =
        pleat_packed_weight_create(&packed, run->plan, &run->weight, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: packed: %s", run->text, error.message);
    return packed;
}

void conv_run_forward_packed(struct conv_run *run, const struct pleat_packed_weight *weight,
                             size_t scratch_bytes) {
    void *scratch = nan_scratch(scratch_bytes);
    struct pleat_error error = {0};
    const enum pleat_status status =
        pleat_plan_forward_packed(run->plan, &run->input, weight, run->c.bias ? &run->bias : NULL,
                                  &run->output, scratch, scratch_bytes, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: forward, packed: %s", run->text, error.message);
    guarded_free(scratch);
}

void conv_run_activated(struct conv_run *run, const struct pleat_packed_weight *packed,
                        const struct pleat_activation *activation, size_t scratch_bytes) {
    void *scratch = nan_scratch(scratch_bytes);
    struct pleat_error error = {0};
    const enum pleat_status status = pleat_plan_forward_activated(
        run->plan, &run->input, packed == NULL ? &run->weight : NULL, packed,
        run->c.bias ? &run->bias : NULL, activation, &run->output, scratch, scratch_bytes, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: forward, activated: %s", run->text, error.message);
    guarded_free(scratch);
}

void conv_run_backward(struct conv_run *run, int wanted, size_t scratch_bytes) {
    void *scratch = nan_scratch(scratch_bytes);
    struct pleat_error error = {0};
    const enum pleat_status status = pleat_plan_backward(
        run->plan, wanted & WANT_WEIGHT ? &run->input : NULL,
        wanted & WANT_INPUT ? &run->weight : NULL, &run->grad_output,
        wanted & WANT_INPUT ? &run->grad_input : NULL,
        wanted & WANT_WEIGHT ? &run->grad_weight : NULL,
        wanted & WANT_BIAS ? &run->grad_bias : NULL, scratch, scratch_bytes, &error);
    ck_assert_msg(status == PLEAT_OK, "%s: backward: %s", run->text, error.message);
    guarded_free(scratch);
}

size_t conv_run_scratch(const struct conv_run *run, enum pleat_pass pass) {
    return pleat_plan_scratch_size(run->plan, pass, NULL);
}

size_t conv_run_minimum(const struct conv_run *run, enum pleat_pass pass) {
    size_t minimum = 0;
    const size_t full = pleat_plan_scratch_size(run->plan, pass, &minimum);
    ck_assert_msg(minimum <= full, "%s: the minimum scratch is above the full one", run->text);
    return minimum;
}

static struct expected expected_allocate(const struct pleat_tensor *tensor) {
    const size_t bytes = (size_t)pleat_tensor_size(tensor) * sizeof(double) + 1;
    struct expected expected = {.value = malloc(bytes), .terms = malloc(bytes)};
    ck_assert(expected.value != NULL && expected.terms != NULL);
    return expected;
}

/* Adds what the tensor holds now. */
static void add_present(const struct pleat_tensor *tensor, struct expected *expected) {
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++) {
        const double present = tensor_get(tensor, i);
        expected->value[i] += present;
        expected->terms[i] += present < 0 ? -present : present;
    }
}

struct expected expected_output(const struct conv_run *run) {
    struct expected expected = expected_allocate(&run->output);
    double *x = tensor_to_double(&run->input), *w = tensor_to_double(&run->weight);
    double *b = tensor_to_double(&run->bias);
    reference_forward(&run->c, x, w, run->c.bias ? b : NULL, expected.value, expected.terms);
    free(x), free(w), free(b);
    return expected;
}

struct expected expected_grad_input(const struct conv_run *run) {
    struct expected expected = expected_allocate(&run->grad_input);
    double *w = tensor_to_double(&run->weight), *gy = tensor_to_double(&run->grad_output);
    reference_grad_input(&run->c, w, gy, expected.value, expected.terms);
    free(w), free(gy);
    return expected;
}

struct expected expected_grad_weight(const struct conv_run *run) {
    struct expected expected = expected_allocate(&run->grad_weight);
    double *x = tensor_to_double(&run->input), *gy = tensor_to_double(&run->grad_output);
    reference_grad_weight(&run->c, x, gy, expected.value, expected.terms);
    add_present(&run->grad_weight, &expected);
    free(x), free(gy);
    return expected;
}

struct expected expected_grad_bias(const struct conv_run *run) {
    struct expected expected = expected_allocate(&run->grad_bias);
    double *gy = tensor_to_double(&run->grad_output);
    reference_grad_bias(&run->c, gy, expected.value, expected.terms);
    add_present(&run->grad_bias, &expected);
    free(gy);
    return expected;
}

void expected_free(struct expected *expected) {
    free(expected->value);
    free(expected->terms);
}

bool conv_run_levels(const struct conv_run *run, const struct pleat_tensor *result) {
    struct pleat_plan_description d;
    const enum pleat_pass pass = result == &run->output       ? PLEAT_FORWARD
                                 : result == &run->grad_input ? PLEAT_BACKWARD_INPUT
                                                              : PLEAT_BACKWARD_FILTER;
    ck_assert_int_eq(pleat_plan_describe(run->plan, pass, &d, NULL), PLEAT_OK);
    const enum pleat_method method =
        run->c.batch < d.product[0].least_batch ? d.product[0].fewer : d.product[0].method;
    return result != &run->grad_bias && method == PLEAT_METHOD_WINOGRAD;
}

/* Raises the sum of |terms| of every element to the largest. */
static void level_terms(const struct pleat_tensor *result, struct expected *expected) {
    double largest = 0;
    for (int64_t i = 0; i < pleat_tensor_size(result); i++)
        largest = expected->terms[i] > largest ? expected->terms[i] : largest;
    for (int64_t i = 0; i < pleat_tensor_size(result); i++)
        expected->terms[i] = largest;
}

void assert_expected(const struct conv_run *run, const struct pleat_tensor *result,
                     struct expected *expected, double tolerance, const char *name) {
    char what[CONV_CASE_TEXT + 32];
    snprintf(what, sizeof what, "%s: %s", run->text, name);
    for (int64_t i = 0; tolerance == 0 && i < pleat_tensor_size(result); i++)
        if (!(expected->terms[i] < EXACT_LIMIT))
            ck_abort_msg("%s: the sums are not exact", what);
    if (conv_run_levels(run, result))
        level_terms(result, expected);
    if (tolerance == 0)
        assert_exact(result, expected->value, what);
    else
        assert_close(result, expected->value, expected->terms, tolerance, what);
    expected_free(expected);
}

double real_tolerance(const struct conv_case *c) {
    return REAL_TOLERANCE * dtype_epsilon(c->dtype);
}

void check_against_oracle(const struct conv_case *c, int threads, bool reals) {
    const double tolerance = reals ? real_tolerance(c) : 0;
    struct conv_run run;
    conv_run_begin(&run, c, threads, reals ? fill_reals : fill_integers);
    struct expected y = expected_output(&run), gx = expected_grad_input(&run);
    struct expected gw = expected_grad_weight(&run), gb = expected_grad_bias(&run);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    assert_expected(&run, &run.output, &y, tolerance, "output");
    conv_run_backward(&run, WANT_ALL, conv_run_scratch(&run, PLEAT_BACKWARD));
    assert_expected(&run, &run.grad_input, &gx, tolerance, "grad_input");
    assert_expected(&run, &run.grad_weight, &gw, tolerance, "grad_weight");
    assert_expected(&run, &run.grad_bias, &gb, tolerance, "grad_bias");
    conv_run_end(&run);
}
