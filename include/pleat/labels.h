/* Labels: one whole number a pixel, the class that it belongs to. */
#ifndef PLEAT_LABELS_H
#define PLEAT_LABELS_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A view of a dense array of labels, [N][extents...]: the extents of scores [N][C][extents...]
 * without their classes C. It does not own its data; as with tensors, a function that takes a
 * `const struct pleat_labels *` leaves the view alone, and its docstring says which data it writes.
 * 32 bits hold every class and a mark such as -100 or 255 for a pixel that has none. */
struct pleat_labels {
    int32_t *data;
    int rank;
    int64_t extent[PLEAT_MAX_RANK];
};

/* Returns the view of data as an array of rank extents, copied from extent[rank]. A rank outside
 * 0..PLEAT_MAX_RANK gives a view that every function refuses. */
PLEAT_API struct pleat_labels pleat_labels_view(const int32_t *data, int rank,
                                                const int64_t *extent);

/* Overwrites labels[N][extents...] with the class of the largest score at each pixel, the first of
 * equals; where a score is NaN, with any class. scores [in]: [N][C][extents...], logits or
 * probabilities, C at least 1.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, data NULL where there should be some.
 * PLEAT_INVALID_SHAPE: scores of a rank below 2 or without classes, labels whose extents do not
 * fit. PLEAT_TYPE_MISMATCH: no element type. On an error nothing was written. Cost: one pass, in
 * the calling thread. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_labels_from_scores(const struct pleat_labels *labels, const struct pleat_tensor *scores,
                         struct pleat_error *error);

/* Overwrites labels with the numbers of a tensor of the same extents, such as the target of a batch
 * (batch.h), which has no type for labels: float holds every whole number up to 2^24.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, data NULL where there should be some, a number that is
 * not whole or does not fit in 32 bits. PLEAT_INVALID_SHAPE: extents that differ.
 * PLEAT_TYPE_MISMATCH: no element type. On an error nothing was written. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_labels_from_tensor(const struct pleat_labels *labels, const struct pleat_tensor *tensor,
                         struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
