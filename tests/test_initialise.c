/* Initial values: moments and bounds, the structure of the up-samplers, and what is refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/initialise.h>
#include <pleat/overlap.h>

#include "failing_memory.h"
#include "suites.h"
#include "support.h"

static struct pleat_tensor allocate(enum pleat_dtype dtype, int rank, const int64_t *extent) {
    struct pleat_tensor tensor;
    ck_assert_int_eq(pleat_tensor_allocate(&tensor, dtype, rank, extent, NULL), PLEAT_OK);
    fill_nan(&tensor);
    return tensor;
}

static struct pleat_tensor allocate_weight(enum pleat_operator op,
                                           const struct pleat_conv_params *params,
                                           enum pleat_dtype dtype) {
    const bool transpose = op == PLEAT_CONV_TRANSPOSE;
    int64_t extent[PLEAT_MAX_RANK] = {transpose ? params->in_channels : params->out_channels};
    extent[1] = (transpose ? params->out_channels : params->in_channels) / params->groups;
    for (int i = 0; i < params->rank; i++)
        extent[2 + i] = params->axis[i].kernel;
    return allocate(dtype, 2 + params->rank, extent);
}

struct moments {
    double mean, deviation, least, most;
};

static struct moments measure(const struct pleat_tensor *tensor) {
    const int64_t size = pleat_tensor_size(tensor);
    struct moments m = {.least = HUGE_VAL, .most = -HUGE_VAL};
    double squares = 0;
    for (int64_t i = 0; i < size; i++) {
        const double value = tensor_get(tensor, i);
        m.mean += value / (double)size;
        squares += value * value / (double)size;
        m.least = fmin(m.least, value);
        m.most = fmax(m.most, value);
    }
    m.deviation = sqrt(squares - m.mean * m.mean);
    return m;
}

static void check_moments(const struct pleat_tensor *tensor, double mean, double deviation) {
    const struct moments m = measure(tensor);
    const double error = 4 * deviation / sqrt((double)pleat_tensor_size(tensor));
    ck_assert_msg(fabs(m.mean - mean) <= error, "mean %g, not %g", m.mean, mean);
    ck_assert_msg(fabs(m.deviation - deviation) <= error, "deviation %g, not %g", m.deviation,
                  deviation);
}

static const int64_t plain[] = {50, 40, 10};

START_TEST(plain_values) {
    struct pleat_tensor tensor = allocate((enum pleat_dtype)_i, 3, plain);
    struct pleat_random random = pleat_random_seed(3), again = random;
    ck_assert_int_eq(pleat_initialise_constant(&tensor, 0.25, NULL), PLEAT_OK);
    ck_assert(measure(&tensor).least == 0.25 && measure(&tensor).most == 0.25);
    ck_assert_int_eq(pleat_initialise_normal(&tensor, 3, 2, &random, NULL), PLEAT_OK);
    check_moments(&tensor, 3, 2);
    for (int64_t i = 0; i < 20000; i++) {
        const double drawn = 3 + 2 * pleat_random_normal(&again);
        if (!(tensor_get(&tensor, i) == (_i == 0 ? (double)(float)drawn : drawn)))
            ck_abort_msg("element %d", (int)i);
    }
    ck_assert_int_eq(pleat_initialise_uniform(&tensor, -1, 3, &random, NULL), PLEAT_OK);
    check_moments(&tensor, 1, 4 / sqrt(12));
    ck_assert(measure(&tensor).least >= -1 && measure(&tensor).most <= 3);
    ck_assert_int_eq(pleat_initialise_normal(&tensor, 5, 0, &random, NULL), PLEAT_OK);
    ck_assert(measure(&tensor).least == 5 && measure(&tensor).most == 5);
    ck_assert_int_eq(pleat_initialise_uniform(&tensor, 2, 2, &random, NULL), PLEAT_OK);
    ck_assert(measure(&tensor).least == 2 && measure(&tensor).most == 2);
    pleat_tensor_free(&tensor);
}
END_TEST

/* Returns the standard deviation of the inside of the operator's output for a normal input of
 * deviation 1: which shall be that of the input where the weights are Kaiming's with slope 1. */
