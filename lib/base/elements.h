/* Elements of tensors of either type as double, for code whose time does not matter, and the checks
 * that a tensor is one at all, the one expected, or like another. */
#ifndef PLEAT_BASE_ELEMENTS_H
#define PLEAT_BASE_ELEMENTS_H

#include <pleat/tensor.h>

/* Refuses NULL, an unknown type, other extents than extent[rank], or no data where there should be
 * some; name is the tensor's, for the message. */
enum pleat_status pleat__tensor_expect(const struct pleat_tensor *tensor, const char *name,
                                       int rank, const int64_t *extent, struct pleat_error *error);

/* Refuses NULL, an unknown type, a rank or extents outside their ranges, or no data where there
 * should be some. */
enum pleat_status pleat__tensor_require(const struct pleat_tensor *tensor, const char *name,
                                        struct pleat_error *error);

/* Refuses NULL, another type or other extents than those of `like`, a tensor that has been checked
 * and whose name is like_name, or no data where there should be some. */
enum pleat_status pleat__tensor_like(const struct pleat_tensor *tensor, const char *name,
                                     const struct pleat_tensor *like, const char *like_name,
                                     struct pleat_error *error);

/* Element i of a tensor that has been checked. */
static inline double pleat__element(const struct pleat_tensor *tensor, int64_t i) {
    return tensor->dtype == PLEAT_FLOAT32 ? (double)((const float *)tensor->data)[i]
                                          : ((const double *)tensor->data)[i];
}

/* Overwrites element i with the value, rounded to the tensor's type. */
static inline void pleat__set_element(const struct pleat_tensor *tensor, int64_t i, double value) {
    if (tensor->dtype == PLEAT_FLOAT32)
        ((float *)tensor->data)[i] = (float)value;
    else
        ((double *)tensor->data)[i] = value;
}

#endif
