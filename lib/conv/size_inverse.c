/* The size formulas solved for the input. */
#include <stdio.h>

#include "conv/axis.h"

#include "base/checked.h"
#include "base/error.h"

enum { TEXT_SIZE = 160 };

void pleat__axis_describe(const struct pleat_axis *axis, char *text, size_t size) {
    int length = snprintf(text, size, "kernel %lld, stride %lld", (long long)axis->kernel,
                          (long long)axis->stride);
    if (axis->dilation != 1)
        length += snprintf(text + length, size - (size_t)length, ", dilation %lld",
                           (long long)axis->dilation);
    length += snprintf(text + length, size - (size_t)length, ", padding %lld",
                       (long long)axis->padding_begin);
    if (axis->padding_end != axis->padding_begin)
        length +=
            snprintf(text + length, size - (size_t)length, " + %lld", (long long)axis->padding_end);
    if (axis->output_padding != 0)
        snprintf(text + length, size - (size_t)length, ", output_padding %lld",
                 (long long)axis->output_padding);
}

bool pleat__axis_surplus(const struct pleat_axis *axis, int64_t *surplus) {
    return pleat__kernel_extent(axis, surplus) &&
           pleat__subtract(*surplus, axis->padding_begin, surplus) &&
           pleat__subtract(*surplus, axis->padding_end, surplus);
}

/* A wanted output of a transposed convolution beside those that its inputs reach:
 * out = smallest + whole stride + rest, 0 <= rest < stride, where one pixel makes the smallest. */
struct quotient {
    int64_t smallest;
    int64_t whole;
    int64_t rest;
};

/* The smallest output padding with which some input makes the wanted output; false for none. */
static bool find_output_padding(const struct pleat_axis *axis, struct quotient steps,
                                int64_t *output_padding) {
    /* The output padding in axis and the rest together, as whole strides and a smaller rest: the
     * strides go to the input. */
    int64_t together;
    if (!pleat__add(axis->output_padding, steps.rest, &together))
        return false;
    *output_padding = together % axis->stride;
    return *output_padding != axis->output_padding && together / axis->stride + steps.whole >= 0;
}

/* Says which outputs are reachable where out is not. */
static enum pleat_status refuse_output(int64_t out, const struct pleat_axis *axis,
                                       struct quotient steps, struct pleat_error *error) {
    char axis_text[TEXT_SIZE], neighbours[TEXT_SIZE], alternative[TEXT_SIZE] = "";
    pleat__axis_describe(axis, axis_text, sizeof axis_text);
    const int64_t below = out - steps.rest;
    int64_t above, output_padding;
    const bool has_below = steps.whole >= 0 && below >= 1;
    const bool has_above = pleat__add(below, axis->stride, &above);
    if (steps.whole < 0) {
        snprintf(neighbours, sizeof neighbours, "%lld is the smallest that is, from input 1",
                 (long long)steps.smallest);
    } else if (has_below && has_above) {
        snprintf(neighbours, sizeof neighbours, "%lld and %lld are, from inputs %lld and %lld",
                 (long long)below, (long long)above, (long long)steps.whole + 1,
                 (long long)steps.whole + 2);
    } else {
        snprintf(neighbours, sizeof neighbours, "%lld is, from input %lld",
                 (long long)(has_below ? below : above),
                 (long long)steps.whole + (has_below ? 1 : 2));
    }
    if (find_output_padding(axis, steps, &output_padding))
        snprintf(alternative, sizeof alternative, ", or output_padding %lld",
                 (long long)output_padding);
    return pleat__fail(error, PLEAT_INVALID_SHAPE, "%lld is not reachable with %s: %s%s",
                       (long long)out, axis_text, neighbours, alternative);
}

enum pleat_status pleat_size_conv_transpose_input(int64_t out, const struct pleat_axis *axis,
                                                  int64_t *in, struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(in, error);
    PLEAT__TRY(pleat__axis_check(axis, "", error));
    PLEAT__TRY(pleat__check_at_least(out, 1, "output size", "", error));
    int64_t smallest, beyond;
    if (!pleat__axis_surplus(axis, &smallest) ||
        !pleat__add(smallest, axis->output_padding, &smallest) ||
        !pleat__subtract(out, smallest, &beyond))
        return pleat__size_overflow("", error);
    const int64_t whole = pleat__floor_divide(beyond, axis->stride);
    const struct quotient steps = {smallest, whole, beyond - whole * axis->stride};
    if (steps.rest != 0 || steps.whole < 0)
        return refuse_output(out, axis, steps, error);
    if (!pleat__add(steps.whole, 1, in))
        return pleat__size_overflow("", error);
    return PLEAT_OK;
}

/* Says which output of a convolution is the smallest, where its padding makes more than out. */
static enum pleat_status refuse_conv_output(int64_t out, const struct pleat_axis *axis,
                                            int64_t surplus, struct pleat_error *error) {
    char text[TEXT_SIZE];
    pleat__axis_describe(axis, text, sizeof text);
    int64_t room;
    if (!pleat__subtract(1, surplus, &room))
        return pleat__size_overflow("", error);
    return pleat__fail(error, PLEAT_INVALID_SHAPE,
                       "%lld is not reachable with %s: %lld is the smallest that is, from input 1",
                       (long long)out, text, (long long)(room / axis->stride + 1));
}

enum pleat_status pleat_size_conv_input(int64_t out, const struct pleat_axis *axis, int64_t *lowest,
                                        int64_t *highest, struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(lowest, error);
    PLEAT__REQUIRE(highest, error);
    PLEAT__TRY(pleat__axis_check(axis, "", error));
    PLEAT__TRY(pleat__check_at_least(out, 1, "output size", "", error));
    PLEAT__TRY(pleat__check_no_output_padding(axis, "", error));
    int64_t surplus, first, last;
    if (!pleat__axis_surplus(axis, &surplus) || !pleat__multiply(out - 1, axis->stride, &first) ||
        !pleat__add(first, surplus, &first) || !pleat__add(first, axis->stride - 1, &last))
        return pleat__size_overflow("", error);
    if (last < 1)
        return refuse_conv_output(out, axis, surplus, error);
    *lowest = pleat__max(first, 1);
    *highest = last;
    return PLEAT_OK;
}