START_TEST(kaiming_keeps_the_variance) {
    const enum pleat_operator op = (enum pleat_operator)_i;
    struct pleat_conv_params params = pleat_conv_params_init(1, 64, 64, 6, 2, 0);
    const int64_t in[] = {64};
    struct pleat_random random = pleat_random_seed(11);
    struct pleat_plan *plan;
    ck_assert_int_eq(pleat_plan_create(&plan, op, &params, in, NULL, NULL), PLEAT_OK);
    int64_t extent[PLEAT_MAX_RANK];
    int rank = pleat_plan_input_extent(plan, 1, extent);
    struct pleat_tensor input = allocate(PLEAT_FLOAT32, rank, extent);
    rank = pleat_plan_output_extent(plan, 1, extent);
    struct pleat_tensor output = allocate(PLEAT_FLOAT32, rank, extent);
    struct pleat_tensor weight = allocate_weight(op, &params, PLEAT_FLOAT32);
    ck_assert_int_eq(pleat_initialise_normal(&input, 0, 1, &random, NULL), PLEAT_OK);
    ck_assert_int_eq(
        pleat_initialise_kaiming(&weight, op, &params, 1, PLEAT_UNIFORM, &random, NULL), PLEAT_OK);
    const size_t bytes = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    void *scratch = malloc(bytes);
    ck_assert_int_eq(pleat_plan_forward(plan, &input, &weight, NULL, &output, scratch, bytes, NULL),
                     PLEAT_OK);
    ck_assert(fabs(measure(&output).deviation - 1) < 0.05);
    free(scratch);
    pleat_plan_free(plan);
    pleat_tensor_free(&input);
    pleat_tensor_free(&output);
    pleat_tensor_free(&weight);
}
END_TEST

/* IC/G = 12, OC/G = 20, 5x3 taps, stride 2x1. */
static struct pleat_conv_params grouped(void) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 36, 60, 3, 1, 1);
    params.groups = 3;
    params.axis[0].kernel = 5;
    params.axis[0].stride = 2;
    return params;
}

START_TEST(fans) {
    const struct pleat_conv_params params = grouped();
    double in = 0, out = 0;
    ck_assert_int_eq(pleat_fans(PLEAT_CONV, &params, &in, &out, NULL), PLEAT_OK);
    ck_assert(in == 12 * 15 && out == 20 * 15 / 2.0);
    ck_assert_int_eq(pleat_fans(PLEAT_CONV_TRANSPOSE, &params, &in, &out, NULL), PLEAT_OK);
    ck_assert(in == 12 * 15 / 2.0 && out == 20 * 15);
}
END_TEST

START_TEST(kaiming_and_xavier) {
    const struct pleat_conv_params params = grouped();
    const enum pleat_operator op = (enum pleat_operator)(_i % 2);
    const enum pleat_distribution distribution = (enum pleat_distribution)(_i / 2);
    double in, out;
    ck_assert_int_eq(pleat_fans(op, &params, &in, &out, NULL), PLEAT_OK);
    struct pleat_tensor weight = allocate_weight(op, &params, PLEAT_FLOAT64);
    struct pleat_random random = pleat_random_seed(5);
    const double slope = 0.5, deviation = sqrt(2 / (1.25 * in)), bound = sqrt(3) * deviation;
    ck_assert_int_eq(
        pleat_initialise_kaiming(&weight, op, &params, slope, distribution, &random, NULL),
        PLEAT_OK);
    check_moments(&weight, 0, deviation);
    const struct moments m = measure(&weight);
    if (distribution == PLEAT_UNIFORM)
        ck_assert(m.least >= -bound && m.most <= bound && m.most > 0.99 * bound);
    else
        ck_assert(m.most > 2.5 * deviation && m.least < -2.5 * deviation);
    ck_assert_int_eq(pleat_initialise_xavier(&weight, op, &params, 3, distribution, &random, NULL),
                     PLEAT_OK);
    check_moments(&weight, 0, 3 * sqrt(2 / (in + out)));
    pleat_tensor_free(&weight);
}
END_TEST

