/* The dialects by number. */
#include "dialects.h"

#include <check.h>

enum pleat_status dialect_ask(enum dialect dialect, int word, int64_t in,
                              const struct pleat_axis *asked, int64_t extra,
                              struct pleat_axis *axis, int64_t *out, struct pleat_error *error) {
    const enum pleat_padding padding = (enum pleat_padding)word;
    switch (dialect) {
    case ARTICLE:
        return pleat_dialect_article(PLEAT_CONV_TRANSPOSE, padding, in, asked, axis, out, error);
    case ARTICLE_CONV:
        return pleat_dialect_article(PLEAT_CONV, padding, in, asked, axis, out, error);
    case PYTORCH:
        return pleat_dialect_pytorch_conv_transpose(in, asked, extra, axis, out, error);
    case PYTORCH_CONV:
        return pleat_dialect_pytorch_conv(padding, in, asked, axis, out, error);
    case TENSORFLOW:
        return pleat_dialect_tensorflow_conv_transpose(padding, in, asked, extra, axis, out, error);
    case TENSORFLOW_CONV:
        return pleat_dialect_tensorflow_conv(padding, in, asked, axis, out, error);
    case KERAS:
        return pleat_dialect_keras_conv_transpose(padding, in, asked, extra, axis, out, error);
    case ONNX:
        return pleat_dialect_onnx_conv_transpose(padding, in, asked, extra, axis, out, error);
    case ONNX_CONV:
        return pleat_dialect_onnx_conv(padding, in, asked, axis, out, error);
    case DIALECTS:
        break;
    }
    ck_abort_msg("no such dialect");
    return PLEAT_OK;
}
