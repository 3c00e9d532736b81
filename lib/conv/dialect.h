/* What the dialects share. */
#ifndef PLEAT_CONV_DIALECT_H
#define PLEAT_CONV_DIALECT_H

#include <stdbool.h>

#include <pleat/dialect.h>

/* Refuses NULL for a dialect's pointers, and illegal kernel, stride, dilation and input size;
 * stores the axis with those three alone. */
enum pleat_status pleat__dialect_begin(int64_t in, const struct pleat_axis *asked,
                                       const struct pleat_axis *axis, const int64_t *out,
                                       struct pleat_axis *bare, struct pleat_error *error);

/* Computes the size that the operator makes of `in` with the solved axis and, where that is legal,
 * stores both. */
enum pleat_status pleat__dialect_end(enum pleat_operator op, int64_t in,
                                     const struct pleat_axis *solved, struct pleat_axis *axis,
                                     int64_t *out, struct pleat_error *error);

/* Refuses a word for padding that the dialect has not; words names those it has. */
enum pleat_status pleat__dialect_no_such_padding(const char *dialect, enum pleat_padding padding,
                                                 const char *words, struct pleat_error *error);

/* Stores max((out - 1) stride + kernel extent - in, 0) for out = ceil(in / stride): the total
 * padding of a "same" convolution. False where it does not fit. */
bool pleat__same_total(int64_t in, const struct pleat_axis *bare, int64_t *total);

#endif
