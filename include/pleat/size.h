/* The size solver: what a convolution or its transpose makes of one axis, and back. */
#ifndef PLEAT_SIZE_H
#define PLEAT_SIZE_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The parameters of one spatial axis, in PyTorch's terms. Zero-initialised fields of kernel,
 * stride and dilation are refused: start from pleat_axis_init. */
struct pleat_axis {
    int64_t kernel;         /* filter taps, at least 1 */
    int64_t stride;         /* fine pixels between two coarse ones, at least 1 */
    int64_t dilation;       /* fine pixels between two taps, at least 1; 1 means none */
    int64_t padding_begin;  /* crops a transposed convolution's output, pads a convolution's */
    int64_t padding_end;    /* input; negative does the opposite */
    int64_t output_padding; /* pixels added at the end, 0..max(stride, dilation) - 1;
                               transposed convolution only */
};

/* Returns an axis of that kernel and stride, dilation 1, no padding. */
PLEAT_API struct pleat_axis pleat_axis_init(int64_t kernel, int64_t stride);

/* Computes the size that a transposed convolution makes of `in` pixels:
 *
 *     *out = (in - 1) stride - padding_begin - padding_end + dilation (kernel - 1) + 1
 *            + output_padding
 *
 * (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship
 * 14; PyTorch, ConvTranspose2d). Pixel i and tap k reach pixel i stride - padding_begin +
 * k dilation.
 *
 * PLEAT_INVALID_ARGUMENT: a field of axis outside its legal range, in below 1, a pointer NULL.
 * PLEAT_INVALID_SHAPE: the size is below 1. PLEAT_SIZE_OVERFLOW: it does not fit. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_size_conv_transpose(int64_t in,
                                                                      const struct pleat_axis *axis,
                                                                      int64_t *out,
                                                                      struct pleat_error *error);

/* Computes the size that a convolution makes of `in` pixels:
 *
 *     *out = floor((in + padding_begin + padding_end - dilation (kernel - 1) - 1) / stride) + 1
 *
 * (the same guide, relationship 6; PyTorch, Conv2d). Statuses as pleat_size_conv_transpose;
 * PLEAT_INVALID_ARGUMENT also where output_padding is not 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_size_conv(int64_t in, const struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
