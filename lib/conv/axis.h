/* Validation of one axis, under the name that the caller knows it by. */
#ifndef PLEAT_CONV_AXIS_H
#define PLEAT_CONV_AXIS_H

#include <pleat/size.h>

/* Refuses a field of axis outside its legal range, with the fields' names followed by suffix
 * ("" or "_h"). */
enum pleat_status pleat__axis_check(const struct pleat_axis *axis, const char *suffix,
                                    struct pleat_error *error);

/* The two size formulas for an axis that has been checked; the messages use suffix too. */
enum pleat_status pleat__size_conv_transpose(int64_t in, const struct pleat_axis *axis,
                                             const char *suffix, int64_t *out,
                                             struct pleat_error *error);
enum pleat_status pleat__size_conv(int64_t in, const struct pleat_axis *axis, const char *suffix,
                                   int64_t *out, struct pleat_error *error);

#endif
