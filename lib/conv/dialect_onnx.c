/* ONNX's paddings. */
#include "conv/dialect.h"

#include "base/checked.h"
#include "base/error.h"
#include "conv/axis.h"

/* Refuses SAME without its direction, and numbers beside a word. */
static enum pleat_status check_padding(enum pleat_padding padding, const struct pleat_axis *asked,
                                       struct pleat_error *error) {
    switch (padding) {
    case PLEAT_PADDING_EXPLICIT:
        return PLEAT_OK;
    case PLEAT_PADDING_VALID:
    case PLEAT_PADDING_SAME_UPPER:
    case PLEAT_PADDING_SAME_LOWER:
        if (asked->padding_begin == 0 && asked->padding_end == 0)
            return PLEAT_OK;
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "padding must not be given with auto_pad %s, got %lld and %lld: use "
                           "NOTSET",
                           pleat_padding_name(padding), (long long)asked->padding_begin,
                           (long long)asked->padding_end);
    case PLEAT_PADDING_SAME:
        break;
    }
    return pleat__dialect_no_such_padding("ONNX", padding,
                                          "NOTSET, VALID, SAME_UPPER and SAME_LOWER", error);
}

/* Splits the total, which may be negative: the odd pixel goes to the end for SAME_UPPER, else to
 * the beginning. */
static void split(enum pleat_padding padding, int64_t total, struct pleat_axis *solved) {
    const int64_t half = pleat__floor_divide(total, 2);
    const bool upper = padding == PLEAT_PADDING_SAME_UPPER;
    solved->padding_begin = upper ? half : total - half;
    solved->padding_end = upper ? total - half : half;
}

enum pleat_status pleat_dialect_onnx_conv(enum pleat_padding padding, int64_t in,
                                          const struct pleat_axis *asked, struct pleat_axis *axis,
                                          int64_t *out, struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    PLEAT__TRY(check_padding(padding, asked, error));
    if (padding == PLEAT_PADDING_EXPLICIT || padding == PLEAT_PADDING_VALID) {
        solved.padding_begin = asked->padding_begin;
        solved.padding_end = asked->padding_end;
    } else {
        int64_t total;
        if (!pleat__same_total(in, &solved, &total))
            return pleat__size_overflow("", error);
        split(padding, total, &solved);
    }
    return pleat__dialect_end(PLEAT_CONV, in, &solved, axis, out, error);
}

enum pleat_status pleat_dialect_onnx_conv_transpose(enum pleat_padding padding, int64_t in,
                                                    const struct pleat_axis *asked,
                                                    int64_t output_shape, struct pleat_axis *axis,
                                                    int64_t *out, struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    PLEAT__TRY(check_padding(padding, asked, error));
    solved.output_padding = asked->output_padding;
    const bool same = padding == PLEAT_PADDING_SAME_UPPER || padding == PLEAT_PADDING_SAME_LOWER;
    if (output_shape == PLEAT_UNSPECIFIED && !same) {
        solved.padding_begin = asked->padding_begin;
        solved.padding_end = asked->padding_end;
        return pleat__dialect_end(PLEAT_CONV_TRANSPOSE, in, &solved, axis, out, error);
    }
    int64_t size = output_shape, extent, total;
    if (output_shape == PLEAT_UNSPECIFIED && !pleat__multiply(in, asked->stride, &size))
        return pleat__size_overflow("", error);
    PLEAT__TRY(pleat__check_at_least(size, 1, "output_shape", "", error));
    if (!pleat__multiply(in - 1, asked->stride, &total) ||
        !pleat__kernel_extent(&solved, &extent) || !pleat__add(total, extent, &total) ||
        !pleat__add(total, solved.output_padding, &total) || !pleat__subtract(total, size, &total))
        return pleat__size_overflow("", error);
    split(padding, total, &solved);
    return pleat__dialect_end(PLEAT_CONV_TRANSPOSE, in, &solved, axis, out, error);
}
