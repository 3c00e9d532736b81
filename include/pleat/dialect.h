/* Dialects: what "valid", "same" and their kin mean in other programs, in this library's terms.
 *
 * Each function here takes one axis as its dialect describes it and overwrites *axis with the
 * paddings and output padding of struct pleat_axis that mean the same, and *out with the size of
 * the output. Of `asked`, kernel, stride and dilation are read, and whatever else the function
 * says; asked and axis may be the same struct. On an error axis and out are as they were.
 *
 *     "same"              conv_transpose          odd pixel of padding
 *     the article         (in - 1) s + k%2 + op   none: floor(k/2) at both ends
 *     PyTorch             (it has none)           conv: at the end
 *     TensorFlow, Keras   in s                    at the end
 *     ONNX SAME_UPPER     in s                    at the end
 *     ONNX SAME_LOWER     in s                    at the beginning
 *
 * Statuses of all: PLEAT_INVALID_ARGUMENT: a pointer NULL, a field outside its legal range, a word
 * of padding that the dialect has not. PLEAT_INVALID_SHAPE: the dialect refuses the size, or none
 * is left; the detail says what would do. PLEAT_SIZE_OVERFLOW. */
#ifndef PLEAT_DIALECT_H
#define PLEAT_DIALECT_H

#include <stdint.h>

#include <pleat/conv.h>
#include <pleat/export.h>
#include <pleat/size.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The words for padding. Each dialect takes some of them. */
enum pleat_padding {
    PLEAT_PADDING_EXPLICIT,   /* the numbers in the axis; ONNX's NOTSET */
    PLEAT_PADDING_VALID,      /* none */
    PLEAT_PADDING_SAME,       /* as much as keeps the size, but for the stride */
    PLEAT_PADDING_SAME_UPPER, /* ONNX's, the odd pixel at the end */
    PLEAT_PADDING_SAME_LOWER  /* ONNX's, the odd pixel at the beginning */
};

/* Returns "NOTSET", "VALID", "SAME", "SAME_UPPER" or "SAME_LOWER", or "unknown". */
PLEAT_API const char *pleat_padding_name(enum pleat_padding padding);

/* No size was asked for, or Keras's output_padding=None. */
#define PLEAT_UNSPECIFIED (-1)

/* The article that `pleat explain` brings to life: VALID is no padding, SAME is floor(kernel / 2)
 * at both ends, for either operator, in the two formulas of size.h. Reads asked->output_padding
 * (conv_transpose alone). The article knows no dilation: it must be 1. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_article(enum pleat_operator op, enum pleat_padding padding, int64_t in,
                      const struct pleat_axis *asked, struct pleat_axis *axis, int64_t *out,
                      struct pleat_error *error);

/* PyTorch's convolution (torch.nn.Conv2d): EXPLICIT reads asked->padding_begin and padding_end,
 * which must be equal and not negative; VALID is none; SAME, for stride 1 alone, is a total of
 * dilation (kernel - 1) with the odd pixel at the end. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_pytorch_conv(enum pleat_padding padding, int64_t in, const struct pleat_axis *asked,
                           struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

/* PyTorch's transposed convolution (torch.nn.ConvTranspose2d), its paddings as above but always
 * explicit. output_size PLEAT_UNSPECIFIED: asked->output_padding is read. Otherwise it is the size
 * wanted, and the output padding that makes it is solved for, as PyTorch's argument output_size
 * (_ConvTransposeNd._output_padding): 0..stride - 1; asked->output_padding must then be 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_pytorch_conv_transpose(int64_t in, const struct pleat_axis *asked,
                                     int64_t output_size, struct pleat_axis *axis, int64_t *out,
                                     struct pleat_error *error);

/* TensorFlow's convolution (tf.nn.conv2d, "SAME" and "VALID"), which is Keras's too. With k the
 * pixels that the dilated kernel reaches over: SAME makes ceil(in / stride) with a total padding of
 * max((out - 1) stride + k - in, 0), the odd pixel at the end; VALID pads nothing. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_tensorflow_conv(enum pleat_padding padding, int64_t in,
                              const struct pleat_axis *asked, struct pleat_axis *axis, int64_t *out,
                              struct pleat_error *error);

/* TensorFlow's transposed convolution (tf.nn.conv2d_transpose): the adjoint of the convolution
 * above that makes `in` of output_size pixels. Refused where that one makes another size. The crop
 * is the convolution's padding, so kernel 3, stride 2, SAME crops 0 at the beginning and 1 at the
 * end, which no symmetric padding with an output padding does. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_dialect_tensorflow_conv_transpose(
    enum pleat_padding padding, int64_t in, const struct pleat_axis *asked, int64_t output_size,
    struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

/* Keras's transposed convolution (Conv2DTranspose of Keras 3 on TensorFlow: "valid" and "same").
 * With k as above, it takes the output size
 *
 *     output_padding PLEAT_UNSPECIFIED (None)   valid: (in - 1) stride + max(k, stride)
 *                                               same:  in stride
 *     output_padding given                      valid: (in - 1) stride + k + output_padding
 *                                               same:  (in - 1) stride + k % 2 + output_padding
 *
 * (keras/src/backend/common/backend_utils.py, _get_output_shape_given_tf_padding) and hands it to
 * TensorFlow, which places it and refuses what it does above. None and 0 differ. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_dialect_keras_conv_transpose(
    enum pleat_padding padding, int64_t in, const struct pleat_axis *asked, int64_t output_padding,
    struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

/* ONNX's Conv (operator version 11 and later): EXPLICIT (NOTSET) reads asked->padding_begin and
 * padding_end; VALID pads nothing; SAME_UPPER and SAME_LOWER make ceil(in / stride) with a total
 * padding as TensorFlow's, the odd pixel at the end or at the beginning. With any word but
 * NOTSET, paddings given in asked are refused, as ONNX demands. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_onnx_conv(enum pleat_padding padding, int64_t in, const struct pleat_axis *asked,
                        struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

/* ONNX's ConvTranspose (operator version 11 and later). Reads asked->output_padding, and the
 * paddings where NOTSET. output_shape PLEAT_UNSPECIFIED: NOTSET and VALID as for Conv, SAME_UPPER
 * and SAME_LOWER make in * stride. output_shape given: that size, and with NOTSET the paddings in
 * asked are not looked at. Wherever the size is given, the paddings follow from it:
 *
 *     total      = stride (in - 1) + output_padding + dilation (kernel - 1) + 1 - size
 *     SAME_UPPER   begin = floor(total / 2), end = total - begin
 *     all others   begin = total - floor(total / 2), end = floor(total / 2)
 *
 * The total may be negative (rows are then added that only the bias reaches) and is still halved
 * with floor, which is the text of the specification; ONNX Runtime takes 0 for a negative total,
 * which puts all those rows at the end. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_dialect_onnx_conv_transpose(enum pleat_padding padding, int64_t in,
                                  const struct pleat_axis *asked, int64_t output_shape,
                                  struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
