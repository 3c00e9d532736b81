/* From a caller's parameters to the coarse and the fine side. */
#include "conv/geometry.h"

#include "base/checked.h"
#include "base/error.h"
#include "conv/axis.h"
#include "conv/gemm.h"

const char *pleat__axis_suffix(int rank, int axis) {
    static const char *const suffixes[PLEAT_MAX_AXES] = {"_d", "_h", "_w"};
    return suffixes[PLEAT_MAX_AXES - rank + axis];
}

struct pleat_conv_params pleat_conv_params_init(int rank, int64_t in_channels, int64_t out_channels,
                                                int64_t kernel, int64_t stride, int64_t padding) {
    struct pleat_conv_params params = {
        .rank = rank, .in_channels = in_channels, .out_channels = out_channels, .groups = 1};
    for (int i = 0; i < PLEAT_MAX_AXES; i++) {
        params.axis[i] = pleat_axis_init(kernel, stride);
        params.axis[i].padding_begin = params.axis[i].padding_end = padding;
    }
    return params;
}

static enum pleat_status check_channels(int64_t channels, int64_t groups, const char *name,
                                        struct pleat_error *error) {
    if (channels < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must be at least 1, got %lld", name,
                           (long long)channels);
    if (channels % groups != 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "groups (%lld) must divide %s, got %lld",
                           (long long)groups, name, (long long)channels);
    return PLEAT_OK;
}

enum pleat_status pleat__conv_params_check(const struct pleat_conv_params *params,
                                           struct pleat_error *error) {
    if (params->rank < 1 || params->rank > PLEAT_MAX_AXES)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "rank must be 1, 2 or 3, got %d",
                           params->rank);
    if (params->groups < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "groups must be at least 1, got %lld",
                           (long long)params->groups);
    PLEAT__TRY(check_channels(params->in_channels, params->groups, "in_channels", error));
    PLEAT__TRY(check_channels(params->out_channels, params->groups, "out_channels", error));
    for (int i = 0; i < params->rank; i++)
        PLEAT__TRY(pleat__axis_check(&params->axis[i], pleat__axis_suffix(params->rank, i), error));
    return PLEAT_OK;
}

/* Refuses an array whose bytes, counted as double, do not fit in 63 bits. */
static enum pleat_status check_bytes(int64_t channels, int64_t groups, const int64_t extent[3],
                                     const char *name, struct pleat_error *error) {
    int64_t bytes = (int64_t)sizeof(double);
    const int64_t factors[] = {channels, groups, extent[0], extent[1], extent[2]};
    for (int i = 0; i < 5; i++)
        if (!pleat__multiply(bytes, factors[i], &bytes))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "the bytes of the %s do not fit in 63 bits", name);
    return PLEAT_OK;
}

static enum pleat_status check_blas_extent(int64_t extent, const char *name,
                                           struct pleat_error *error) {
    if (extent <= pleat__gemm_max_extent())
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                       "the %s (%lld) is more than the BLAS can count (%lld)", name,
                       (long long)extent, (long long)pleat__gemm_max_extent());
}

/* Positions on an axis are sums of a few of these: far below 2^63 each, none overflows. */
static enum pleat_status check_positions(const struct pleat__geometry *g,
                                         struct pleat_error *error) {
    const int64_t limit = INT64_MAX / 8;
    for (int i = 0; i < 3; i++) {
        int64_t last_tap, last_pixel;
        if (!pleat__multiply(g->kernel[i] - 1, g->dilation[i], &last_tap) || last_tap > limit ||
            !pleat__multiply(g->coarse[i], g->stride[i], &last_pixel) || last_pixel > 2 * limit ||
            g->padding[i] > limit || g->padding[i] < -limit)
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "padding, dilated kernel, and stride times the smaller image must "
                               "be below %lld",
                               (long long)limit);
    }
    return PLEAT_OK;
}

