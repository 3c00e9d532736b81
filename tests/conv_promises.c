/* Checking the promises about bits. */
#include "conv_promises.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "conv_run.h"

/* The bits of the results of one case. */
struct bits {
    void *output, *grad_input, *grad_weight, *grad_bias;
};

/* How much scratch a pass is lent: what it wants; the least; and between the two, where fewer
 * threads fit. */
enum lent { FULL, LEAST, HALF_WAY, ONE_LESS };

static size_t lend(const struct conv_run *run, enum pleat_pass pass, enum lent lent) {
    const size_t minimum = conv_run_minimum(run, pass), full = conv_run_scratch(run, pass);
    switch (lent) {
    case FULL:
        return full;
    case LEAST:
        return minimum;
    case HALF_WAY:
        return minimum + (full - minimum) / 2;
    case ONE_LESS:
        return full > minimum ? full - 1 : full;
    }
    return 0;
}

/* Executes both passes, from the same initial gradients each time. */
static struct bits execute(const struct conv_case *c, int threads, enum lent lent) {
    struct conv_run run;
    conv_run_begin(&run, c, threads, fill_reals);
    conv_run_forward(&run, lend(&run, PLEAT_FORWARD, lent));
    conv_run_backward(&run, WANT_ALL, lend(&run, PLEAT_BACKWARD, lent));
    const struct bits bits = {tensor_bytes(&run.output), tensor_bytes(&run.grad_input),
                              tensor_bytes(&run.grad_weight), tensor_bytes(&run.grad_bias)};
    conv_run_end(&run);
    return bits;
}

static void free_bits(struct bits bits) {
    free(bits.output), free(bits.grad_input), free(bits.grad_weight), free(bits.grad_bias);
}

/* Compares bits[elements] of the case's type. */
static void same_bits(const struct conv_case *c, const void *a, const void *b, int64_t elements,
                      const char *what) {
    char text[CONV_CASE_TEXT];
    if (memcmp(a, b, (size_t)elements * pleat_dtype_size(c->dtype)) != 0)
        ck_abort_msg("%s: %s: other bits", conv_case_print(c, text), what);
}

static void same_results(const struct conv_case *c, struct bits a, struct bits b) {
    same_bits(c, a.output, b.output, conv_case_output_size(c), "output");
    same_bits(c, a.grad_input, b.grad_input, conv_case_input_size(c), "grad_input");
    same_bits(c, a.grad_weight, b.grad_weight, conv_case_weight_size(c), "grad_weight");
    same_bits(c, a.grad_bias, b.grad_bias, c->params.out_channels, "grad_bias");
}

void check_threads_and_scratch(const struct conv_case *c) {
    static const struct {
        int threads;
        enum lent lent;
    } others[] = {{2, FULL}, {3, FULL}, {3, ONE_LESS}, {3, HALF_WAY}, {3, LEAST}};
    const struct bits one = execute(c, 1, FULL);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const struct bits other = execute(c, others[i].threads, others[i].lent);
        same_results(c, one, other);
        free_bits(other);
    }
    free_bits(one);
}

/* The view of images begin..begin + count - 1 of a batch. */
static struct pleat_tensor images(const struct pleat_tensor *batch, int64_t begin, int64_t count) {
    struct pleat_tensor view = *batch;
    view.extent[0] = 1;
    view.data = (char *)batch->data +
                (size_t)(begin * pleat_tensor_size(&view)) * pleat_dtype_size(batch->dtype);
    view.extent[0] = count;
    return view;
}

static void check_split(const struct conv_case *one, int64_t first, int64_t batch) {
    struct conv_case c = *one;
    c.batch = batch;
    struct conv_run run;
    conv_run_begin(&run, &c, 2, fill_reals);
    const size_t forward_bytes = conv_run_scratch(&run, PLEAT_FORWARD);
    const size_t backward_bytes = conv_run_scratch(&run, PLEAT_BACKWARD);
    struct expected gw = expected_grad_weight(&run), gb = expected_grad_bias(&run);
    conv_run_forward(&run, forward_bytes);
    conv_run_backward(&run, WANT_INPUT, backward_bytes);
    void *y = tensor_bytes(&run.output), *gx = tensor_bytes(&run.grad_input);
    fill_nan(&run.output);
    fill_nan(&run.grad_input);
    struct conv_run part = run;
    const int64_t begins[] = {0, first, batch};
    for (int i = 1; i >= 0; i--) {
        const int64_t begin = begins[i], count = begins[i + 1] - begin;
        part.input = images(&run.input, begin, count);
        part.output = images(&run.output, begin, count);
        part.grad_input = images(&run.grad_input, begin, count);
        part.grad_output = images(&run.grad_output, begin, count);
        conv_run_forward(&part, forward_bytes);
        conv_run_backward(&part, WANT_ALL, backward_bytes);
    }
    assert_bytes(&run.output, y, run.text);
    assert_bytes(&run.grad_input, gx, run.text);
    const double tolerance = real_tolerance(&c);
    assert_expected(&run, &run.grad_weight, &gw, tolerance, "grad_weight");
    assert_expected(&run, &run.grad_bias, &gb, tolerance, "grad_bias");
    free(y), free(gx);
    conv_run_end(&run);
}

