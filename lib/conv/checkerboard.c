/* How unevenly the taps, or given weights, reach the residues of the output modulo the stride. */
#include <math.h>
#include <string.h>

#include <pleat/overlap.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/filter.h"
#include "conv/geometry.h"

enum pleat_status pleat_checkerboard(const struct pleat_conv_params *params, double *number,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(params, error);
    PLEAT__REQUIRE(number, error);
    PLEAT__TRY(pleat__conv_params_check(params, error));
    double most = 1, least = 1, mean = 1;
    for (int i = 0; i < params->rank; i++) {
        /* k dilation mod stride runs through the multiples of their common factor, `period` of
         * them, again and again; the other residues are never reached. */
        const struct pleat_axis *axis = &params->axis[i];
        const int64_t factor = pleat__common_divisor(axis->stride, axis->dilation);
        const int64_t period = axis->stride / factor;
        most *= (double)pleat__ceil_divide(axis->kernel, period);
        least *= factor > 1 ? 0 : (double)(axis->kernel / period);
        mean *= (double)axis->kernel / (double)axis->stride;
    }
    *number = (most - least) / mean;
    return PLEAT_OK;
}

/* Adds each of the taps[K...] to the gain of the residue that it reaches. */
static void add_gains(const struct pleat_conv_params *params, const double *taps, int64_t tap_count,
                      double *gain) {
    for (int64_t tap = 0; tap < tap_count; tap++) {
        int64_t rest = tap, residue = 0, step = 1;
        for (int i = params->rank - 1; i >= 0; i--) {
            const struct pleat_axis *axis = &params->axis[i];
            const int64_t k = rest % axis->kernel;
            rest /= axis->kernel;
            residue += k * axis->dilation % axis->stride * step;
            step *= axis->stride;
        }
        gain[residue] += taps[tap];
    }
}

static double unevenness(const double *gain, int64_t count) {
    double most = gain[0], least = gain[0], sum = 0;
    for (int64_t i = 0; i < count; i++) {
        most = gain[i] > most ? gain[i] : most;
        least = gain[i] < least ? gain[i] : least;
        sum += gain[i];
    }
    if (most == least && isfinite(sum))
        return 0;
    return (most - least) / fabs(sum / (double)count);
}

enum pleat_status pleat_weight_checkerboard(const struct pleat_conv_params *params,
                                            const struct pleat_tensor *weight, double *number,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(params, error);
    PLEAT__REQUIRE(number, error);
    PLEAT__TRY(pleat__conv_params_check(params, error));
    PLEAT__TRY(pleat__filter_check(params, weight, error));
    int64_t taps = 1, residues = 1, last_tap;
    for (int i = 0; i < params->rank; i++) {
        const struct pleat_axis *axis = &params->axis[i];
        taps *= axis->kernel; /* the extents of a tensor that exists */
        if (!pleat__multiply(residues, axis->stride, &residues) ||
            !pleat__multiply(axis->kernel - 1, axis->dilation, &last_tap))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the strides' product or the dilated kernel does not fit in 63 "
                               "bits");
    }
    int64_t count;
    double *memory =
        pleat__add(taps, residues, &count) ? pleat__allocate((size_t)count, sizeof *memory) : NULL;
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the gains of %lld residues",
                           (long long)residues);
    double *gain = memory + taps;
    for (int64_t oc = 0; oc < params->out_channels; oc++) {
        pleat__filter_sum(params, weight, oc, memory);
        memset(gain, 0, (size_t)residues * sizeof *gain);
        add_gains(params, memory, taps, gain);
        number[oc] = unevenness(gain, residues);
    }
    pleat__free(memory);
    return PLEAT_OK;
}
