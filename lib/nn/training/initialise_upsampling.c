/* Initial filters of up-samplers: bilinear interpolation, and random without a checkerboard. */
#include <math.h>

#include "nn/training/initialise.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"
#include "conv/axis.h"

/* Stores the tap's place on every axis. */
static void tap_position(const struct pleat_conv_params *params, int64_t tap,
                         int64_t position[PLEAT_MAX_AXES]) {
    for (int i = params->rank - 1; i >= 0; i--) {
        position[i] = tap % params->axis[i].kernel;
        tap /= params->axis[i].kernel;
    }
}

static int64_t tap_count(const struct pleat_conv_params *params) {
    int64_t count = 1;
    for (int i = 0; i < params->rank; i++)
        count *= params->axis[i].kernel;
    return count;
}

static enum pleat_status check_no_dilation(const struct pleat_axis *axis, const char *suffix,
                                           struct pleat_error *error) {
    if (axis->dilation == 1)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                       "dilation%s must be 1 for this initialiser, got %lld", suffix,
                       (long long)axis->dilation);
}

/* Refuses a kernel that cuts the tent, whose outermost taps lie less than the stride from its
 * centre. */
static enum pleat_status check_tent(const struct pleat_axis *axis, const char *suffix,
                                    struct pleat_error *error) {
    PLEAT__TRY(check_no_dilation(axis, suffix, error));
    const bool odd = axis->kernel % 2 != 0;
    const int64_t half = odd ? (axis->kernel + 1) / 2 : axis->kernel / 2;
    if (half >= axis->stride)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                       "kernel%s %lld is too small for bilinear interpolation by stride %lld: %s",
                       suffix, (long long)axis->kernel, (long long)axis->stride,
                       odd ? "an odd one must be at least 2 stride - 1"
                           : "an even one must be at least 2 stride");
}

static double tent(const struct pleat_conv_params *params, int64_t tap) {
    int64_t position[PLEAT_MAX_AXES];
    tap_position(params, tap, position);
    double product = 1;
    for (int i = 0; i < params->rank; i++) {
        const struct pleat_axis *axis = &params->axis[i];
        const double distance = fabs((double)position[i] - (double)(axis->kernel - 1) / 2);
        product *= fmax(0, 1 - distance / (double)axis->stride);
    }
    return product;
}

enum pleat_status pleat__bilinear_check(const struct pleat_conv_params *params,
                                        struct pleat_error *error) {
    if (params->in_channels != params->out_channels)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "in_channels must be out_channels for bilinear interpolation, got %lld "
                           "and %lld",
                           (long long)params->in_channels, (long long)params->out_channels);
    for (int i = 0; i < params->rank; i++)
        PLEAT__TRY(check_tent(&params->axis[i], pleat__axis_suffix(params->rank, i), error));
    return PLEAT_OK;
}

enum pleat_status pleat_initialise_bilinear(const struct pleat_tensor *weight,
                                            const struct pleat_conv_params *params,
                                            struct pleat_error *error) {
    PLEAT__TRY(pleat__initialise_check(weight, PLEAT_CONV_TRANSPOSE, params, error));
    PLEAT__TRY(pleat__bilinear_check(params, error));
    const int64_t taps = tap_count(params), group = params->out_channels / params->groups;
    int64_t element = 0;
    for (int64_t ic = 0; ic < params->in_channels; ic++)
        for (int64_t oc = 0; oc < group; oc++)
            for (int64_t tap = 0; tap < taps; tap++)
                pleat__set_element(weight, element++, oc == ic % group ? tent(params, tap) : 0);
    return PLEAT_OK;
}

static enum pleat_status check_phases(const struct pleat_axis *axis, const char *suffix,
                                      struct pleat_error *error) {
    PLEAT__TRY(check_no_dilation(axis, suffix, error));
    if (axis->kernel % axis->stride == 0)
        return PLEAT_OK;
    const int64_t below = axis->kernel / axis->stride * axis->stride;
    if (below == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "kernel%s must be divisible by the stride for ICNR, got %lld and stride "
                           "%lld: %lld would do",
                           suffix, (long long)axis->kernel, (long long)axis->stride,
                           (long long)axis->stride);
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                       "kernel%s must be divisible by the stride for ICNR, got %lld and stride "
                       "%lld: %lld or %lld would do",
                       suffix, (long long)axis->kernel, (long long)axis->stride, (long long)below,
                       (long long)(below + axis->stride));
}

enum pleat_status pleat__icnr_check(const struct pleat_conv_params *params,
                                    struct pleat_error *error) {
    for (int i = 0; i < params->rank; i++)
        PLEAT__TRY(check_phases(&params->axis[i], pleat__axis_suffix(params->rank, i), error));
    return PLEAT_OK;
}

/* The first tap of the block that the tap lies in. */
static int64_t first_of_block(const struct pleat_conv_params *params, int64_t tap) {
    int64_t position[PLEAT_MAX_AXES], first = 0;
    tap_position(params, tap, position);
    for (int i = 0; i < params->rank; i++) {
        const struct pleat_axis *axis = &params->axis[i];
        first = first * axis->kernel + position[i] / axis->stride * axis->stride;
    }
    return first;
}

enum pleat_status pleat_initialise_icnr(const struct pleat_tensor *weight,
                                        const struct pleat_conv_params *params, double slope,
                                        enum pleat_distribution distribution,
                                        struct pleat_random *random, struct pleat_error *error) {
    PLEAT__REQUIRE(random, error);
    PLEAT__TRY(pleat__initialise_check(weight, PLEAT_CONV_TRANSPOSE, params, error));
    PLEAT__TRY(pleat__distribution_check(distribution, error));
    PLEAT__TRY(pleat__icnr_check(params, error));
    double deviation = 0;
    PLEAT__TRY(pleat__kaiming_deviation(PLEAT_CONV_TRANSPOSE, params, slope, &deviation, error));
    const int64_t taps = tap_count(params), filters = pleat_tensor_size(weight) / taps;
    for (int64_t filter = 0; filter < filters; filter++)
        for (int64_t tap = 0; tap < taps; tap++) {
            /* The first of a block comes before the rest of it. */
            const int64_t first = first_of_block(params, tap);
            const double value = first == tap ? pleat__draw(distribution, deviation, random)
                                              : pleat__element(weight, filter * taps + first);
            pleat__set_element(weight, filter * taps + tap, value);
        }
    return PLEAT_OK;
}
