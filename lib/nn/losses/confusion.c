/* The confusion matrix of a segmentation, and figures that follow from it. */
#include <math.h>
#include <stddef.h>

#include <pleat/metrics.h>

#include "base/checked.h"
#include "base/error.h"

static enum pleat_status check(const struct pleat_labels *prediction,
                               const struct pleat_labels *target, int64_t *count,
                               struct pleat_error *error) {
    if (target->rank < 0 || target->rank > PLEAT_MAX_RANK || prediction->rank != target->rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "prediction and target must have one rank of 0 to %d, got %d and %d",
                           PLEAT_MAX_RANK, prediction->rank, target->rank);
    *count = 1;
    for (int i = 0; i < target->rank; i++) {
        if (target->extent[i] < 0 || prediction->extent[i] != target->extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent %d of prediction and target must agree, got %lld and %lld",
                               i, (long long)prediction->extent[i], (long long)target->extent[i]);
        if (!pleat__multiply(*count, target->extent[i], count))
            return pleat__fail(error, PLEAT_INVALID_SHAPE, "the labels cannot be counted");
    }
    if (*count > 0 && (prediction->data == NULL || target->data == NULL))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s has no data",
                           target->data == NULL ? "target" : "prediction");
    return PLEAT_OK;
}

static enum pleat_status check_class(int32_t label, const char *name, int64_t at, int64_t classes,
                                     struct pleat_error *error) {
    if (label >= 0 && label < classes)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                       "%s %d at element %lld: classes are 0 to %lld", name, (int)label,
                       (long long)at, (long long)classes - 1);
}

enum pleat_status pleat_confusion_add(int64_t *counts, int64_t classes,
                                      const struct pleat_labels *prediction,
                                      const struct pleat_labels *target, int32_t ignored,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(counts, error);
    PLEAT__REQUIRE(prediction, error);
    PLEAT__REQUIRE(target, error);
    if (classes < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "classes must be at least 1, got %lld",
                           (long long)classes);
    int64_t count = 0;
    PLEAT__TRY(check(prediction, target, &count, error));
    for (int64_t i = 0; i < count; i++)
        if (target->data[i] != ignored) {
            PLEAT__TRY(check_class(target->data[i], "target", i, classes, error));
            PLEAT__TRY(check_class(prediction->data[i], "prediction", i, classes, error));
        }
    for (int64_t i = 0; i < count; i++)
        if (target->data[i] != ignored)
            counts[target->data[i] * classes + prediction->data[i]]++;
    return PLEAT_OK;
}

double pleat_pixel_accuracy(const int64_t *counts, int64_t classes) {
    double right = 0, all = 0;
    for (int64_t t = 0; t < classes; t++)
        for (int64_t p = 0; p < classes; p++) {
            all += (double)counts[t * classes + p];
            right += t == p ? (double)counts[t * classes + p] : 0;
        }
    return right / all;
}

double pleat_class_iou(const int64_t *counts, int64_t classes, int64_t class_index) {
    const double both = (double)counts[class_index * classes + class_index];
    double either = -both;
    for (int64_t i = 0; i < classes; i++)
        either +=
            (double)counts[class_index * classes + i] + (double)counts[i * classes + class_index];
    return both / either;
}

double pleat_mean_iou(const int64_t *counts, int64_t classes) {
    double sum = 0, there = 0;
    for (int64_t c = 0; c < classes; c++) {
        const double iou = pleat_class_iou(counts, classes, c);
        sum += isnan(iou) ? 0 : iou;
        there += isnan(iou) ? 0 : 1;
    }
    return sum / there;
}
