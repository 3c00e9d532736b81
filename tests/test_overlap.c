/* Counts, gains and checkerboard numbers against the oracle's answer to an input of ones, and
 * against plain counting. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/overlap.h>

#include "conv_case.h"
#include "failing_memory.h"
#include "reference.h"
#include "suites.h"
#include "support.h"

static struct pleat_tensor allocate(enum pleat_dtype dtype, int rank, const int64_t *extent) {
    struct pleat_tensor tensor;
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, dtype, rank, extent, NULL), PLEAT_OK);
    fill_nan(&tensor);
    return tensor;
}

static struct pleat_tensor allocate_weight(const struct pleat_conv_params *params,
                                           enum pleat_dtype dtype) {
    int64_t extent[PLEAT_MAX_RANK] = {params->in_channels, params->out_channels / params->groups};
    for (int i = 0; i < params->rank; i++)
        extent[2 + i] = params->axis[i].kernel;
    return allocate(dtype, 2 + params->rank, extent);
}

static double *ones(int64_t count) {
    double *values = malloc((size_t)count * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = 1;
    return values;
}

/* A random transposed convolution, one image. */
static struct conv_case random_case(int seed) {
    struct pleat_random random = pleat_random_seed((uint64_t)seed);
    struct conv_case c =
        conv_case_random(PLEAT_CONV_TRANSPOSE, (enum pleat_dtype)(seed % 2), &random);
    c.batch = 1;
    return c;
}

START_TEST(axis_counts) {
    struct conv_case c = random_case(_i);
    struct pleat_error error;
    for (int a = 0; a < c.params.rank; a++) {
        const struct pleat_axis *axis = &c.params.axis[a];
        int64_t *count = malloc((size_t)c.out[a] * sizeof *count);
        ck_assert_ptr_nonnull(count);
        ck_assert_int_eq(pleat_overlap_axis(c.in[a], axis, count, &error), PLEAT_OK);
        for (int64_t o = 0; o < c.out[a]; o++) {
            int64_t expected = 0;
            for (int64_t k = 0; k < axis->kernel; k++)
                for (int64_t i = 0; i < c.in[a]; i++)
                    expected += i * axis->stride == o + axis->padding_begin - k * axis->dilation;
            ck_assert_int_eq(count[o], expected);
        }
        free(count);
    }
}
END_TEST

/* A million taps at each of a million input pixels: listing their pairs would take an hour. */
START_TEST(long_axis) {
    const int64_t size = 1000000, out = 2 * size - 1;
    const struct pleat_axis axis = pleat_axis_init(size, 1);
    int64_t *count = malloc((size_t)out * sizeof *count);
    ck_assert_ptr_nonnull(count);
    ck_assert_int_eq(pleat_overlap_axis(size, &axis, count, NULL), PLEAT_OK);
    for (int64_t o = 0; o < out; o++)
        if (count[o] != (o < size ? o + 1 : out - o))
            ck_abort_msg("%lld: %lld", (long long)o, (long long)count[o]);
    free(count);
}
END_TEST

