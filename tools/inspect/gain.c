/* Gain maps on an image that is just large enough. */
#include "inspect/gain.h"

#include <math.h>
#include <stdlib.h>

#include <pleat/overlap.h>
#include <pleat/size.h>

#include "fault.h"

/* The most pixels of a map: larger ones show nothing more. */
#define MOST_PIXELS (INT64_C(1) << 22)

/* Input pixels of which some, in the middle, have all those neighbours that meet theirs, over two
 * strides of the output at least, whatever the paddings crop. */
static int64_t extent_of(const struct pleat_axis *axis) {
    const int64_t reach = (axis->kernel - 1) * axis->dilation / axis->stride + 1;
    const int64_t begin = axis->padding_begin > 0 ? axis->padding_begin : 0;
    const int64_t end = axis->padding_end > 0 ? axis->padding_end : 0;
    return 2 * reach + 2 + (begin + end) / axis->stride;
}

/* The least and the most taps of one period of the stride in the middle. */
static enum pleat_status count_taps(struct gain *gain, const struct pleat_conv_params *params,
                                    struct pleat_error *error) {
    gain->least_taps = gain->most_taps = 1;
    for (int a = 0; a < params->rank; a++) {
        const struct pleat_axis *axis = &params->axis[a];
        int64_t least = INT64_MAX, most = 0;
        int64_t *count = malloc((size_t)gain->taps.extent[a] * sizeof *count);
        if (count == NULL)
            return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a gain map");
        const enum pleat_status status = pleat_overlap_axis(gain->in[a], axis, count, error);
        const int64_t middle =
            (gain->in[a] - 1) * axis->stride / 2 + (axis->kernel - 1) * axis->dilation / 2;
        const int64_t first = middle - axis->padding_begin - axis->stride / 2;
        for (int64_t o = first; status == PLEAT_OK && o < first + axis->stride; o++) {
            const bool there = o >= 0 && o < gain->taps.extent[a];
            least = there && count[o] < least ? count[o] : least;
            most = there && count[o] > most ? count[o] : most;
        }
        free(count);
        TRY(status);
        gain->least_taps *= (double)least;
        gain->most_taps *= (double)most;
    }
    return PLEAT_OK;
}

static enum pleat_status make_maps(struct gain *gain, const struct pleat_conv_params *params,
                                   const struct pleat_tensor *weight, struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_AXES + 1] = {params->out_channels};
    double pixels = (double)params->out_channels;
    for (int a = 0; a < params->rank; a++) {
        gain->in[a] = extent_of(&params->axis[a]);
        TRY(pleat_size_conv_transpose(gain->in[a], &params->axis[a], &extent[a + 1], error));
        pixels *= (double)extent[a + 1];
    }
    if (pixels > (double)MOST_PIXELS)
        return fault(error, PLEAT_UNSUPPORTED, "its gain map would have %.3g pixels, more than %g",
                     pixels, (double)MOST_PIXELS);
    TRY(pleat_tensor_allocate(&gain->taps, PLEAT_FLOAT64, params->rank, extent + 1, error));
    TRY(pleat_tensor_allocate(&gain->gain, PLEAT_FLOAT64, params->rank + 1, extent, error));
    TRY(pleat_overlap_map(params, gain->in, &gain->taps, error));
    TRY(pleat_gain_map(params, gain->in, weight, &gain->gain, error));
    return count_taps(gain, params, error);
}

static enum pleat_status make_numbers(struct gain *gain, const struct pleat_conv_params *params,
                                      const struct pleat_tensor *weight,
                                      struct pleat_error *error) {
    TRY(pleat_checkerboard(params, &gain->checkerboard, error));
    gain->channels = params->out_channels;
    gain->channel_checkerboard = malloc((size_t)gain->channels * sizeof(double));
    if (gain->channel_checkerboard == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for a gain map");
    TRY(pleat_weight_checkerboard(params, weight, gain->channel_checkerboard, error));
    for (int64_t c = 0; c < gain->channels; c++) {
        gain->uneven += gain->channel_checkerboard[c] >= GAIN_UNEVEN;
        gain->largest = fmax(gain->largest, gain->channel_checkerboard[c]);
    }
    return PLEAT_OK;
}

enum pleat_status gain_make(struct gain *gain, const struct pleat_conv_params *params,
                            const struct pleat_tensor *weight, struct pleat_error *error) {
    *gain = (struct gain){.channels = 0};
    enum pleat_status status = make_maps(gain, params, weight, error);
    if (status == PLEAT_OK)
        status = make_numbers(gain, params, weight, error);
    if (status != PLEAT_OK)
        gain_free(gain);
    return status;
}

void gain_free(struct gain *gain) {
    pleat_tensor_free(&gain->taps);
    pleat_tensor_free(&gain->gain);
    free(gain->channel_checkerboard);
    gain->channel_checkerboard = NULL;
}