/* Every kernel and stride: either refused, or a constant stays constant inside the border. */
START_TEST(bilinear) {
    const int64_t kernel = 1 + _i % 12, stride = 1 + _i / 12;
    struct pleat_conv_params params = pleat_conv_params_init(2, 4, 4, kernel, stride, 0);
    params.groups = 1 + _i % 2;
    params.axis[1] = pleat_axis_init(5, 3);
    const int64_t in[] = {16, 7};
    struct pleat_tensor weight = allocate_weight(PLEAT_CONV_TRANSPOSE, &params, PLEAT_FLOAT64);
    const enum pleat_status status = pleat_initialise_bilinear(&weight, &params, NULL);
    const bool fits = kernel >= 2 * stride - kernel % 2;
    ck_assert_int_eq(status, fits ? PLEAT_OK : PLEAT_INVALID_ARGUMENT);
    if (!fits) {
        ck_assert(isnan(tensor_get(&weight, 0)));
        pleat_tensor_free(&weight);
        return;
    }
    int64_t extent[] = {4, 0, 0};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pleat_size_conv_transpose(in[i], &params.axis[i], &extent[1 + i], NULL),
                         PLEAT_OK);
    struct pleat_tensor gain = allocate(PLEAT_FLOAT64, 3, extent);
    ck_assert_int_eq(pleat_gain_map(&params, in, &weight, &gain, NULL), PLEAT_OK);
    for (int64_t oc = 0; oc < 4; oc++)
        for (int64_t h = kernel - 1; h <= 15 * stride; h++)
            for (int64_t w = 4; w <= 18; w++) {
                const double g = tensor_get(&gain, (oc * extent[1] + h) * extent[2] + w);
                if (!(fabs(g - 1) < 1e-12))
                    ck_abort_msg("channel %d, pixel %d %d: gain %g", (int)oc, (int)h, (int)w, g);
            }
    /* No pair of different channels. */
    const int64_t group = 4 / params.groups, taps = kernel * 5;
    for (int64_t i = 0; i < 4 * group * taps; i++)
        if (i / taps / group % group != i / taps % group)
            ck_assert(tensor_get(&weight, i) == 0);
    pleat_tensor_free(&weight);
    pleat_tensor_free(&gain);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Kernel 4, stride 2 by hand: 1/4 3/4 3/4 1/4; kernel 3: 1/2 1 1/2. */
START_TEST(bilinear_by_hand) {
    struct pleat_conv_params params = pleat_conv_params_init(1, 1, 1, 4, 2, 1);
    float values[4];
    const int64_t extent[] = {1, 1, 4}, odd_extent[] = {1, 1, 3};
    struct pleat_tensor weight = pleat_tensor_view(values, PLEAT_FLOAT32, 3, extent);
    ck_assert_int_eq(pleat_initialise_bilinear(&weight, &params, NULL), PLEAT_OK);
    ck_assert(values[0] == 0.25F && values[1] == 0.75F && values[2] == 0.75F && values[3] == 0.25F);
    params.axis[0].kernel = 3;
    weight = pleat_tensor_view(values, PLEAT_FLOAT32, 3, odd_extent);
    ck_assert_int_eq(pleat_initialise_bilinear(&weight, &params, NULL), PLEAT_OK);
    ck_assert(values[0] == 0.5F && values[1] == 1 && values[2] == 0.5F);
}
END_TEST

/* All phases are equal, so no weight is uneven; blocks differ from one another. */
START_TEST(icnr) {
    struct pleat_conv_params params = pleat_conv_params_init(2, 6, 9, 4, 2, 0);
    params.groups = 3;
    params.axis[1] = pleat_axis_init(9, 3);
    struct pleat_tensor weight =
        allocate_weight(PLEAT_CONV_TRANSPOSE, &params, (enum pleat_dtype)_i);
    struct pleat_random random = pleat_random_seed(21), again = random;
    ck_assert_int_eq(pleat_initialise_icnr(&weight, &params, 0, PLEAT_NORMAL, &random, NULL),
                     PLEAT_OK);
    double number[9];
    ck_assert_int_eq(pleat_weight_checkerboard(&params, &weight, number, NULL), PLEAT_OK);
    for (int oc = 0; oc < 9; oc++)
        ck_assert(number[oc] < 1e-12);
    const double deviation = sqrt(2 / (2 * 36 / 6.0));
    for (int64_t filter = 0; filter < 6 * 3; filter++)
        for (int64_t block = 0; block < 2 * 3; block++) {
            const double drawn = deviation * pleat_random_normal(&again);
            for (int64_t phase = 0; phase < 2 * 3; phase++) {
                const int64_t h = block / 3 * 2 + phase / 3, w = block % 3 * 3 + phase % 3;
                ck_assert(tensor_get(&weight, (filter * 4 + h) * 9 + w) ==
                          (_i == 0 ? (double)(float)drawn : drawn));
            }
        }
    pleat_tensor_free(&weight);
}
END_TEST

