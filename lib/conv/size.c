/* The sizes that convolution and its transpose make of one axis. */
#include "conv/axis.h"

#include "base/checked.h"
#include "base/error.h"

struct pleat_axis pleat_axis_init(int64_t kernel, int64_t stride) {
    return (struct pleat_axis){.kernel = kernel, .stride = stride, .dilation = 1};
}

enum pleat_status pleat__check_at_least(int64_t value, int64_t least, const char *name,
                                        const char *suffix, struct pleat_error *error) {
    if (value >= least)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s%s must be at least %lld, got %lld", name,
                       suffix, (long long)least, (long long)value);
}

enum pleat_status pleat__axis_check(const struct pleat_axis *axis, const char *suffix,
                                    struct pleat_error *error) {
    PLEAT__TRY(pleat__check_at_least(axis->kernel, 1, "kernel", suffix, error));
    PLEAT__TRY(pleat__check_at_least(axis->stride, 1, "stride", suffix, error));
    PLEAT__TRY(pleat__check_at_least(axis->dilation, 1, "dilation", suffix, error));
    PLEAT__TRY(pleat__check_at_least(axis->output_padding, 0, "output_padding", suffix, error));
    const int64_t limit = pleat__max(axis->stride, axis->dilation);
    if (axis->output_padding >= limit)
        return pleat__fail(
            error, PLEAT_INVALID_ARGUMENT,
            "output_padding%s must be below the larger of stride and dilation, %lld, got %lld",
            suffix, (long long)limit, (long long)axis->output_padding);
    return PLEAT_OK;
}

enum pleat_status pleat__check_no_output_padding(const struct pleat_axis *axis, const char *suffix,
                                                 struct pleat_error *error) {
    if (axis->output_padding != 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "output_padding%s must be 0 for a convolution, got %lld", suffix,
                           (long long)axis->output_padding);
    return PLEAT_OK;
}

enum pleat_status pleat__size_overflow(const char *suffix, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                       "input size%s, stride, padding and dilated kernel make a size that does not "
                       "fit in 63 bits",
                       suffix);
}

bool pleat__kernel_extent(const struct pleat_axis *axis, int64_t *extent) {
    return pleat__multiply(axis->dilation, axis->kernel - 1, extent) &&
           pleat__add(*extent, 1, extent);
}

enum pleat_status pleat__size_conv_transpose(int64_t in, const struct pleat_axis *axis,
                                             const char *suffix, int64_t *out,
                                             struct pleat_error *error) {
    PLEAT__TRY(pleat__check_at_least(in, 1, "input size", suffix, error));
    int64_t size, extent;
    if (!pleat__kernel_extent(axis, &extent) || !pleat__multiply(in - 1, axis->stride, &size) ||
        !pleat__add(size, extent, &size) || !pleat__add(size, axis->output_padding, &size) ||
        !pleat__subtract(size, axis->padding_begin, &size) ||
        !pleat__subtract(size, axis->padding_end, &size))
        return pleat__size_overflow(suffix, error);
    if (size < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "padding%s %lld + %lld crops the output to %lld pixels; at least 1 must "
                           "remain: crop less",
                           suffix, (long long)axis->padding_begin, (long long)axis->padding_end,
                           (long long)size);
    *out = size;
    return PLEAT_OK;
}

enum pleat_status pleat__size_conv(int64_t in, const struct pleat_axis *axis, const char *suffix,
                                   int64_t *out, struct pleat_error *error) {
    PLEAT__TRY(pleat__check_at_least(in, 1, "input size", suffix, error));
    PLEAT__TRY(pleat__check_no_output_padding(axis, suffix, error));
    int64_t padded, extent, room;
    if (!pleat__kernel_extent(axis, &extent) || !pleat__add(in, axis->padding_begin, &padded) ||
        !pleat__add(padded, axis->padding_end, &padded) || !pleat__subtract(padded, extent, &room))
        return pleat__size_overflow(suffix, error);
    if (room < 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "kernel%s reaches over %lld pixels but the padded input has %lld: a "
                           "smaller kernel or dilation, or more padding, would do",
                           suffix, (long long)extent, (long long)padded);
    *out = room / axis->stride + 1;
    return PLEAT_OK;
}

enum pleat_status pleat_size_conv_transpose(int64_t in, const struct pleat_axis *axis, int64_t *out,
                                            struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(out, error);
    PLEAT__TRY(pleat__axis_check(axis, "", error));
    return pleat__size_conv_transpose(in, axis, "", out, error);
}

enum pleat_status pleat_size_conv(int64_t in, const struct pleat_axis *axis, int64_t *out,
                                  struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(out, error);
    PLEAT__TRY(pleat__axis_check(axis, "", error));
    return pleat__size_conv(in, axis, "", out, error);
}
