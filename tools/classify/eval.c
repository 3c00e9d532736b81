/* pleat eval classify: how often a classifier is right. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "classify/classifier.h"
#include "fault.h"
#include "options.h"
#include "tasks.h"
#include "training/images.h"
#include "verbs.h"

#define VERB "eval classify"
#define BATCH 100

enum { OPTION_DATA, OPTION_LABELS, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct eval_options {
    const char *model, *data, *labels;
    int threads;
};

static void print_help(void) {
    fputs("Usage: pleat eval classify MODEL --data PATH --labels PATH [OPTION]...\n"
          "Measures how often a network tells the class of an image, over all and for each class.\n"
          "\n"
          "  --data PATH    images, an idx file (may be .gz)\n"
          "  --labels PATH  the class of each, an idx file\n"
          "  --threads N    default: as many as there are cores\n",
          stdout);
}

/* Returns false where there is nothing more to do; *status is then the program's exit status. */
static bool read_options(int argc, char **argv, struct eval_options *options, int *status) {
    int64_t integer;
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        switch (option) {
        case OPTION_DATA:
            options->data = optarg;
            break;
        case OPTION_LABELS:
            options->labels = optarg;
            break;
        case OPTION_THREADS:
            if (!read_integer(VERB, "--threads", optarg, 1, 4096, &integer))
                return false;
            options->threads = (int)integer;
            break;
        case OPTION_HELP:
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        default:
            option_error(VERB, argv, option);
            return false;
        }
    }
    if (optind == argc)
        usage_error(VERB, "the name of a model's file is missing");
    else if (optind + 1 < argc)
        usage_error(VERB, "'%s' is one word too many", argv[optind + 1]);
    else if (options->data == NULL || options->labels == NULL)
        usage_error(VERB, "%s is needed", options->data == NULL ? "--data" : "--labels");
    else {
        options->model = argv[optind];
        return true;
    }
    return false;
}

static void print_counts(const int64_t *counts, int64_t classes) {
    printf("class   images    right\n");
    int64_t all = 0;
    for (int64_t c = 0; c < classes; c++) {
        int64_t images = 0;
        for (int64_t p = 0; p < classes; p++)
            images += counts[c * classes + p];
        all += images;
        if (images > 0)
            printf("%5" PRId64 " %8" PRId64 " %7.2f%%\n", c, images,
                   100 * (double)counts[c * classes + c] / (double)images);
    }
    printf("  all %8" PRId64 " %7.2f%%\n", all, 100 * pleat_pixel_accuracy(counts, classes));
}

static enum pleat_status evaluate(struct classifier *classifier, const struct images *images,
                                  struct pleat_error *error) {
    const int64_t classes = classifier->classes;
    int64_t *counts = calloc((size_t)(classes * classes), sizeof *counts);
    if (counts == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the counts");
    const enum pleat_status status = classifier_count(classifier, images->check, counts, error);
    if (status == PLEAT_OK)
        print_counts(counts, classes);
    free(counts);
    return status;
}

int eval_classify(int argc, char **argv) {
    struct eval_options options = {.model = NULL};
    struct classifier classifier = {.model = NULL};
    struct images images;
    struct pleat_error error;
    int result;
    if (!read_options(argc, argv, &options, &result))
        return result;
    enum pleat_status status = images_open(&images, options.data, options.labels, BATCH, &error);
    if (status == PLEAT_OK)
        status = classifier_read(&classifier, options.model, images.extent, BATCH, options.threads,
                                 &error);
    if (status == PLEAT_OK)
        status = evaluate(&classifier, &images, &error);
    pleat_model_free(classifier.model);
    images_close(&images);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure(VERB, &error);
}
