/* PyTorch's paddings. */
#include "conv/dialect.h"

#include "base/checked.h"
#include "base/error.h"
#include "conv/axis.h"

/* Copies the explicit paddings, which PyTorch has alike at both ends and not negative. */
static enum pleat_status take_paddings(const struct pleat_axis *asked, struct pleat_axis *solved,
                                       struct pleat_error *error) {
    if (asked->padding_begin != asked->padding_end)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "PyTorch's padding is the same at both ends, got %lld and %lld",
                           (long long)asked->padding_begin, (long long)asked->padding_end);
    PLEAT__TRY(pleat__check_at_least(asked->padding_begin, 0, "PyTorch's padding", "", error));
    solved->padding_begin = solved->padding_end = asked->padding_begin;
    return PLEAT_OK;
}

enum pleat_status pleat_dialect_pytorch_conv(enum pleat_padding padding, int64_t in,
                                             const struct pleat_axis *asked,
                                             struct pleat_axis *axis, int64_t *out,
                                             struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    if (padding == PLEAT_PADDING_EXPLICIT) {
        PLEAT__TRY(take_paddings(asked, &solved, error));
    } else if (padding == PLEAT_PADDING_SAME) {
        if (asked->stride != 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "stride must be 1 for PyTorch's padding 'same', got %lld",
                               (long long)asked->stride);
        int64_t extent;
        if (!pleat__kernel_extent(&solved, &extent))
            return pleat__size_overflow("", error);
        solved.padding_begin = (extent - 1) / 2;
        solved.padding_end = extent - 1 - solved.padding_begin;
    } else if (padding != PLEAT_PADDING_VALID) {
        return pleat__dialect_no_such_padding("PyTorch", padding,
                                              "numbers (NOTSET here), VALID and SAME", error);
    }
    return pleat__dialect_end(PLEAT_CONV, in, &solved, axis, out, error);
}

/* Solves for the output padding as PyTorch does: it stops at stride - 1, where a dilation above
 * the stride would allow more. */
static enum pleat_status solve_output_size(int64_t in, int64_t output_size,
                                           struct pleat_axis *solved, struct pleat_error *error) {
    struct pleat_axis narrow = *solved;
    int64_t output_padding;
    PLEAT__TRY(pleat_size_output_padding(in, &narrow, output_size, &output_padding, error));
    if (output_padding >= solved->stride)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "PyTorch's output_size goes from %lld to %lld here, got %lld: give "
                           "output_padding %lld instead",
                           (long long)(output_size - output_padding),
                           (long long)(output_size - output_padding + solved->stride - 1),
                           (long long)output_size, (long long)output_padding);
    solved->output_padding = output_padding;
    return PLEAT_OK;
}

enum pleat_status pleat_dialect_pytorch_conv_transpose(int64_t in, const struct pleat_axis *asked,
                                                       int64_t output_size, struct pleat_axis *axis,
                                                       int64_t *out, struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    PLEAT__TRY(take_paddings(asked, &solved, error));
    if (output_size == PLEAT_UNSPECIFIED) {
        solved.output_padding = asked->output_padding;
    } else {
        if (asked->output_padding != 0)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "output_padding is solved for where output_size is given, got %lld "
                               "and output_size %lld: give one of them",
                               (long long)asked->output_padding, (long long)output_size);
        PLEAT__TRY(solve_output_size(in, output_size, &solved, error));
    }
    return pleat__dialect_end(PLEAT_CONV_TRANSPOSE, in, &solved, axis, out, error);
}
