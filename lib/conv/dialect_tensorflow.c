/* TensorFlow's and Keras's paddings. */
#include "conv/dialect.h"

#include "base/checked.h"
#include "base/error.h"
#include "conv/axis.h"

/* Sets the paddings of the convolution of `in` pixels, the odd one at the end. */
static enum pleat_status pad_conv(enum pleat_padding padding, int64_t in, struct pleat_axis *solved,
                                  struct pleat_error *error) {
    int64_t total = 0;
    if (padding == PLEAT_PADDING_SAME) {
        if (!pleat__same_total(in, solved, &total))
            return pleat__size_overflow("", error);
    } else if (padding != PLEAT_PADDING_VALID) {
        return pleat__dialect_no_such_padding("TensorFlow", padding, "VALID and SAME", error);
    }
    solved->padding_begin = total / 2;
    solved->padding_end = total - total / 2;
    return PLEAT_OK;
}

enum pleat_status pleat_dialect_tensorflow_conv(enum pleat_padding padding, int64_t in,
                                                const struct pleat_axis *asked,
                                                struct pleat_axis *axis, int64_t *out,
                                                struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    PLEAT__TRY(pad_conv(padding, in, &solved, error));
    return pleat__dialect_end(PLEAT_CONV, in, &solved, axis, out, error);
}

/* Stores the sizes that a convolution with this word for padding makes `in` of: SAME makes
 * ceil(size / stride), VALID floor((size - kernel extent) / stride) + 1. */
static enum pleat_status legal_sizes(enum pleat_padding padding, int64_t in,
                                     const struct pleat_axis *bare, int64_t *smallest,
                                     int64_t *largest, struct pleat_error *error) {
    int64_t reach = 1;
    if (padding == PLEAT_PADDING_VALID && !pleat__kernel_extent(bare, &reach))
        return pleat__size_overflow("", error);
    if (!pleat__multiply(in - 1, bare->stride, smallest) ||
        !pleat__add(*smallest, reach, smallest) ||
        !pleat__add(*smallest, bare->stride - 1, largest))
        return pleat__size_overflow("", error);
    return PLEAT_OK;
}

enum pleat_status pleat_dialect_tensorflow_conv_transpose(enum pleat_padding padding, int64_t in,
                                                          const struct pleat_axis *asked,
                                                          int64_t output_size,
                                                          struct pleat_axis *axis, int64_t *out,
                                                          struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    if (padding != PLEAT_PADDING_SAME && padding != PLEAT_PADDING_VALID)
        return pleat__dialect_no_such_padding("TensorFlow", padding, "VALID and SAME", error);
    int64_t smallest = 0, largest = 0, extent, uncropped;
    PLEAT__TRY(legal_sizes(padding, in, &solved, &smallest, &largest, error));
    if (output_size < smallest || output_size > largest)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "TensorFlow's convolution does not make %lld of %lld with kernel %lld, "
                           "stride %lld, dilation %lld, %s: %lld to %lld would do",
                           (long long)in, (long long)output_size, (long long)solved.kernel,
                           (long long)solved.stride, (long long)solved.dilation,
                           pleat_padding_name(padding), (long long)smallest, (long long)largest);
    PLEAT__TRY(pad_conv(padding, output_size, &solved, error));
    if (!pleat__kernel_extent(&solved, &extent) ||
        !pleat__multiply(in - 1, solved.stride, &uncropped) ||
        !pleat__add(uncropped, extent, &uncropped))
        return pleat__size_overflow("", error);
    /* What no tap reaches lies at the end. */
    const int64_t cropped = uncropped - solved.padding_begin - solved.padding_end;
    solved.output_padding = pleat__max(output_size - cropped, 0);
    return pleat__dialect_end(PLEAT_CONV_TRANSPOSE, in, &solved, axis, out, error);
}

/* Stores the output size that Keras infers. */
static enum pleat_status keras_size(enum pleat_padding padding, int64_t in,
                                    const struct pleat_axis *bare, int64_t output_padding,
                                    int64_t *size, struct pleat_error *error) {
    int64_t extent, last;
    if (!pleat__kernel_extent(bare, &extent) || !pleat__multiply(in - 1, bare->stride, size))
        return pleat__size_overflow("", error);
    const bool same = padding == PLEAT_PADDING_SAME;
    if (output_padding == PLEAT_UNSPECIFIED)
        last = same ? bare->stride : pleat__max(extent, bare->stride);
    else if (!pleat__add(same ? extent % 2 : extent, output_padding, &last))
        return pleat__size_overflow("", error);
    if (!pleat__add(*size, last, size))
        return pleat__size_overflow("", error);
    return PLEAT_OK;
}

enum pleat_status pleat_dialect_keras_conv_transpose(enum pleat_padding padding, int64_t in,
                                                     const struct pleat_axis *asked,
                                                     int64_t output_padding,
                                                     struct pleat_axis *axis, int64_t *out,
                                                     struct pleat_error *error) {
    struct pleat_axis bare;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &bare, error));
    if (padding != PLEAT_PADDING_SAME && padding != PLEAT_PADDING_VALID)
        return pleat__dialect_no_such_padding("Keras", padding, "VALID and SAME", error);
    if (output_padding != PLEAT_UNSPECIFIED)
        PLEAT__TRY(pleat__check_at_least(output_padding, 0, "Keras's output_padding", "", error));
    int64_t size = 0, smallest = 0, largest = 0;
    PLEAT__TRY(keras_size(padding, in, &bare, output_padding, &size, error));
    PLEAT__TRY(legal_sizes(padding, in, &bare, &smallest, &largest, error));
    if (size < smallest || size > largest)
        return pleat__fail(
            error, PLEAT_INVALID_SHAPE,
            "Keras's output_padding %lld makes %lld of %lld with kernel %lld, stride "
            "%lld, %s, which TensorFlow refuses: %lld to %lld would do",
            (long long)output_padding, (long long)size, (long long)in, (long long)bare.kernel,
            (long long)bare.stride, pleat_padding_name(padding),
            (long long)pleat__max(output_padding - (size - smallest), 0),
            (long long)(output_padding + (largest - size)));
    return pleat_dialect_tensorflow_conv_transpose(padding, in, &bare, size, axis, out, error);
}
