/* The weights of a transposed convolution, as one filter for each output channel. */
#ifndef PLEAT_CONV_FILTER_H
#define PLEAT_CONV_FILTER_H

#include <pleat/conv.h>

/* Refuses a tensor that is not w[IC][OC/G][K...] of params, which have been checked. */
enum pleat_status pleat__filter_check(const struct pleat_conv_params *params,
                                      const struct pleat_tensor *weight, struct pleat_error *error);

/* Overwrites taps[K...] with the sum over the input channels of oc's group of w[ic][oc][k]. */
void pleat__filter_sum(const struct pleat_conv_params *params, const struct pleat_tensor *weight,
                       int64_t oc, double *taps);

#endif
