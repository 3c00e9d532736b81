/* Walking over images and their labels. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/metrics.h>

#include "fault.h"
#include "segment/labelled.h"

bool item_range_read(const char *text, struct item_range *range) {
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    const long long first = strtoll(text, &end, 10);
    if (*end != ':' || end[1] < '0' || end[1] > '9')
        return false;
    const long long last = strtoll(end + 1, &end, 10);
    if (*end != '\0' || last <= first)
        return false;
    *range = (struct item_range){first, last};
    return true;
}

enum pleat_status labelled_open(struct pleat_source **source, const char *images,
                                const char *labels, const struct classes *classes, int channels,
                                struct pleat_error *error) {
    struct pleat_source_options options = pleat_source_options_init();
    options.channels = channels;
    options.classes = classes->count > 0 ? classes->count : MAX_CLASSES;
    options.ignored = classes->ignored;
    memcpy(options.class_of, classes->class_of, sizeof options.class_of);
    return pleat_source_open_labelled(source, images, labels, &options, error);
}

struct named {
    const char *name;
    size_t index;
};

/* Orders names as people do: runs of digits by the numbers that they are. */
static int compare_names(const void *left, const void *right) {
    const char *a = ((const struct named *)left)->name, *b = ((const struct named *)right)->name;
    while (*a != '\0' && *b != '\0') {
        if (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9') {
            a += strspn(a, "0");
            b += strspn(b, "0");
            const size_t m = strspn(a, "0123456789"), n = strspn(b, "0123456789");
            const int digits = m != n ? (m < n ? -1 : 1) : strncmp(a, b, m);
            if (digits != 0)
                return digits;
            a += m;
            b += n;
        } else if (*a != *b)
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

/* Deals the numbers of a source's items: those in the range first, then the others. */
static size_t *deal(const struct pleat_source *source, const struct item_range *range) {
    const size_t count = pleat_source_count(source);
    const size_t first = (size_t)range->first, inside = (size_t)(range->end - range->first);
    struct named *items = malloc(count * sizeof *items);
    size_t *order = malloc(count * sizeof *order);
    if (items != NULL && order != NULL) {
        for (size_t i = 0; i < count; i++)
            items[i] = (struct named){pleat_source_name(source, i), i};
        qsort(items, count, sizeof *items, compare_names);
        for (size_t i = 0; i < count; i++) {
            const size_t place = i < first ? inside + i : i < first + inside ? i - first : i;
            order[place] = items[i].index;
        }
        free(items);
        return order;
    }
    free(items);
    free(order);
    return NULL;
}

enum pleat_status labelled_pick(struct pleat_source **inside, struct pleat_source **outside,
                                struct pleat_source *source, const struct item_range *range,
                                struct pleat_error *error) {
    const size_t count = pleat_source_count(source);
    if ((uint64_t)range->end > count ||
        (outside != NULL && (uint64_t)(range->end - range->first) == count))
        return fault(error, PLEAT_INVALID_ARGUMENT,
                     "images %" PRId64 ":%" PRId64 " are not a part of the %zu that there are",
                     range->first, range->end, count);
    size_t *order = deal(source, range);
    if (order == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", count);
    const size_t chosen = (size_t)(range->end - range->first);
    enum pleat_status status = pleat_source_pick(inside, source, order, chosen, error);
    if (status == PLEAT_OK && outside != NULL) {
        status = pleat_source_pick(outside, source, order + chosen, count - chosen, error);
        if (status != PLEAT_OK)
            pleat_source_free(*inside);
    }
    free(order);
    return status;
}

static void count_item(const struct pleat_labels *labels, struct label_count *count) {
    int64_t found[MAX_CLASSES] = {0}, all = 0;
    for (int64_t i = 0; i < labels->extent[0] * labels->extent[1]; i++)
        if (labels->data[i] >= 0) { /* the ignored label is below */
            found[labels->data[i]]++;
            all++;
        }
    for (int c = 0; c < MAX_CLASSES; c++) {
        count->pixels[c] += found[c];
        count->present[c] += found[c] > 0 ? all : 0;
    }
}

enum pleat_status labelled_count(struct pleat_source *source, struct label_count *count,
                                 struct pleat_error *error) {
    *count = (struct label_count){.pixels = {0}};
    for (size_t i = 0; i < pleat_source_count(source); i++) {
        struct pleat_item item;
        TRY(pleat_source_read(&item, source, i, error));
        count_item(&item.labels, count);
        pleat_item_free(&item);
    }
    return PLEAT_OK;
}

static int compare_numbers(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void labelled_weigh(const struct label_count *count, int classes, double *weights) {
    double sorted[MAX_CLASSES];
    size_t there = 0;
    for (int c = 0; c < classes; c++) {
        weights[c] = 0;
        if (count->pixels[c] > 0)
            sorted[there++] = weights[c] = (double)count->pixels[c] / (double)count->present[c];
    }
    qsort(sorted, there, sizeof *sorted, compare_numbers);
    for (int c = 0; c < classes; c++)
        if (weights[c] > 0)
            weights[c] = (sorted[there / 2] + sorted[(there - 1) / 2]) / 2 / weights[c];
}

enum pleat_status labelled_confusion(const struct segmenter *segmenter, struct pleat_source *source,
                                     int64_t *counts, struct pleat_error *error) {
    enum pleat_status status = PLEAT_OK;
    for (size_t i = 0; i < pleat_source_count(source) && status == PLEAT_OK; i++) {
        struct pleat_item item;
        struct pleat_labels found;
        TRY(pleat_source_read(&item, source, i, error));
        status = segmenter_run(segmenter, &item.image, &found, error);
        if (status == PLEAT_OK) {
            status = pleat_confusion_add(counts, segmenter->classes.count, &found, &item.labels,
                                         segmenter->classes.ignored, error);
            free(found.data);
        }
        pleat_item_free(&item);
    }
    return status;
}
