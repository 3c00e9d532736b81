/* From the options of the verb apply and the tensors' extents to the operator's parameters. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/apply.h"
#include "verbs.h"

const char *apply_shape(char text[APPLY_SHAPE_BYTES], int rank, const int64_t *extent) {
    char *at = text, *const end = text + APPLY_SHAPE_BYTES;
    at += snprintf(at, (size_t)(end - at), "(");
    for (int i = 0; i < rank; i++)
        at += snprintf(at, (size_t)(end - at), i == 0 ? "%" PRId64 : ", %" PRId64, extent[i]);
    snprintf(at, (size_t)(end - at), rank == 1 ? ",)" : ")");
    return text;
}

/* Refuses tensors that are no input and weight of one operator. */
static int check_tensors(const struct apply_options *options, const struct pleat_tensor *input,
                         const struct pleat_tensor *weight) {
    const char *x = options->path[APPLY_INPUT], *w = options->path[APPLY_WEIGHT];
    char shape[APPLY_SHAPE_BYTES];
    if (input->rank < 3)
        return failure("apply",
                       "%s: an input has a batch, channels and one to three axes, got shape %s", x,
                       apply_shape(shape, input->rank, input->extent));
    if (weight->rank != input->rank)
        return failure("apply", "%s: must have %d extents, as the input %s has, got shape %s", w,
                       input->rank, x, apply_shape(shape, weight->rank, weight->extent));
    for (int i = 0; i < weight->rank; i++)
        if (weight->extent[i] < 1)
            return failure("apply", "%s: a weight must not be empty, got shape %s", w,
                           apply_shape(shape, weight->rank, weight->extent));
    if (options->groups < 1 || weight->extent[0] % options->groups != 0)
        return failure("apply",
                       "--groups must be at least 1 and divide the first extent of %s, %" PRId64
                       ", got %" PRId64,
                       w, weight->extent[0], options->groups);
    return EXIT_SUCCESS;
}

/* Refuses an input and a weight that disagree on the input's channels, and says what would do. */
static int check_channels(const struct apply_options *options, const struct pleat_tensor *input,
                          const struct pleat_tensor *weight) {
    const char *x = options->path[APPLY_INPUT], *w = options->path[APPLY_WEIGHT];
    const int64_t have = input->extent[1], first = weight->extent[0], second = weight->extent[1];
    if (options->op == PLEAT_CONV_TRANSPOSE) {
        if (have == first)
            return EXIT_SUCCESS;
        return failure("apply",
                       "%s: takes %" PRId64 " channels, its first extent, but the input %s has "
                       "%" PRId64 ": a weight whose first extent is %" PRId64 " would do",
                       w, first, x, have, have);
    }
    if (have == second * options->groups)
        return EXIT_SUCCESS;
    char advice[128];
    if (have > 0 && have % second == 0 && first % (have / second) == 0)
        snprintf(advice, sizeof advice, "--groups %" PRId64 " would do", have / second);
    else if (have > 0 && have % options->groups == 0)
        snprintf(advice, sizeof advice, "a weight whose second extent is %" PRId64 " would do",
                 have / options->groups);
    else
        snprintf(advice, sizeof advice, "an input of %" PRId64 " channels would do",
                 second * options->groups);
    return failure("apply",
                   "%s: takes %" PRId64 " channels, its second extent times %" PRId64
                   " groups, but the input %s has %" PRId64 ": %s",
                   w, second * options->groups, options->groups, x, have, advice);
}

/* Spreads what was typed over the axes, and reads the kernel from the weight. */
static bool spread(const struct apply_options *options, const struct pleat_tensor *weight,
                   struct pleat_conv_params *params, int64_t *output_size) {
    const int axes = params->rank;
    int64_t stride[PLEAT_MAX_AXES], dilation[PLEAT_MAX_AXES], output_padding[PLEAT_MAX_AXES],
        begin[PLEAT_MAX_AXES], end[PLEAT_MAX_AXES];
    if (!spread_integers("apply", "--stride", &options->stride, axes, 1, stride) ||
        !spread_integers("apply", "--dilation", &options->dilation, axes, 1, dilation) ||
        !spread_integers("apply", "--output-padding", &options->output_padding, axes, 0,
                         output_padding) ||
        !spread_paddings("apply", "--padding", &options->padding, axes, begin, end) ||
        !spread_integers("apply", "--output-size", &options->output_size, axes, PLEAT_UNSPECIFIED,
                         output_size))
        return false;
    for (int i = 0; i < axes; i++)
        params->axis[i] = (struct pleat_axis){.kernel = weight->extent[2 + i],
                                              .stride = stride[i],
                                              .dilation = dilation[i],
                                              .padding_begin = begin[i],
                                              .padding_end = end[i],
                                              .output_padding = output_padding[i]};
    return true;
}

