/* Confusion matrices: by hand and against the definitions, and what is refused. */
#include <math.h>

#include <pleat/metrics.h>

#include "model_check.h"
#include "suites.h"

enum { CLASSES = 4, COUNT = 60, IGNORED = 255 };

static struct pleat_labels view(const int32_t *data) {
    return pleat_labels_view(data, 3, (int64_t[]){3, 4, 5});
}

/* Two classes: 3 + 1 pixels of class 0, 2 + 4 of class 1. */
START_TEST(by_hand) {
    int64_t counts[4] = {0};
    const int32_t t[] = {0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, p[] = {0, 0, 0, 1, 0, 0, 1, 1, 1, 1};
    for (int half = 0; half < 2; half++) { /* counts of two images add up */
        const int64_t extent = 5;
        const struct pleat_labels prediction = pleat_labels_view(p + 5L * half, 1, &extent),
                                  target = pleat_labels_view(t + 5L * half, 1, &extent);
        OK(pleat_confusion_add, counts, 2, &prediction, &target, IGNORED);
    }
    ck_assert(counts[0] == 3 && counts[1] == 1 && counts[2] == 2 && counts[3] == 4);
    ck_assert(pleat_pixel_accuracy(counts, 2) == 0.7);
    ck_assert(pleat_class_iou(counts, 2, 0) == 3. / 6);
    ck_assert(pleat_class_iou(counts, 2, 1) == 4. / 7);
    ck_assert(pleat_mean_iou(counts, 2) == (3. / 6 + 4. / 7) / 2);
}
END_TEST

/* Random labels, of which class 2 is nowhere: sets are counted by their definition. */
START_TEST(by_definition) {
    static const int32_t classes[] = {0, 1, 3};
    int32_t p[COUNT], t[COUNT];
    struct pleat_random random = pleat_random_seed(1);
    for (int i = 0; i < COUNT; i++) {
        p[i] = classes[pleat_random_below(&random, 3)];
        t[i] = i % 7 == 3 ? IGNORED : classes[pleat_random_below(&random, 3)];
    }
    p[3] = -5; /* where the target is ignored */
    const struct pleat_labels prediction = view(p), target = view(t);
    int64_t counts[CLASSES * CLASSES] = {0};
    OK(pleat_confusion_add, counts, CLASSES, &prediction, &target, IGNORED);
    double right = 0, all = 0, sum = 0;
    for (int32_t c = 0; c < CLASSES; c++) {
        double both = 0, either = 0;
        for (int i = 0; i < COUNT; i++) {
            if (t[i] == IGNORED)
                continue;
            both += p[i] == c && t[i] == c;
            either += p[i] == c || t[i] == c;
            all += c == 0;
        }
        right += both;
        const double iou = pleat_class_iou(counts, CLASSES, c);
        ck_assert(c == 2 ? isnan(iou) : iou == both / either && either > 0);
        sum += c == 2 ? 0 : both / either;
    }
    ck_assert(pleat_pixel_accuracy(counts, CLASSES) == right / all && all > 0);
    ck_assert(fabs(pleat_mean_iou(counts, CLASSES) - sum / 3) < 1e-15);

    /* An ignored class is no target, but may be predicted where another is. */
    int64_t without[CLASSES * CLASSES] = {0};
    for (int i = 0; i < COUNT; i++)
        t[i] = t[i] == IGNORED ? 3 : t[i];
    p[3] = 0;
    OK(pleat_confusion_add, without, CLASSES, &prediction, &target, 3);
    for (int c = 0; c < CLASSES; c++) {
        ck_assert_int_eq(without[3 * CLASSES + c], 0);
        ck_assert_int_eq(without[c], counts[c]);
        ck_assert_int_eq(without[CLASSES + c], counts[CLASSES + c]);
    }
    ck_assert(without[3] > 0);
}
END_TEST

START_TEST(of_nothing) {
    int64_t counts[CLASSES * CLASSES] = {0};
    int32_t t[COUNT], p[COUNT] = {0};
    for (int i = 0; i < COUNT; i++)
        t[i] = IGNORED;
    const struct pleat_labels prediction = view(p), target = view(t);
    OK(pleat_confusion_add, counts, CLASSES, &prediction, &target, IGNORED);
    const struct pleat_labels none = pleat_labels_view(NULL, 2, (int64_t[]){0, 5});
    OK(pleat_confusion_add, counts, CLASSES, &none, &none, IGNORED);
    ck_assert(isnan(pleat_pixel_accuracy(counts, CLASSES)));
    ck_assert(isnan(pleat_class_iou(counts, CLASSES, 1)));
    ck_assert(isnan(pleat_mean_iou(counts, CLASSES)));
}
END_TEST

START_TEST(refusals) {
    const enum pleat_status argument = PLEAT_INVALID_ARGUMENT, shape = PLEAT_INVALID_SHAPE;
    int64_t counts[CLASSES * CLASSES] = {0};
    int32_t p[COUNT] = {0}, t[COUNT] = {0};
    const struct pleat_labels prediction = view(p), target = view(t);
    struct pleat_labels bad = target;
#define REFUSED_COUNT(status, text, ...)                                                           \
    REFUSED(status, text, pleat_confusion_add, __VA_ARGS__, IGNORED)
    REFUSED_COUNT(argument, "counts", NULL, CLASSES, &prediction, &target);
    REFUSED_COUNT(argument, "prediction", counts, CLASSES, NULL, &target);
    REFUSED_COUNT(argument, "target", counts, CLASSES, &prediction, NULL);
    REFUSED_COUNT(argument, "classes", counts, INT64_C(0), &prediction, &target);
    bad.rank = 2;
    REFUSED_COUNT(shape, "one rank", counts, CLASSES, &prediction, &bad);
    bad.rank = PLEAT_MAX_RANK + 1;
    REFUSED_COUNT(shape, "one rank", counts, CLASSES, &bad, &bad);
    bad.rank = -1;
    REFUSED_COUNT(shape, "one rank", counts, CLASSES, &bad, &bad);
    bad = target;
    bad.extent[1] = 5;
    REFUSED_COUNT(shape, "extent 1", counts, CLASSES, &prediction, &bad);
    bad.extent[1] = -1;
    REFUSED_COUNT(shape, "extent 1", counts, CLASSES, &bad, &bad);
    bad = target;
    bad.data = NULL;
    REFUSED_COUNT(argument, "target has no data", counts, CLASSES, &prediction, &bad);
    REFUSED_COUNT(argument, "prediction has no data", counts, CLASSES, &bad, &target);
    t[59] = CLASSES;
    REFUSED_COUNT(argument, "target 4 at element 59: classes are 0 to 3", counts, CLASSES,
                  &prediction, &target);
    t[59] = 0;
    p[58] = -1;
    REFUSED_COUNT(argument, "prediction -1 at element 58", counts, CLASSES, &prediction, &target);
    for (int i = 0; i < CLASSES * CLASSES; i++)
        ck_assert_int_eq(counts[i], 0);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("confusion");
    suite_add_loop(result, "by hand", by_hand, 1);
    suite_add_loop(result, "by definition", by_definition, 1);
    suite_add_loop(result, "of nothing", of_nothing, 1);
    suite_add_loop(result, "refusals", refusals, 1);
    return result;
}

int main(void) {
    return run_suite(suite());
}
