/* What the dialects share, and the article's. */
#include "conv/dialect.h"

#include "base/checked.h"
#include "base/error.h"
#include "conv/axis.h"

const char *pleat_padding_name(enum pleat_padding padding) {
    switch (padding) {
    case PLEAT_PADDING_EXPLICIT:
        return "NOTSET";
    case PLEAT_PADDING_VALID:
        return "VALID";
    case PLEAT_PADDING_SAME:
        return "SAME";
    case PLEAT_PADDING_SAME_UPPER:
        return "SAME_UPPER";
    case PLEAT_PADDING_SAME_LOWER:
        return "SAME_LOWER";
    }
    return "unknown";
}

enum pleat_status pleat__dialect_begin(int64_t in, const struct pleat_axis *asked,
                                       const struct pleat_axis *axis, const int64_t *out,
                                       struct pleat_axis *bare, struct pleat_error *error) {
    PLEAT__REQUIRE(asked, error);
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(out, error);
    *bare = (struct pleat_axis){
        .kernel = asked->kernel, .stride = asked->stride, .dilation = asked->dilation};
    PLEAT__TRY(pleat__axis_check(bare, "", error));
    return pleat__check_at_least(in, 1, "input size", "", error);
}

enum pleat_status pleat__dialect_end(enum pleat_operator op, int64_t in,
                                     const struct pleat_axis *solved, struct pleat_axis *axis,
                                     int64_t *out, struct pleat_error *error) {
    int64_t size;
    PLEAT__TRY(pleat__axis_check(solved, "", error));
    if (op == PLEAT_CONV)
        PLEAT__TRY(pleat__size_conv(in, solved, "", &size, error));
    else
        PLEAT__TRY(pleat__size_conv_transpose(in, solved, "", &size, error));
    *axis = *solved;
    *out = size;
    return PLEAT_OK;
}

enum pleat_status pleat__dialect_no_such_padding(const char *dialect, enum pleat_padding padding,
                                                 const char *words, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s has no padding %s: it has %s", dialect,
                       pleat_padding_name(padding), words);
}

bool pleat__same_total(int64_t in, const struct pleat_axis *bare, int64_t *total) {
    /* (out - 1) stride is the last multiple of the stride below in. */
    const int64_t last = (in - 1) / bare->stride * bare->stride;
    int64_t extent;
    if (!pleat__kernel_extent(bare, &extent) || !pleat__add(extent, last - in, total))
        return false;
    *total = pleat__max(*total, 0);
    return true;
}

enum pleat_status pleat_dialect_article(enum pleat_operator op, enum pleat_padding padding,
                                        int64_t in, const struct pleat_axis *asked,
                                        struct pleat_axis *axis, int64_t *out,
                                        struct pleat_error *error) {
    struct pleat_axis solved;
    PLEAT__TRY(pleat__dialect_begin(in, asked, axis, out, &solved, error));
    if (op != PLEAT_CONV_TRANSPOSE && op != PLEAT_CONV)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "operator %d is none", (int)op);
    if (padding != PLEAT_PADDING_VALID && padding != PLEAT_PADDING_SAME)
        return pleat__dialect_no_such_padding("the article", padding, "VALID and SAME", error);
    if (asked->dilation != 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "dilation must be 1 in the article's terms, got %lld",
                           (long long)asked->dilation);
    if (padding == PLEAT_PADDING_SAME)
        solved.padding_begin = solved.padding_end = asked->kernel / 2;
    solved.output_padding = asked->output_padding;
    return pleat__dialect_end(op, in, &solved, axis, out, error);
}
