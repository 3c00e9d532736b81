/* Validation of one axis, under the name that the caller knows it by. */
#ifndef PLEAT_CONV_AXIS_H
#define PLEAT_CONV_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include <pleat/size.h>

/* Returns the name of an axis in messages: of rank axes, the last is "_w". */
const char *pleat__axis_suffix(int rank, int axis);

/* Refuses a field of axis outside its legal range, with the fields' names followed by suffix
 * ("" or "_h"). */
enum pleat_status pleat__axis_check(const struct pleat_axis *axis, const char *suffix,
                                    struct pleat_error *error);

/* Refuses a value below the least, by its name followed by suffix. */
enum pleat_status pleat__check_at_least(int64_t value, int64_t least, const char *name,
                                        const char *suffix, struct pleat_error *error);

/* Stores the pixels that the dilated kernel reaches over, dilation (kernel - 1) + 1; false where
 * that does not fit. */
bool pleat__kernel_extent(const struct pleat_axis *axis, int64_t *extent);

/* Stores what the kernel reaches beyond (in - 1) stride after cropping: dilation (kernel - 1) + 1 -
 * padding_begin - padding_end; false where that does not fit. */
bool pleat__axis_surplus(const struct pleat_axis *axis, int64_t *surplus);

/* Writes the axis as "kernel 4, stride 2, padding 1", with dilation and output_padding where they
 * are not the default. */
void pleat__axis_describe(const struct pleat_axis *axis, char *text, size_t size);

/* Refuses an output padding, which a convolution has not. */
enum pleat_status pleat__check_no_output_padding(const struct pleat_axis *axis, const char *suffix,
                                                 struct pleat_error *error);

/* Refuses a size that does not fit. */
enum pleat_status pleat__size_overflow(const char *suffix, struct pleat_error *error);

/* The two size formulas for an axis that has been checked; the messages use suffix too. */
enum pleat_status pleat__size_conv_transpose(int64_t in, const struct pleat_axis *axis,
                                             const char *suffix, int64_t *out,
                                             struct pleat_error *error);
enum pleat_status pleat__size_conv(int64_t in, const struct pleat_axis *axis, const char *suffix,
                                   int64_t *out, struct pleat_error *error);

#endif
