/* Figures of merit. */
#ifndef PLEAT_METRICS_H
#define PLEAT_METRICS_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Computes the peak signal-to-noise ratio of two tensors in decibels,
 *
 *     *psnr = 10 log10(peak^2 / MSE),  MSE = mean of (a - b)^2
 *
 * over all but `border` pixels at each side of the last two axes. Infinite where the two are equal,
 * NaN where the difference holds NaN. Sums are taken in double. peak is the largest value that a
 * pixel can have, such as 255. Super-resolution papers round and clip to 8 bits before
 * (pleat_round_to_8_bits in image.h) and leave out a border as wide as the scale.
 *
 * a, b [in]: [...][height][width] of rank 2 or more, equal extents and types.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer or its data NULL, peak not above 0, border below 0.
 * PLEAT_TYPE_MISMATCH: two types. PLEAT_INVALID_SHAPE: extents that differ, a rank below 2, or
 * nothing left within the border. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_psnr(const struct pleat_tensor *a,
                                                       const struct pleat_tensor *b, double peak,
                                                       int64_t border, double *psnr,
                                                       struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
