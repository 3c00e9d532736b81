/* The size formulas solved for the paddings. */
#include <stdio.h>

#include "conv/axis.h"

#include "base/checked.h"
#include "base/error.h"

enum { TEXT_SIZE = 160 };

/* Checks what every function here is given. */
static enum pleat_status check_request(int64_t in, const struct pleat_axis *axis, int64_t out,
                                       struct pleat_error *error) {
    PLEAT__TRY(pleat__axis_check(axis, "", error));
    PLEAT__TRY(pleat__check_at_least(in, 1, "input size", "", error));
    return pleat__check_at_least(out, 1, "output size", "", error);
}

/* Stores (in - 1) stride + dilation (kernel - 1) + 1 - padding_begin - padding_end. */
static bool size_without_output_padding(int64_t in, const struct pleat_axis *axis, int64_t *size) {
    int64_t surplus;
    return pleat__axis_surplus(axis, &surplus) && pleat__multiply(in - 1, axis->stride, size) &&
           pleat__add(*size, surplus, size);
}

enum pleat_status pleat_size_output_padding(int64_t in, const struct pleat_axis *axis, int64_t out,
                                            int64_t *output_padding, struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(output_padding, error);
    struct pleat_axis bare = *axis;
    bare.output_padding = 0;
    PLEAT__TRY(check_request(in, &bare, out, error));
    int64_t smallest, largest, missing;
    if (!size_without_output_padding(in, &bare, &smallest) ||
        !pleat__add(smallest, pleat__max(axis->stride, axis->dilation) - 1, &largest) ||
        !pleat__subtract(out, smallest, &missing))
        return pleat__size_overflow("", error);
    if (out >= smallest && out <= largest) {
        *output_padding = missing;
        return PLEAT_OK;
    }
    char text[TEXT_SIZE];
    pleat__axis_describe(&bare, text, sizeof text);
    if (largest < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "no output is reachable from %lld with %s: crop less", (long long)in,
                           text);
    return pleat__fail(error, PLEAT_INVALID_SHAPE,
                       "%lld is not reachable from %lld with %s: output_padding 0 to %lld gives "
                       "%lld to %lld",
                       (long long)out, (long long)in, text, (long long)(largest - smallest),
                       (long long)smallest, (long long)largest);
}

/* Overwrites solutions with the first of count pairs (padding, output_padding) that begin at the
 * given one and grow by the given steps. */
static void list_paddings(const struct pleat_axis *axis, int64_t padding, int64_t output_padding,
                          int64_t output_padding_step, int64_t count, int64_t capacity,
                          struct pleat_axis *solutions) {
    for (int64_t i = 0; i < count && i < capacity; i++) {
        solutions[i] =
            (struct pleat_axis){.kernel = axis->kernel,
                                .stride = axis->stride,
                                .dilation = axis->dilation,
                                .padding_begin = padding + i,
                                .padding_end = padding + i,
                                .output_padding = output_padding + i * output_padding_step};
    }
}

/* Refuses a size that no padding alike at both ends reaches; least..most is the sum that would. */
static enum pleat_status refuse_paddings(int64_t in, const struct pleat_axis *bare, int64_t out,
                                         int64_t least, int64_t most, struct pleat_error *error) {
    char range[TEXT_SIZE] = "";
    if (most != least)
        snprintf(range, sizeof range, " to %lld", (long long)most);
    return pleat__fail(error, PLEAT_INVALID_SHAPE,
                       "no padding of 0 or more, alike at both ends, makes %lld of %lld with "
                       "kernel %lld, stride %lld, dilation %lld: padding_begin + padding_end = "
                       "%lld%s would do",
                       (long long)out, (long long)in, (long long)bare->kernel,
                       (long long)bare->stride, (long long)bare->dilation, (long long)least, range);
}

/* Checks the arguments of the two lists and stores axis without its paddings. */
static enum pleat_status begin_list(int64_t in, const struct pleat_axis *axis, int64_t out,
                                    int64_t capacity, const struct pleat_axis *solutions,
                                    const int64_t *count, struct pleat_axis *bare,
                                    struct pleat_error *error) {
    PLEAT__REQUIRE(axis, error);
    PLEAT__REQUIRE(count, error);
    PLEAT__TRY(pleat__check_at_least(capacity, 0, "capacity", "", error));
    if (capacity > 0)
        PLEAT__REQUIRE(solutions, error);
    *bare = (struct pleat_axis){
        .kernel = axis->kernel, .stride = axis->stride, .dilation = axis->dilation};
    return check_request(in, bare, out, error);
}

enum pleat_status pleat_size_conv_transpose_paddings(int64_t in, const struct pleat_axis *axis,
                                                     int64_t out, int64_t capacity,
                                                     struct pleat_axis *solutions, int64_t *count,
                                                     struct pleat_error *error) {
    struct pleat_axis bare;
    PLEAT__TRY(begin_list(in, axis, out, capacity, solutions, count, &bare, error));
    int64_t whole, total;
    if (!size_without_output_padding(in, &bare, &whole) || !pleat__subtract(whole, out, &total))
        return pleat__size_overflow("", error);
    /* 2 padding = total + output_padding: the first output padding makes that even and not
     * negative. */
    const int64_t first = total >= 0 ? total % 2 : -total;
    const int64_t limit = pleat__max(axis->stride, axis->dilation);
    if (first >= limit)
        return refuse_paddings(in, &bare, out, total, total, error);
    *count = (limit - 1 - first) / 2 + 1;
    list_paddings(axis, total >= 0 ? total / 2 + first : 0, first, 2, *count, capacity, solutions);
    return PLEAT_OK;
}

enum pleat_status pleat_size_conv_paddings(int64_t in, const struct pleat_axis *axis, int64_t out,
                                           int64_t capacity, struct pleat_axis *solutions,
                                           int64_t *count, struct pleat_error *error) {
    struct pleat_axis bare;
    PLEAT__TRY(begin_list(in, axis, out, capacity, solutions, count, &bare, error));
    /* The floor leaves stride - 1 pixels of play: least <= 2 padding <= most. */
    int64_t least, most;
    if (!size_without_output_padding(out, &bare, &least) || !pleat__subtract(least, in, &least) ||
        !pleat__add(least, axis->stride - 1, &most))
        return pleat__size_overflow("", error);
    const int64_t first = pleat__max(pleat__ceil_divide(least, 2), 0);
    const int64_t last = pleat__floor_divide(most, 2);
    if (last < first)
        return refuse_paddings(in, &bare, out, least, most, error);
    *count = last - first + 1;
    list_paddings(axis, first, 0, 0, *count, capacity, solutions);
    return PLEAT_OK;
}