void check_batch_split(const struct conv_case *c) {
    check_split(c, 2, 5);
    if (c->batch > 16)
        check_split(c, 16, 16 + c->batch);
}

void check_subsets(const struct conv_case *c) {
    const struct bits all = execute(c, 2, FULL);
    for (int wanted = 0; wanted <= WANT_ALL; wanted++) {
        struct conv_run run;
        conv_run_begin(&run, c, 2, fill_reals);
        const struct pleat_tensor *inputs[] = {&run.input, &run.weight, &run.bias,
                                               &run.grad_output};
        const struct pleat_tensor *gradients[] = {&run.grad_input, &run.grad_weight,
                                                  &run.grad_bias};
        const void *results[] = {all.grad_input, all.grad_weight, all.grad_bias};
        void *before[4], *untouched[3];
        for (int i = 0; i < 4; i++)
            before[i] = tensor_bytes(inputs[i]);
        for (int i = 0; i < 3; i++)
            untouched[i] = tensor_bytes(gradients[i]);
        conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
        conv_run_backward(&run, wanted, conv_run_scratch(&run, PLEAT_BACKWARD));
        assert_bytes(&run.output, all.output, run.text);
        for (int i = 0; i < 4; i++)
            assert_bytes(inputs[i], before[i], run.text), free(before[i]);
        for (int i = 0; i < 3; i++)
            assert_bytes(gradients[i], wanted >> i & 1 ? results[i] : untouched[i], run.text),
                free(untouched[i]);
        conv_run_end(&run);
    }
    free_bits(all);
}

void check_packed_weight(const struct conv_case *c) {
    struct conv_run run;
    conv_run_begin(&run, c, 2, fill_reals);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    void *expected = tensor_bytes(&run.output);
    struct pleat_packed_weight *packed = conv_run_pack(&run);
    conv_run_end(&run);
    for (int threads = 1; threads <= 3; threads += 2) {
        conv_run_begin(&run, c, threads, fill_reals);
        fill_nan(&run.weight);
        for (enum lent lent = FULL; lent <= LEAST; lent++) {
            fill_nan(&run.output);
            conv_run_forward_packed(&run, packed, lend(&run, PLEAT_FORWARD, lent));
            assert_bytes(&run.output, expected, run.text);
        }
        conv_run_end(&run);
    }
    free(expected);
    pleat_packed_weight_free(packed);
}

/* Applies the function, in the tensor's arithmetic: a product of two floats is exact in double. */
static void apply_function(const struct pleat_activation *activation,
                           const struct pleat_tensor *y) {
    const int64_t channels = y->extent[1], size = pleat_tensor_size(y);
    const int64_t pixels = size / (y->extent[0] * channels);
    for (int64_t i = 0; i < size; i++) {
        const double value = tensor_get(y, i);
        double slope = 0;
        if (activation->function == PLEAT_FUNCTION_LEAKY_RELU)
            slope =
                y->dtype == PLEAT_FLOAT32 ? (double)(float)activation->slope : activation->slope;
        else if (activation->function == PLEAT_FUNCTION_PRELU)
            slope = tensor_get(activation->slopes, i / pixels % channels);
        if (value <= 0)
            tensor_set(y, i, slope == 0 ? 0 : slope * value);
    }
}

static void check_activation(const struct conv_case *c, const struct pleat_activation *activation) {
    struct conv_run run;
    conv_run_begin(&run, c, 2, fill_reals);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    apply_function(activation, &run.output);
    void *expected = tensor_bytes(&run.output);
    struct pleat_packed_weight *packed = conv_run_pack(&run);
    conv_run_end(&run);
    for (int threads = 1; threads <= 3; threads += 2) {
        conv_run_begin(&run, c, threads, fill_reals);
        for (int is_packed = 0; is_packed <= 1; is_packed++) {
            fill_nan(&run.output);
            conv_run_activated(&run, is_packed ? packed : NULL, activation,
                               lend(&run, PLEAT_FORWARD, threads > 1 ? LEAST : FULL));
            assert_bytes(&run.output, expected, run.text);
        }
        conv_run_end(&run);
    }
    free(expected);
    pleat_packed_weight_free(packed);
}

void check_activations(const struct conv_case *c) {
    struct pleat_random random = pleat_random_seed(c->seed + 1);
    struct pleat_tensor slopes = guarded_tensor(c->dtype, 1, &c->params.out_channels);
    fill_reals(&slopes, &random);
    const struct pleat_activation functions[] = {
        {.function = PLEAT_FUNCTION_RELU},
        {.function = PLEAT_FUNCTION_LEAKY_RELU, .slope = 0.1},
        {.function = PLEAT_FUNCTION_PRELU, .slopes = &slopes}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        check_activation(c, &functions[i]);
    guarded_free(slopes.data);
}