static enum pleat_status check_sizes(const struct pleat__geometry *g, struct pleat_error *error) {
    PLEAT__TRY(check_positions(g, error));
    PLEAT__TRY(check_bytes(g->coarse_channels, g->groups, g->coarse, "coarse image", error));
    PLEAT__TRY(check_bytes(g->fine_channels, g->groups, g->fine, "fine image", error));
    const int64_t filters[3] = {g->coarse_channels, g->groups, g->fine_channels};
    int64_t taps = 0;
    if (!pleat__multiply(g->kernel[0], g->kernel[1], &taps) ||
        !pleat__multiply(taps, g->kernel[2], &taps))
        taps = INT64_MAX;
    PLEAT__TRY(check_bytes(taps, 1, filters, "weight", error));
    PLEAT__TRY(
        check_blas_extent(pleat__coarse_pixels(g), "number of pixels of the coarse image", error));
    PLEAT__TRY(check_blas_extent(g->coarse_channels, "number of channels", error));
    return check_blas_extent(taps * g->fine_channels, "number of filter values a channel", error);
}

enum pleat_status pleat__geometry_create(struct pleat__geometry *geometry, enum pleat_operator op,
                                         const struct pleat_conv_params *params,
                                         const int64_t *in_extent, struct pleat_error *error) {
    PLEAT__REQUIRE(params, error);
    PLEAT__REQUIRE(in_extent, error);
    if (op != PLEAT_CONV_TRANSPOSE && op != PLEAT_CONV)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "op %d is no operator", (int)op);
    PLEAT__TRY(pleat__conv_params_check(params, error));
    const bool transpose = op == PLEAT_CONV_TRANSPOSE;
    struct pleat__geometry g = {
        .groups = params->groups,
        .coarse_channels =
            (transpose ? params->in_channels : params->out_channels) / params->groups,
        .fine_channels = (transpose ? params->out_channels : params->in_channels) / params->groups,
        .coarse = {1, 1, 1},
        .fine = {1, 1, 1},
        .kernel = {1, 1, 1},
        .stride = {1, 1, 1},
        .dilation = {1, 1, 1},
    };
    for (int i = 0; i < params->rank; i++) {
        const struct pleat_axis *axis = &params->axis[i];
        const char *suffix = pleat__axis_suffix(params->rank, i);
        const int j = PLEAT_MAX_AXES - params->rank + i;
        int64_t out = 0;
        PLEAT__TRY((transpose ? pleat__size_conv_transpose
                              : pleat__size_conv)(in_extent[i], axis, suffix, &out, error));
        g.coarse[j] = transpose ? in_extent[i] : out;
        g.fine[j] = transpose ? out : in_extent[i];
        g.kernel[j] = axis->kernel;
        g.stride[j] = axis->stride;
        g.dilation[j] = axis->dilation;
        g.padding[j] = axis->padding_begin;
    }
    PLEAT__TRY(check_sizes(&g, error));
    *geometry = g;
    return PLEAT_OK;
}

static int64_t product(const int64_t extent[3]) {
    return extent[0] * extent[1] * extent[2];
}

int64_t pleat__coarse_pixels(const struct pleat__geometry *geometry) {
    return product(geometry->coarse);
}

int64_t pleat__fine_pixels(const struct pleat__geometry *geometry) {
    return product(geometry->fine);
}

int64_t pleat__taps(const struct pleat__geometry *geometry) {
    return product(geometry->kernel);
}

double pleat__formula_flops(const struct pleat__geometry *g) {
    return 2.0 * (double)g->groups * (double)g->coarse_channels * (double)g->fine_channels *
           (double)pleat__taps(g) * (double)pleat__coarse_pixels(g);
}

struct pleat__range pleat__positions(const struct pleat__geometry *g, int axis) {
    const int64_t stride = g->stride[axis], first = g->padding[axis];
    return (struct pleat__range){pleat__floor_divide(first, stride),
                                 pleat__floor_divide(first + g->fine[axis] - 1, stride) + 1};
}

static int64_t clamp(int64_t value, int64_t end) {
    return pleat__max(0, pleat__min(value, end));
}

struct pleat__range pleat__coarse_range(const struct pleat__geometry *g, int axis,
                                        struct pleat__range fine, struct pleat__range taps) {
    const int64_t dilation = g->dilation[axis], stride = g->stride[axis], end = g->coarse[axis];
    const int64_t first = fine.begin + g->padding[axis] - (taps.end - 1) * dilation;
    const int64_t last = fine.end - 1 + g->padding[axis] - taps.begin * dilation;
    const int64_t begin = clamp(pleat__ceil_divide(first, stride), end);
    return (struct pleat__range){
        begin, pleat__max(begin, clamp(pleat__floor_divide(last, stride) + 1, end))};
}
