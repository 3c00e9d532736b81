/* Figures of merit. */
#ifndef PLEAT_METRICS_H
#define PLEAT_METRICS_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/labels.h>
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

/* Counts pixels by their two classes: the confusion matrix of a segmentation, from which the
 * figures below follow,
 *
 *     counts[t][p] += the number of pixels whose target is t and whose prediction is p
 *
 * over all pixels whose target is not the ignored label; what is predicted there is not looked at.
 * Sums over several images are sums of their counts.
 *
 * counts[classes][classes] [in,out], begins as zeros; prediction, target [in]: equal extents, any
 * rank (pleat_labels_from_scores makes predictions). ignored may be a class, or none.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, classes below 1, a label that is no class, data NULL
 * where there should be some. PLEAT_INVALID_SHAPE: a rank or extent out of range, or extents that
 * differ. On an error nothing was written. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_confusion_add(int64_t *counts, int64_t classes, const struct pleat_labels *prediction,
                    const struct pleat_labels *target, int32_t ignored, struct pleat_error *error);

/* Returns the part of the pixels whose class is predicted, sum_c n[c][c] / sum n; NaN where there
 * are none. counts is not NULL. Thread-safe, as the next two. */
PLEAT_API double pleat_pixel_accuracy(const int64_t *counts, int64_t classes);

/* Returns the intersection over union (Jaccard's index) of a class, 0 <= class_index < classes,
 *
 *     n[c][c] / (sum_p n[c][p] + sum_t n[t][c] - n[c][c])
 *
 * or NaN where no pixel is of the class, nor predicted to be. */
PLEAT_API double pleat_class_iou(const int64_t *counts, int64_t classes, int64_t class_index);

/* Returns the mean of pleat_class_iou over the classes for which it is a number (Everingham et al.,
 * "The Pascal visual object classes challenge", 2015); NaN where there are none. */
PLEAT_API double pleat_mean_iou(const int64_t *counts, int64_t classes);

#ifdef __cplusplus
}
#endif

#endif
