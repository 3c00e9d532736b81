/* The dialects by number, for tables of cases. */
#ifndef DIALECTS_H
#define DIALECTS_H

#include <pleat/dialect.h>

enum dialect {
    ARTICLE,
    ARTICLE_CONV,
    PYTORCH,
    PYTORCH_CONV,
    TENSORFLOW,
    TENSORFLOW_CONV,
    KERAS,
    ONNX,
    ONNX_CONV,
    DIALECTS
};

enum {
    NOTSET = PLEAT_PADDING_EXPLICIT,
    VALID = PLEAT_PADDING_VALID,
    SAME = PLEAT_PADDING_SAME,
    UPPER = PLEAT_PADDING_SAME_UPPER,
    LOWER = PLEAT_PADDING_SAME_LOWER
};

/* Asks a dialect; extra is its output size, output shape or output padding, where it has one. */
enum pleat_status dialect_ask(enum dialect dialect, int word, int64_t in,
                              const struct pleat_axis *asked, int64_t extra,
                              struct pleat_axis *axis, int64_t *out, struct pleat_error *error);

#endif