START_TEST(map) {
    struct conv_case c = random_case(_i);
    c.params.in_channels = c.params.out_channels = c.params.groups = 1;
    struct pleat_tensor got = allocate(c.dtype, c.params.rank, c.out);
    ck_assert_int_eq(pleat_overlap_map(&c.params, c.in, &got, NULL), PLEAT_OK);
    double *x = ones(conv_case_input_size(&c)), *w = ones(conv_case_weight_size(&c));
    double *y = ones(conv_case_output_size(&c));
    reference_forward(&c, x, w, NULL, y, NULL);
    assert_exact(&got, y, "map");
    pleat_tensor_free(&got);
    free(x), free(w), free(y);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(gains) {
    const struct conv_case c = random_case(_i);
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    struct pleat_tensor weight = allocate_weight(&c.params, c.dtype);
    fill_integers(&weight, &random);
    int64_t extent[4] = {c.params.out_channels, c.out[0], c.out[1], c.out[2]};
    struct pleat_tensor got = allocate(PLEAT_FLOAT64, 1 + c.params.rank, extent);
    ck_assert_int_eq(pleat_gain_map(&c.params, c.in, &weight, &got, NULL), PLEAT_OK);
    double *x = ones(conv_case_input_size(&c)), *w = tensor_to_double(&weight);
    double *y = ones(conv_case_output_size(&c));
    reference_forward(&c, x, w, NULL, y, NULL);
    assert_exact(&got, y, "gain");
    pleat_tensor_free(&got);
    pleat_tensor_free(&weight);
    free(x), free(w), free(y);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Counts the taps of each residue. */
static double count_checkerboard(const struct pleat_axis *axis, double *most, double *least) {
    int64_t taps[16] = {0};
    for (int64_t k = 0; k < axis->kernel; k++)
        taps[k * axis->dilation % axis->stride]++;
    *most = 0, *least = 1e9;
    for (int64_t r = 0; r < axis->stride; r++) {
        *most = fmax(*most, (double)taps[r]);
        *least = fmin(*least, (double)taps[r]);
    }
    return (double)axis->kernel / (double)axis->stride;
}

START_TEST(numbers) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 1, 1, 1 + _i % 9, 1 + _i / 9, 0);
    for (params.axis[0].dilation = 1; params.axis[0].dilation <= 8; params.axis[0].dilation++) {
        params.axis[1].kernel = 1 + params.axis[0].dilation % 5;
        double most[2], least[2], number = -1;
        const double mean = count_checkerboard(&params.axis[0], &most[0], &least[0]) *
                            count_checkerboard(&params.axis[1], &most[1], &least[1]);
        ck_assert_int_eq(pleat_checkerboard(&params, &number, NULL), PLEAT_OK);
        const double expected = (most[0] * most[1] - least[0] * least[1]) / mean;
        ck_assert(fabs(number - expected) < 1e-12);
        /* Weights of one have the numbers of their geometry. */
        struct pleat_tensor weight = allocate_weight(&params, PLEAT_FLOAT32);
        fill_value(&weight, 1);
        double of_weight = -1;
        ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, &of_weight, NULL), PLEAT_OK);
        ck_assert(fabs(of_weight - expected) < 1e-12);
        pleat_tensor_free(&weight);
    }
}
END_TEST

/* Named geometries: kernel, stride, dilation, and the number for two such axes. */
static const struct {
    int64_t kernel, stride, dilation;
    double number;
} named[] = {
    {4, 2, 1, 0},        /* divisible: even */
    {3, 2, 1, 3 / 2.25}, /* counts 2 and 1: (4 - 1) / (3/2)^2 */
    {4, 2, 2, 4},        /* traps, 17: half the pixels of each axis are reached by no tap */
    {3, 4, 1, 1 / 0.5625}, {4, 4, 1, 0}, {6, 4, 1, 3 / 2.25}, {5, 1, 3, 0},
};

START_TEST(named_numbers) {
    struct pleat_conv_params params =
        pleat_conv_params_init(2, 1, 1, named[_i].kernel, named[_i].stride, 0);
    params.axis[0].dilation = params.axis[1].dilation = named[_i].dilation;
    double number = -1;
    ck_assert_int_eq(pleat_checkerboard(&params, &number, NULL), PLEAT_OK);
    ck_assert(fabs(number - named[_i].number) < 1e-12);
}
END_TEST

