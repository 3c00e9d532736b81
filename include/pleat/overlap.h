/* Overlap: how many taps of a transposed convolution reach each output pixel, and what comes of
 * that.
 *
 * Where neighbouring pixels are reached by different numbers of taps, the layer paints a pattern of
 * the stride's period over whatever it is given: the checkerboard (Odena, Dumoulin and Olah,
 * "Deconvolution and checkerboard artifacts", Distill, 2016). A convolution's input gradient has
 * the same pattern; here the parameters are always conv_transpose's. */
#ifndef PLEAT_OVERLAP_H
#define PLEAT_OVERLAP_H

#include <stdint.h>

#include <pleat/conv.h>
#include <pleat/export.h>
#include <pleat/size.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts, on one axis, the pairs of input pixel i < in and tap k that reach each output pixel:
 *
 *     count[o] = number of (i, k) with i stride - padding_begin + k dilation = o
 *
 * count[out] is overwritten, out being pleat_size_conv_transpose's. Its statuses; count must not be
 * NULL. Cost: out + kernel. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_overlap_axis(int64_t in,
                                                               const struct pleat_axis *axis,
                                                               int64_t *count,
                                                               struct pleat_error *error);

/* Counts the taps of one filter that reach each output pixel: the product of the axes' counts,
 * which is the output for an input and a filter of ones.
 *
 * map[O...] [out], rank params->rank, of either type, is overwritten. The channels of params do not
 * matter, but must be legal. in_extent[rank] as in pleat_plan_create, whose statuses these are;
 * PLEAT_INVALID_SHAPE and PLEAT_TYPE_MISMATCH also for the map, PLEAT_OUT_OF_MEMORY for the counts.
 */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_overlap_map(const struct pleat_conv_params *params, const int64_t *in_extent,
                  const struct pleat_tensor *map, struct pleat_error *error);

/* Computes the gain of given weights: for each output pixel and channel, the sum of the weights
 * that reach it, which is the output for an input of ones:
 *
 *     gain[oc][o] = sum over ic, i, k of w[ic][oc'][k]
 *                   where i stride - padding_begin + k dilation = o
 *
 * with ic over the input channels of oc's group and oc' counted within it.
 *
 * weight w[IC][OC/G][K...] [in], gain[OC][O...] [out, overwritten], each of either type; the sums
 * are taken in double. Statuses as pleat_overlap_map. Cost: OC prod(O) prod(K), and IC OC/G
 * prod(K). */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_gain_map(const struct pleat_conv_params *params,
                                                           const int64_t *in_extent,
                                                           const struct pleat_tensor *weight,
                                                           const struct pleat_tensor *gain,
                                                           struct pleat_error *error);

/* Computes the checkerboard number of a geometry, from the number of taps that reach each residue
 * of the output pixels modulo the stride, inside the border:
 *
 *     n[r] = number of taps k with k dilation mod stride = r
 *     *number = (max n - min n) / mean n
 *
 * (on several axes: n of one residue is the product of the axes').
 *
 * 0 means even. "Kernel divisible by stride" is enough for that only where stride and dilation have
 * no common factor: kernel 4, stride 2, dilation 2 reaches every other pixel, and has the number 2.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, a field of params outside its legal range. Cost: none. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkerboard(const struct pleat_conv_params *params, double *number,
                   struct pleat_error *error);

/* Computes, for each output channel, the checkerboard number of given weights: as above, but with
 * the gain of each residue, the sum of the weights that reach it, in place of the number of taps:
 *
 *     number[oc] = (max gain - min gain) / |mean gain|
 *
 * which is 0 where all are equal, and infinite where they are not but their mean is 0.
 *
 * weight w[IC][OC/G][K...] [in], of either type; number[OC] is overwritten. Statuses as
 * pleat_checkerboard; PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: weight is not that;
 * PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY: for prod(stride) numbers. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_weight_checkerboard(const struct pleat_conv_params *params, const struct pleat_tensor *weight,
                          double *number, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
