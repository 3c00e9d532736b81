/* Labels of pixels, and those that scores choose. */
#include "nn/losses/labels.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/elements.h"
#include "base/error.h"

struct pleat_labels pleat_labels_view(const int32_t *data, int rank, const int64_t *extent) {
    struct pleat_labels labels = {.data = (int32_t *)(uintptr_t)data, .rank = rank};
    for (int i = 0; i < rank && rank <= PLEAT_MAX_RANK; i++)
        labels.extent[i] = extent[i];
    return labels;
}

static enum pleat_status check_labels(const struct pleat_labels *labels,
                                      const struct pleat_tensor *scores, const char *name,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(labels, error);
    if (labels->rank != scores->rank - 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "labels must have %d extents, those of %s without its classes, got %d",
                           scores->rank - 1, name, labels->rank);
    for (int i = 0; i < labels->rank; i++) {
        const int64_t expected = scores->extent[i == 0 ? 0 : i + 1];
        if (labels->extent[i] != expected)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent %d of labels must be %lld, as %s has it, got %lld", i,
                               (long long)expected, name, (long long)labels->extent[i]);
    }
    if (labels->data == NULL && pleat_tensor_size(scores) > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "labels has no data");
    return PLEAT_OK;
}

enum pleat_status pleat__scores_check(struct pleat__scores *checked,
                                      const struct pleat_tensor *scores, const char *name,
                                      const struct pleat_labels *labels,
                                      struct pleat_error *error) {
    PLEAT__TRY(pleat__tensor_require(scores, name, error));
    if (scores->rank < 2 || scores->extent[1] < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "%s must be [N][C][extents...] with C at least 1", name);
    PLEAT__TRY(check_labels(labels, scores, name, error));
    *checked = (struct pleat__scores){.batch = scores->extent[0],
                                      .classes = scores->extent[1],
                                      .pixels = 1,
                                      .x = scores->data,
                                      .label = labels->data};
    for (int i = 2; i < scores->rank; i++)
        checked->pixels *= scores->extent[i];
    return PLEAT_OK;
}

enum pleat_status pleat_labels_from_scores(const struct pleat_labels *labels,
                                           const struct pleat_tensor *scores,
                                           struct pleat_error *error) {
    struct pleat__scores checked;
    PLEAT__TRY(pleat__scores_check(&checked, scores, "scores", labels, error));
    if (scores->extent[1] > INT32_MAX)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "scores has %lld classes, labels count %d",
                           (long long)scores->extent[1], INT32_MAX);
    pleat__kernels(scores->dtype)->best_label(&checked);
    return PLEAT_OK;
}

static enum pleat_status check_numbers(const struct pleat_labels *labels,
                                       const struct pleat_tensor *tensor,
                                       struct pleat_error *error) {
    bool same = labels->rank == tensor->rank;
    for (int i = 0; i < tensor->rank && same; i++)
        same = labels->extent[i] == tensor->extent[i];
    if (!same)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "labels must have the extents of tensor");
    const int64_t count = pleat_tensor_size(tensor);
    if (labels->data == NULL && count > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "labels has no data");
    for (int64_t i = 0; i < count; i++) {
        const double value = pleat__element(tensor, i);
        if (!(value >= INT32_MIN && value <= INT32_MAX && value == floor(value)))
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "element %lld of tensor must be a label, a whole number of 32 bits, "
                               "got %g",
                               (long long)i, value);
    }
    return PLEAT_OK;
}

enum pleat_status pleat_labels_from_tensor(const struct pleat_labels *labels,
                                           const struct pleat_tensor *tensor,
                                           struct pleat_error *error) {
    PLEAT__REQUIRE(labels, error);
    PLEAT__TRY(pleat__tensor_require(tensor, "tensor", error));
    PLEAT__TRY(check_numbers(labels, tensor, error));
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        labels->data[i] = (int32_t)pleat__element(tensor, i);
    return PLEAT_OK;
}
