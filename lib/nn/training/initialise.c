/* Constant and random initial values. */
#include <math.h>

#include "nn/training/initialise.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"
#include "conv/geometry.h"

/* Refuses a number that is not finite, or is below the least. */
static enum pleat_status check_number(double number, double least, const char *name,
                                      struct pleat_error *error) {
    if (isfinite(number) && number >= least)
        return PLEAT_OK;
    if (least > -HUGE_VAL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "%s must be finite and at least %g, got %g", name, least, number);
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must be finite, got %g", name, number);
}

enum pleat_status pleat_initialise_constant(const struct pleat_tensor *tensor, double value,
                                            struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(tensor, "tensor", error));
    PLEAT__TRY(check_number(value, -HUGE_VAL, "value", error));
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        pleat__set_element(tensor, i, value);
    return PLEAT_OK;
}

enum pleat_status pleat_initialise_normal(const struct pleat_tensor *tensor, double mean,
                                          double deviation, struct pleat_random *random,
                                          struct pleat_error *error) {
    PLEAT__REQUIRE(random, error);
    PLEAT__TRY(pleat__tensor_require(tensor, "tensor", error));
    PLEAT__TRY(check_number(mean, -HUGE_VAL, "mean", error));
    PLEAT__TRY(check_number(deviation, 0, "deviation", error));
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        pleat__set_element(tensor, i, mean + deviation * pleat_random_normal(random));
    return PLEAT_OK;
}

enum pleat_status pleat_initialise_uniform(const struct pleat_tensor *tensor, double low,
                                           double high, struct pleat_random *random,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(random, error);
    PLEAT__TRY(pleat__tensor_require(tensor, "tensor", error));
    PLEAT__TRY(check_number(low, -HUGE_VAL, "low", error));
    PLEAT__TRY(check_number(high, low, "high", error));
    PLEAT__TRY(check_number(high - low, 0, "high - low", error));
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        pleat__set_element(tensor, i, low + (high - low) * pleat_random_uniform(random));
    return PLEAT_OK;
}

enum pleat_status pleat_fans(enum pleat_operator op, const struct pleat_conv_params *params,
                             double *fan_in, double *fan_out, struct pleat_error *error) {
    PLEAT__REQUIRE(params, error);
    PLEAT__REQUIRE(fan_in, error);
    PLEAT__REQUIRE(fan_out, error);
    if (op != PLEAT_CONV_TRANSPOSE && op != PLEAT_CONV)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "op %d is no operator", (int)op);
    PLEAT__TRY(pleat__conv_params_check(params, error));
    double in = (double)(params->in_channels / params->groups);
    double out = (double)(params->out_channels / params->groups);
    for (int i = 0; i < params->rank; i++) {
        const double kernel = (double)params->axis[i].kernel;
        const double stride = (double)params->axis[i].stride;
        in *= op == PLEAT_CONV ? kernel : kernel / stride;
        out *= op == PLEAT_CONV ? kernel / stride : kernel;
    }
    *fan_in = in;
    *fan_out = out;
    return PLEAT_OK;
}

enum pleat_status pleat__initialise_check(const struct pleat_tensor *weight, enum pleat_operator op,
                                          const struct pleat_conv_params *params,
                                          struct pleat_error *error) {
    double fan_in, fan_out;
    PLEAT__TRY(pleat_fans(op, params, &fan_in, &fan_out, error));
    const bool transpose = op == PLEAT_CONV_TRANSPOSE;
    const int64_t coarse = transpose ? params->in_channels : params->out_channels;
    const int64_t fine = transpose ? params->out_channels : params->in_channels;
    int64_t extent[PLEAT_MAX_RANK] = {coarse, fine / params->groups};
    for (int i = 0; i < params->rank; i++)
        extent[2 + i] = params->axis[i].kernel;
    return pleat__tensor_expect(weight, "weight", 2 + params->rank, extent, error);
}

enum pleat_status pleat__distribution_check(enum pleat_distribution distribution,
                                            struct pleat_error *error) {
    if (distribution == PLEAT_NORMAL || distribution == PLEAT_UNIFORM)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "distribution %d is none", (int)distribution);
}

double pleat__draw(enum pleat_distribution distribution, double deviation,
                   struct pleat_random *random) {
    if (distribution == PLEAT_NORMAL)
        return deviation * pleat_random_normal(random);
    const double bound = sqrt(3) * deviation;
    return bound * (2 * pleat_random_uniform(random) - 1);
}

enum pleat_status pleat__kaiming_deviation(enum pleat_operator op,
                                           const struct pleat_conv_params *params, double slope,
                                           double *deviation, struct pleat_error *error) {
    double fan_in = 1, fan_out = 1;
    PLEAT__TRY(check_number(slope, -HUGE_VAL, "slope", error));
    PLEAT__TRY(pleat_fans(op, params, &fan_in, &fan_out, error));
    *deviation = sqrt(2 / ((1 + slope * slope) * fan_in));
    return PLEAT_OK;
}

static void draw_all(const struct pleat_tensor *weight, enum pleat_distribution distribution,
                     double deviation, struct pleat_random *random) {
    const int64_t size = pleat_tensor_size(weight);
    for (int64_t i = 0; i < size; i++)
        pleat__set_element(weight, i, pleat__draw(distribution, deviation, random));
}

enum pleat_status pleat_initialise_kaiming(const struct pleat_tensor *weight,
                                           enum pleat_operator op,
                                           const struct pleat_conv_params *params, double slope,
                                           enum pleat_distribution distribution,
                                           struct pleat_random *random, struct pleat_error *error) {
    PLEAT__REQUIRE(random, error);
    PLEAT__TRY(pleat__initialise_check(weight, op, params, error));
    PLEAT__TRY(pleat__distribution_check(distribution, error));
    double deviation = 0;
    PLEAT__TRY(pleat__kaiming_deviation(op, params, slope, &deviation, error));
    draw_all(weight, distribution, deviation, random);
    return PLEAT_OK;
}

enum pleat_status pleat_initialise_xavier(const struct pleat_tensor *weight, enum pleat_operator op,
                                          const struct pleat_conv_params *params, double gain,
                                          enum pleat_distribution distribution,
                                          struct pleat_random *random, struct pleat_error *error) {
    PLEAT__REQUIRE(random, error);
    PLEAT__TRY(pleat__initialise_check(weight, op, params, error));
    PLEAT__TRY(pleat__distribution_check(distribution, error));
    PLEAT__TRY(check_number(gain, 0, "gain", error));
    double fan_in = 1, fan_out = 1;
    PLEAT__TRY(pleat_fans(op, params, &fan_in, &fan_out, error));
    draw_all(weight, distribution, gain * sqrt(2 / (fan_in + fan_out)), random);
    return PLEAT_OK;
}
