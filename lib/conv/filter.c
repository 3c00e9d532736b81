/* The weights of a transposed convolution, as one filter for each output channel. */
#include <string.h>

#include "conv/filter.h"

#include "base/elements.h"

enum pleat_status pleat__filter_check(const struct pleat_conv_params *params,
                                      const struct pleat_tensor *weight,
                                      struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK] = {params->in_channels, params->out_channels / params->groups};
    for (int i = 0; i < params->rank; i++)
        extent[2 + i] = params->axis[i].kernel;
    return pleat__tensor_expect(weight, "weight", 2 + params->rank, extent, error);
}

void pleat__filter_sum(const struct pleat_conv_params *params, const struct pleat_tensor *weight,
                       int64_t oc, double *taps) {
    int64_t count = 1;
    for (int i = 0; i < params->rank; i++)
        count *= params->axis[i].kernel;
    memset(taps, 0, (size_t)count * sizeof *taps);
    const int64_t group_in = params->in_channels / params->groups;
    const int64_t group_out = params->out_channels / params->groups;
    const int64_t first = oc / group_out * group_in;
    for (int64_t ic = first; ic < first + group_in; ic++)
        for (int64_t k = 0; k < count; k++)
            taps[k] += pleat__element(weight, (ic * group_out + oc % group_out) * count + k);
}
