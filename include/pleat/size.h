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

/* Computes the input of a transposed convolution whose output has `out` pixels: the *in with
 *
 *     out = (*in - 1) stride - padding_begin - padding_end + dilation (kernel - 1) + 1
 *           + output_padding
 *
 * PLEAT_INVALID_ARGUMENT: a field of axis outside its legal range, out below 1, a pointer NULL.
 * PLEAT_INVALID_SHAPE: no input makes that size; the detail says what would do, such as "49 is not
 * reachable with kernel 4, stride 2, padding 1: 48 and 50 are, from inputs 24 and 25, or
 * output_padding 1". PLEAT_SIZE_OVERFLOW. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_size_conv_transpose_input(int64_t out, const struct pleat_axis *axis, int64_t *in,
                                struct pleat_error *error);

/* Computes the inputs of a convolution whose output has `out` pixels. Its formula rounds down, so
 * that they are `stride` neighbouring sizes:
 *
 *     *lowest  = (out - 1) stride + dilation (kernel - 1) + 1 - padding_begin - padding_end
 *     *highest = *lowest + stride - 1
 *
 * where what is below 1 is left out of the range. Statuses as pleat_size_conv_transpose_input;
 * PLEAT_INVALID_ARGUMENT also where output_padding is not 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_size_conv_input(int64_t out,
                                                                  const struct pleat_axis *axis,
                                                                  int64_t *lowest, int64_t *highest,
                                                                  struct pleat_error *error);

/* Computes the output padding with which a transposed convolution makes `out` pixels of `in`:
 *
 *     *output_padding = out - ((in - 1) stride - padding_begin - padding_end
 *                              + dilation (kernel - 1) + 1)
 *
 * where it is legal, 0..max(stride, dilation) - 1. axis->output_padding is not looked at.
 * (PyTorch's argument output_size is solved the same way, but up to stride - 1 only:
 * pleat_dialect_pytorch_conv_transpose.) Statuses as pleat_size_conv_transpose_input, and
 * PLEAT_INVALID_ARGUMENT where in is below 1; PLEAT_INVALID_SHAPE names the sizes that can be
 * reached. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_size_output_padding(int64_t in, const struct pleat_axis *axis, int64_t out,
                          int64_t *output_padding, struct pleat_error *error);

/* Lists every pair of padding (not negative, the same at both ends) and output padding with which a
 * transposed convolution makes `out` pixels of `in`, smallest output padding first: overwrites
 * solutions[capacity] with the first of them (kernel, stride and dilation as in axis, whose other
 * fields are not looked at), and *count with how many there are. solutions may be NULL where
 * capacity is 0.
 *
 * Statuses as pleat_size_output_padding; PLEAT_INVALID_SHAPE: there is none, and the detail gives
 * the sum padding_begin + padding_end that would do. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_size_conv_transpose_paddings(int64_t in, const struct pleat_axis *axis, int64_t out,
                                   int64_t capacity, struct pleat_axis *solutions, int64_t *count,
                                   struct pleat_error *error);

/* Lists every padding (not negative, the same at both ends) with which a convolution makes `out`
 * pixels of `in`, smallest first; otherwise as pleat_size_conv_transpose_paddings. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_size_conv_paddings(int64_t in, const struct pleat_axis *axis, int64_t out, int64_t capacity,
                         struct pleat_axis *solutions, int64_t *count, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