START_TEST(refused_numbers) {
    struct pleat_tensor tensor = allocate(PLEAT_FLOAT32, 3, plain), bad = tensor;
    struct pleat_random random = pleat_random_seed(1);
    struct pleat_error error;
    bad.rank = 9;
    const double infinite[] = {NAN, HUGE_VAL, -HUGE_VAL};
    for (int i = 0; i < 3; i++) {
        const double x = infinite[i];
        ck_assert_int_eq(pleat_initialise_constant(&tensor, x, NULL), PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(pleat_initialise_normal(&tensor, x, 1, &random, NULL),
                         PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(pleat_initialise_normal(&tensor, 0, x, &random, NULL),
                         PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(pleat_initialise_uniform(&tensor, x, 1, &random, NULL),
                         PLEAT_INVALID_ARGUMENT);
        ck_assert_int_eq(pleat_initialise_uniform(&tensor, 0, x, &random, NULL),
                         PLEAT_INVALID_ARGUMENT);
    }
    ck_assert_int_eq(pleat_initialise_normal(&tensor, 0, -1, &random, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "deviation must be finite and at least 0, got -1");
    ck_assert_int_eq(pleat_initialise_uniform(&tensor, 2, 1, &random, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "high must be finite and at least 2, got 1");
    ck_assert_int_eq(pleat_initialise_uniform(&tensor, -1e308, 1e308, &random, NULL),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_initialise_normal(&tensor, 0, 1, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_initialise_uniform(&tensor, 0, 1, NULL, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_initialise_constant(NULL, 1, NULL), PLEAT_INVALID_ARGUMENT);
    ck_assert_int_eq(pleat_initialise_constant(&bad, 1, NULL), PLEAT_INVALID_SHAPE);
    bad = tensor;
    bad.extent[1] = -1;
    ck_assert_int_eq(pleat_initialise_constant(&bad, 1, NULL), PLEAT_INVALID_SHAPE);
    bad = tensor;
    bad.data = NULL;
    ck_assert_int_eq(pleat_initialise_constant(&bad, 1, NULL), PLEAT_INVALID_ARGUMENT);
    bad.extent[1] = 0;
    ck_assert_int_eq(pleat_initialise_constant(&bad, 1, NULL), PLEAT_OK);
    bad = tensor;
    bad.dtype = (enum pleat_dtype)5;
    ck_assert_int_eq(pleat_initialise_constant(&bad, 1, NULL), PLEAT_TYPE_MISMATCH);
    ck_assert(isnan(tensor_get(&tensor, 0)));
    pleat_tensor_free(&tensor);
}
END_TEST

START_TEST(refused_weights) {
    const struct pleat_conv_params good = pleat_conv_params_init(2, 4, 4, 4, 2, 0);
    struct pleat_conv_params params = good;
    struct pleat_tensor weight = allocate_weight(PLEAT_CONV_TRANSPOSE, &good, PLEAT_FLOAT32);
    struct pleat_random random = pleat_random_seed(1), before = random;
    struct pleat_error error;
    const enum pleat_operator op = PLEAT_CONV_TRANSPOSE;
    double in, out;
    const enum pleat_status invalid[] = {
        pleat_fans(op, NULL, &in, &out, NULL),
        pleat_fans(op, &good, NULL, &out, NULL),
        pleat_fans(op, &good, &in, NULL, NULL),
        pleat_fans((enum pleat_operator)4, &good, &in, &out, NULL),
        pleat_initialise_kaiming(NULL, op, &good, 0, PLEAT_NORMAL, &random, NULL),
        pleat_initialise_kaiming(&weight, op, NULL, 0, PLEAT_NORMAL, &random, NULL),
        pleat_initialise_kaiming(&weight, op, &good, 0, PLEAT_NORMAL, NULL, NULL),
        pleat_initialise_kaiming(&weight, op, &good, NAN, PLEAT_NORMAL, &random, NULL),
        pleat_initialise_kaiming(&weight, op, &good, 0, (enum pleat_distribution)3, &random, NULL),
        pleat_initialise_xavier(&weight, op, &good, 1, PLEAT_NORMAL, NULL, NULL),
        pleat_initialise_xavier(&weight, op, &good, -1, PLEAT_NORMAL, &random, NULL),
        pleat_initialise_xavier(&weight, op, &good, 1, (enum pleat_distribution)3, &random, NULL),
        pleat_initialise_bilinear(NULL, &good, NULL),
        pleat_initialise_bilinear(&weight, NULL, NULL),
        pleat_initialise_icnr(&weight, &good, 0, PLEAT_NORMAL, NULL, NULL),
        pleat_initialise_icnr(&weight, &good, HUGE_VAL, PLEAT_NORMAL, &random, NULL),
        pleat_initialise_icnr(&weight, &good, 0, (enum pleat_distribution)3, &random, NULL),
    };
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        ck_assert_msg(invalid[i] == PLEAT_INVALID_ARGUMENT, "call %d", (int)i);
    params.axis[1].kernel = 5;
    ck_assert_int_eq(pleat_initialise_kaiming(&weight, op, &params, 0, PLEAT_NORMAL, &random, NULL),
                     PLEAT_INVALID_SHAPE);
    ck_assert_int_eq(pleat_initialise_xavier(&weight, op, &params, 0, PLEAT_NORMAL, &random, NULL),
                     PLEAT_INVALID_SHAPE);
    params = good;
    params.axis[1].dilation = 2;
    ck_assert_int_eq(pleat_initialise_bilinear(&weight, &params, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "dilation_w must be 1 for this initialiser, got 2");
    ck_assert_int_eq(pleat_initialise_icnr(&weight, &params, 0, PLEAT_NORMAL, &random, NULL),
                     PLEAT_INVALID_ARGUMENT);
    params = good;
    params.axis[0].stride = 3;
    ck_assert_int_eq(pleat_initialise_bilinear(&weight, &params, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "kernel_h 4 is too small for bilinear interpolation by stride "
                                    "3: an even one must be at least 2 stride");
    ck_assert_int_eq(pleat_initialise_icnr(&weight, &params, 0, PLEAT_NORMAL, &random, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "kernel_h must be divisible by the stride for ICNR, got 4 and "
                                    "stride 3: 3 or 6 would do");
    params.axis[0].stride = 5;
    ck_assert_int_eq(pleat_initialise_icnr(&weight, &params, 0, PLEAT_NORMAL, &random, &error),
                     PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "kernel_h must be divisible by the stride for ICNR, got 4 and "
                                    "stride 5: 5 would do");
    params = good;
    params.in_channels = 2;
    weight.extent[0] = 2;
    ck_assert_int_eq(pleat_initialise_bilinear(&weight, &params, &error), PLEAT_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message,
                     "in_channels must be out_channels for bilinear interpolation, got 2 and 4");
    /* Nothing was drawn, nothing written. */
    ck_assert_int_eq(memcmp(&random, &before, sizeof random), 0);
    ck_assert(isnan(tensor_get(&weight, 0)));
    pleat_tensor_free(&weight);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("initialise");
    suite_add_loop(result, "plain values", plain_values, 2);
    suite_add_loop(result, "fans", fans, 1);
    suite_add_loop(result, "Kaiming keeps the variance", kaiming_keeps_the_variance, 2);
    suite_add_loop(result, "Kaiming and Xavier", kaiming_and_xavier, 4);
    suite_add_loop(result, "bilinear", bilinear, 12 * 6);
    suite_add_loop(result, "bilinear by hand", bilinear_by_hand, 1);
    suite_add_loop(result, "ICNR", icnr, 2);
    suite_add_loop(result, "refused numbers", refused_numbers, 1);
    suite_add_loop(result, "refused weights", refused_weights, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
