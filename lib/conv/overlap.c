/* How many taps, and which weights, reach each output pixel of a transposed convolution. */
#include <string.h>

#include <pleat/overlap.h>

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"
#include "base/memory.h"
#include "conv/axis.h"
#include "conv/filter.h"
#include "conv/geometry.h"

/* Overwrites count[out] with how many pairs of input pixel and tap meet at each output pixel. A tap
 * meets first, first + stride, .., last: it adds one where it begins and takes it away behind its end,
 * and each phase of the stride is summed up. */
static void count_axis(int64_t in, const struct pleat_axis *axis, int64_t out, int64_t *count) {
    const int64_t stride = axis->stride;
    memset(count, 0, (size_t)out * sizeof *count);
    for (int64_t k = 0; k < axis->kernel; k++) {
        int64_t first = k * axis->dilation - axis->padding_begin;
        const int64_t last = first + (in - 1) * stride;
        if (last < 0)
            continue;
        if (first < 0)
            first += pleat__ceil_divide(-first, stride) * stride;
        if (first >= out)
            continue;
        count[first]++;
        if (last < out - stride)
            count[last + stride]--;
    }
    for (int64_t o = stride; o < out; o++)
        count[o] += count[o - stride];
}

enum pleat_status pleat_overlap_axis(int64_t in, const struct pleat_axis *axis, int64_t *count,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(count, error);
    int64_t out = 0;
    PLEAT__TRY(pleat_size_conv_transpose(in, axis, &out, error));
    count_axis(in, axis, out, count);
    return PLEAT_OK;
}

/* The axis of the geometry, whose output has the extent g->fine[a]. */
static struct pleat_axis geometry_axis(const struct pleat__geometry *g, int a) {
    return (struct pleat_axis){.kernel = g->kernel[a],
                               .stride = g->stride[a],
                               .dilation = g->dilation[a],
                               .padding_begin = g->padding[a]};
}

enum pleat_status pleat_overlap_map(const struct pleat_conv_params *params,
                                    const int64_t *in_extent, const struct pleat_tensor *map,
                                    struct pleat_error *error) {
    struct pleat__geometry g;
    PLEAT__TRY(pleat__geometry_create(&g, PLEAT_CONV_TRANSPOSE, params, in_extent, error));
    PLEAT__TRY(pleat__tensor_expect(map, "map", params->rank,
                                    g.fine + PLEAT_MAX_AXES - params->rank, error));
    int64_t *counts[3];
    int64_t *memory = pleat__allocate((size_t)(g.fine[0] + g.fine[1] + g.fine[2]), sizeof *memory);
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the counts of three axes");
    int64_t *next = memory;
    for (int a = 0; a < 3; a++) {
        const struct pleat_axis axis = geometry_axis(&g, a);
        counts[a] = next;
        next += g.fine[a];
        count_axis(g.coarse[a], &axis, g.fine[a], counts[a]);
    }
    int64_t pixel = 0;
    for (int64_t od = 0; od < g.fine[0]; od++)
        for (int64_t oh = 0; oh < g.fine[1]; oh++)
            for (int64_t ow = 0; ow < g.fine[2]; ow++)
                pleat__set_element(map, pixel++,
                                   (double)counts[0][od] * (double)counts[1][oh] *
                                       (double)counts[2][ow]);
    pleat__free(memory);
    return PLEAT_OK;
}

/* Returns the sum of the taps[K...] that reach one output pixel. */
static double pixel_gain(const struct pleat__geometry *g, const double *taps, int64_t od,
                         int64_t oh, int64_t ow) {
    double sum = 0;
    int64_t in;
    for (int64_t kd = 0; kd < g->kernel[0]; kd++) {
        if (!pleat__meets(g, 0, od, kd, &in))
            continue;
        for (int64_t kh = 0; kh < g->kernel[1]; kh++) {
            if (!pleat__meets(g, 1, oh, kh, &in))
                continue;
            const double *row = taps + (kd * g->kernel[1] + kh) * g->kernel[2];
            for (int64_t kw = 0; kw < g->kernel[2]; kw++)
                if (pleat__meets(g, 2, ow, kw, &in))
                    sum += row[kw];
        }
    }
    return sum;
}

enum pleat_status pleat_gain_map(const struct pleat_conv_params *params, const int64_t *in_extent,
                                 const struct pleat_tensor *weight, const struct pleat_tensor *gain,
                                 struct pleat_error *error) {
    struct pleat__geometry g;
    PLEAT__TRY(pleat__geometry_create(&g, PLEAT_CONV_TRANSPOSE, params, in_extent, error));
    PLEAT__TRY(pleat__filter_check(params, weight, error));
    int64_t extent[1 + PLEAT_MAX_AXES] = {params->out_channels};
    for (int i = 0; i < params->rank; i++)
        extent[1 + i] = g.fine[PLEAT_MAX_AXES - params->rank + i];
    PLEAT__TRY(pleat__tensor_expect(gain, "gain", 1 + params->rank, extent, error));
    double *taps = pleat__allocate((size_t)pleat__taps(&g), sizeof *taps);
    if (taps == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the sum of the filters");
    int64_t element = 0;
    for (int64_t oc = 0; oc < params->out_channels; oc++) {
        pleat__filter_sum(params, weight, oc, taps);
        for (int64_t od = 0; od < g.fine[0]; od++)
            for (int64_t oh = 0; oh < g.fine[1]; oh++)
                for (int64_t ow = 0; ow < g.fine[2]; ow++)
                    pleat__set_element(gain, element++, pixel_gain(&g, taps, od, oh, ow));
    }
    pleat__free(taps);
    return PLEAT_OK;
}