/* The number of random weights is that of the gain map's inside, for each output channel. */
START_TEST(weight_numbers) {
    struct conv_case c = random_case(_i);
    for (int i = 0; i < c.params.rank; i++)
        c.in[i] = 20;
    struct pleat_random random = pleat_random_seed((uint64_t)_i);
    struct pleat_tensor weight = allocate_weight(&c.params, c.dtype);
    fill_integers(&weight, &random);
    const int64_t channels = c.params.out_channels;
    int64_t extent[4] = {channels, 1, 1, 1}, begin[3] = {0}, pixels = 1;
    int64_t period[3] = {1, 1, 1}, out[3] = {1, 1, 1};
    for (int i = 0; i < c.params.rank; i++) {
        const struct pleat_axis *axis = &c.params.axis[i];
        ck_assert_int_eq(pleat_size_conv_transpose(c.in[i], axis, &out[i], NULL), PLEAT_OK);
        extent[1 + i] = out[i];
        begin[i] = (axis->kernel - 1) * axis->dilation - axis->padding_begin;
        begin[i] = begin[i] > 0 ? begin[i] : 0;
        period[i] = axis->stride;
        pixels *= out[i];
        /* Every tap reaches a period from there on. */
        ck_assert_int_le(begin[i] + period[i] - 1 + axis->padding_begin,
                         (c.in[i] - 1) * axis->stride);
        ck_assert_int_le(begin[i] + period[i], out[i]);
    }
    struct pleat_tensor gain = allocate(PLEAT_FLOAT64, 1 + c.params.rank, extent);
    ck_assert_int_eq(pleat_gain_map(&c.params, c.in, &weight, &gain, NULL), PLEAT_OK);
    double *number = ones(channels);
    ck_assert_int_eq(pleat_weight_checkerboard(&c.params, &weight, number, NULL), PLEAT_OK);
    for (int64_t oc = 0; oc < channels; oc++) {
        double most = -HUGE_VAL, least = HUGE_VAL, sum = 0;
        for (int64_t d = 0; d < period[0]; d++)
            for (int64_t h = 0; h < period[1]; h++)
                for (int64_t w = 0; w < period[2]; w++) {
                    const double g = tensor_get(
                        &gain, oc * pixels + ((begin[0] + d) * out[1] + begin[1] + h) * out[2] +
                                   begin[2] + w);
                    most = fmax(most, g);
                    least = fmin(least, g);
                    sum += g;
                }
        const double mean = sum / (double)(period[0] * period[1] * period[2]);
        const double expected = most == least ? 0 : (most - least) / fabs(mean);
        ck_assert_msg(number[oc] == expected ||
                          fabs(number[oc] - expected) <= 1e-12 * fabs(expected),
                      "channel %d: %g, not %g", (int)oc, number[oc], expected);
    }
    free(number);
    pleat_tensor_free(&gain);
    pleat_tensor_free(&weight);
}
END_TEST

START_TEST(extreme_weights) {
    const struct pleat_conv_params params = pleat_conv_params_init(1, 1, 1, 2, 2, 0);
    float values[2] = {1, -1};
    const int64_t extent[] = {1, 1, 2};
    const struct pleat_tensor weight = pleat_tensor_view(values, PLEAT_FLOAT32, 3, extent);
    double number = -1;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, &number, NULL), PLEAT_OK);
    ck_assert(isinf(number) && number > 0); /* uneven, of mean 0 */
    values[1] = -3, values[0] = -1;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, &number, NULL), PLEAT_OK);
    ck_assert(number == 1);
    values[0] = values[1] = 0;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, &number, NULL), PLEAT_OK);
    ck_assert(number == 0);
    values[1] = NAN;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, &number, NULL), PLEAT_OK);
    ck_assert(isnan(number));
}
END_TEST