/* Solves for the output padding as PyTorch does, whose range for it ends at stride - 1 even where
 * the dilation would allow more. An output padding that was typed must be the one found. */
static enum pleat_status solve_pytorch(int64_t in, int64_t output_size, bool is_typed,
                                       struct pleat_axis *axis, struct pleat_error *error) {
    int64_t solved;
    const enum pleat_status status =
        pleat_size_output_padding(in, axis, output_size, &solved, error);
    if (status != PLEAT_OK)
        return status;
    if (solved >= axis->stride) {
        snprintf(error->message, sizeof error->message,
                 "--output-size reaches %" PRId64 " to %" PRId64 " with stride %" PRId64
                 ", as PyTorch's; for %" PRId64 " give --output-padding %" PRId64 " instead",
                 output_size - solved, output_size - solved + axis->stride - 1, axis->stride,
                 output_size, solved);
        return PLEAT_INVALID_SHAPE;
    }
    if (is_typed && solved != axis->output_padding) {
        snprintf(error->message, sizeof error->message,
                 "--output-padding %" PRId64 " contradicts --output-size %" PRId64
                 ", which needs %" PRId64 ": leave one of them out",
                 axis->output_padding, output_size, solved);
        return PLEAT_INVALID_SHAPE;
    }
    axis->output_padding = solved;
    return PLEAT_OK;
}

/* Gives one axis the paddings and the output padding that the options ask for. */
static enum pleat_status solve_axis(const struct apply_options *options, int64_t in,
                                    int64_t output_size, struct pleat_axis *axis,
                                    struct pleat_error *error) {
    int64_t out;
    if (options->output_size.count > 0 && output_size < 1) {
        snprintf(error->message, sizeof error->message,
                 "--output-size must be at least 1, got %" PRId64, output_size);
        return PLEAT_INVALID_ARGUMENT;
    }
    if (options->has_auto_pad && options->op == PLEAT_CONV)
        return pleat_dialect_onnx_conv(options->auto_pad, in, axis, axis, &out, error);
    if (options->has_auto_pad)
        return pleat_dialect_onnx_conv_transpose(options->auto_pad, in, axis, output_size, axis,
                                                 &out, error);
    if (options->output_size.count > 0)
        return solve_pytorch(in, output_size, options->output_padding.count > 0, axis, error);
    return PLEAT_OK; /* as typed: the plan checks it */
}

int apply_parameters(const struct apply_options *options, const struct pleat_tensor *input,
                     const struct pleat_tensor *weight, struct pleat_conv_params *params) {
    int status = check_tensors(options, input, weight);
    if (status == EXIT_SUCCESS)
        status = check_channels(options, input, weight);
    if (status != EXIT_SUCCESS)
        return status;
    const int64_t first = weight->extent[0], second = weight->extent[1] * options->groups;
    struct pleat_conv_params made = {
        .rank = input->rank - 2,
        .in_channels = options->op == PLEAT_CONV_TRANSPOSE ? first : second,
        .out_channels = options->op == PLEAT_CONV_TRANSPOSE ? second : first,
        .groups = options->groups};
    int64_t output_size[PLEAT_MAX_AXES];
    if (!spread(options, weight, &made, output_size))
        return EXIT_USAGE;
    for (int i = 0; i < made.rank; i++) {
        struct pleat_error error;
        if (solve_axis(options, input->extent[2 + i], output_size[i], &made.axis[i], &error) !=
            PLEAT_OK)
            return failure("apply", "axis %c: %s", "dhw"[PLEAT_MAX_AXES - made.rank + i],
                           error.message);
    }
    *params = made;
    return EXIT_SUCCESS;
}
