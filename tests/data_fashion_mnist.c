/* Fashion-MNIST as Debian packages it (dataset-fashion-mnist): ten thousand test images. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pleat/dataset.h>

#include "suites.h"

#define FOLDER "/usr/share/datasets/fashion-mnist"

START_TEST(test_images) {
    struct pleat_dataset *dataset = NULL;
    struct pleat_tensor labels;
    int64_t counts[10] = {0};
    double sum = 0;
    ck_assert_int_eq(pleat_dataset_read(&dataset, FOLDER "/t10k-images-idx3-ubyte.gz", NULL),
                     PLEAT_OK);
    ck_assert_uint_eq(pleat_dataset_count(dataset), 10000);
    for (size_t i = 0; i < 10000; i++) {
        const struct pleat_tensor *plane = pleat_dataset_plane(dataset, i);
        ck_assert(plane->extent[0] == 28 && plane->extent[1] == 28);
        for (int p = 0; p < 28 * 28; p++)
            sum += (double)((const float *)plane->data)[p];
    }
    ck_assert(sum / (28 * 28 * 10000) > 73 && sum / (28 * 28 * 10000) < 74); /* 0.2868 of 255 */
    pleat_dataset_free(dataset);
    ck_assert_int_eq(pleat_idx_read(&labels, FOLDER "/t10k-labels-idx1-ubyte.gz", NULL), PLEAT_OK);
    for (int i = 0; i < 10000; i++)
        counts[(int)((const float *)labels.data)[i]]++;
    for (int c = 0; c < 10; c++)
        ck_assert_int_eq(counts[c], 1000);
    pleat_tensor_free(&labels);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("Fashion-MNIST");
    TCase *tests = tcase_create("idx");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_images);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    if (access(FOLDER, R_OK) != 0) {
        puts("skipped: there is no " FOLDER " (Debian package dataset-fashion-mnist)");
        return EXIT_SKIP;
    }
    return run_suite(suite());
}