START_TEST(refusals) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 2, 4, 3, 2, 1);
    const int64_t in[] = {3, 3}, out[] = {4, 5, 5}, square[] = {5, 5};
    struct pleat_tensor weight = allocate_weight(&params, PLEAT_FLOAT32);
    struct pleat_tensor gain = allocate(PLEAT_FLOAT32, 3, out);
    struct pleat_tensor counts = allocate(PLEAT_FLOAT64, 2, square);
    fill_value(&weight, 1);
    struct pleat_error error;
    double number[4] = {-1, -1, -1, -1};
    int64_t count[8];
    ck_assert_int_eq(pleat_overlap_axis(3, &params.axis[0], NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_overlap_axis(3, NULL, count, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_overlap_axis(0, &params.axis[0], count, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_overlap_map(NULL, in, &counts, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_overlap_map(&params, NULL, &counts, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_overlap_map(&params, in, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "map must not be NULL");
    ck_assert_int_eq(pleat_overlap_map(&params, in, &gain, &error), PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message, "map must have 2 extents, got 3");
    ck_assert_int_eq(pleat_gain_map(&params, in, NULL, &gain, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_gain_map(&params, in, &gain, &gain, &error), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_gain_map(&params, in, &weight, &counts, &error), PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_checkerboard(NULL, number, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_checkerboard(&params, NULL, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_weight_checkerboard(NULL, &weight, number, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_weight_checkerboard(&params, NULL, number, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, NULL, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &gain, number, &error),
                     PLEAT_INVALID_SHAPE);
    weight.extent[3] = 2;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, &error),
                     PLEAT_INVALID_SHAPE);
    ck_assert_str_eq(error.message, "extent 3 of weight must be 3, got 2");
    weight.extent[3] = 3;
    weight.dtype = (enum pleat_dtype)9;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, &error),
                     PLEAT_TYPE_MISMATCH);
    weight.dtype = PLEAT_FLOAT32;
    params.axis[0].stride = params.axis[1].stride = INT64_MAX / 2;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, &error),
                     PLEAT_SIZE_OVERFLOW);
    params.axis[1].stride = 1;
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, &error),
                     PLEAT_OUT_OF_MEMORY);
    params.axis[0].stride = 0;
    ck_assert_int_eq(pleat_checkerboard(&params, number, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "stride_h must be at least 1, got 0");
    ck_assert(number[0] == -1 && number[3] == -1);
    ck_assert(isnan(tensor_get(&gain, 0)) && isnan(tensor_get(&counts, 0)));
    pleat_tensor_free(&weight);
    pleat_tensor_free(&gain);
    pleat_tensor_free(&counts);
}
END_TEST

START_TEST(no_memory) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 2, 4, 3, 2, 1);
    const int64_t in[] = {3, 3}, out[] = {4, 5, 5}, square[] = {5, 5};
    struct pleat_tensor weight = allocate_weight(&params, PLEAT_FLOAT32);
    struct pleat_tensor gain = allocate(PLEAT_FLOAT32, 3, out);
    struct pleat_tensor counts = allocate(PLEAT_FLOAT64, 2, square);
    double number[4] = {-1, -1, -1, -1};
    const long before = failing_memory_outstanding();
    failing_memory_arm(0);
    ck_assert_int_eq(pleat_overlap_map(&params, in, &counts, NULL), PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(pleat_gain_map(&params, in, &weight, &gain, NULL), PLEAT_OUT_OF_MEMORY);
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, NULL),
                     PLEAT_OUT_OF_MEMORY);
    failing_memory_arm(-1);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    ck_assert(number[0] == -1);
    ck_assert(isnan(tensor_get(&gain, 0)) && isnan(tensor_get(&counts, 0)));
    pleat_tensor_free(&weight);
    pleat_tensor_free(&gain);
    pleat_tensor_free(&counts);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("overlap");
    suite_add_loop(result, "axis counts", axis_counts, 100);
    suite_add_loop(result, "long axis", long_axis, 1);
    suite_add_loop(result, "map", map, 100);
    suite_add_loop(result, "gains", gains, 100);
    suite_add_loop(result, "numbers", numbers, 9 * 6);
    suite_add_loop(result, "named numbers", named_numbers, sizeof named / sizeof *named);
    suite_add_loop(result, "weight numbers", weight_numbers, 60);
    suite_add_loop(result, "extreme weights", extreme_weights, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    suite_add_loop(result, "no memory", no_memory, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
