/* pleat eval segment: how well a network tells the classes of pixels. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/metrics.h>

#include "fault.h"
#include "options.h"
#include "segment/labelled.h"
#include "tasks.h"
#include "verbs.h"

#define VERB "eval segment"

/* The most classes whose confusion matrix is printed. */
#define MOST_COLUMNS 16

struct eval_options {
    const char *images, *labels;
    struct item_range range; /* end 0: all */
    int threads;
};

enum { OPTION_IMAGES, OPTION_LABELS, OPTION_RANGE, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"images", required_argument, NULL, OPTION_IMAGES},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"range", required_argument, NULL, OPTION_RANGE},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat eval segment MODEL --images DIR --labels DIR [OPTION]...\n"
        "Measures how well a network tells the classes of pixels.\n"
        "\n"
        "  --images DIR  PNG and JPEG files, of any size\n"
        "  --labels DIR  grey files of the same names: a number a pixel\n"
        "  --range A:B   images A to B-1 alone, counted from 0, 9.png before 10.png\n"
        "  --threads N   default: as many as there are cores\n"
        "\n"
        "It prints the share of pixels that are right, the intersection over union of each class\n"
        "and their mean, and the confusion matrix: all over all pixels that count.\n",
        stdout);
}

/* Reads the command line. Returns false where there is nothing more to do; *status is then the
 * program's exit status. */
static bool read_options(int argc, char **argv, struct eval_options *options, int *status) {
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        int64_t integer;
        switch (option) {
        case OPTION_IMAGES:
            options->images = optarg;
            break;
        case OPTION_LABELS:
            options->labels = optarg;
            break;
        case OPTION_RANGE:
            if (!item_range_read(optarg, &options->range)) {
                usage_error(VERB, "--range must be such as 20:25, got '%s'", optarg);
                return false;
            }
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
    else if (options->images == NULL || options->labels == NULL)
        usage_error(VERB, "%s is needed", options->images == NULL ? "--images" : "--labels");
    else
        return true;
    return false;
}

static void print_confusion(const struct classes *classes, const int64_t *counts) {
    printf("\npixels of a class (rows) by what they are taken for (columns)\n%-23s", "");
    for (int p = 0; p < classes->count; p++)
        printf(" %9.9s", classes->list[p].name);
    putchar('\n');
    for (int t = 0; t < classes->count; t++) {
        printf("%-23s", classes->list[t].name);
        for (int p = 0; p < classes->count; p++)
            printf(" %9" PRId64, counts[t * classes->count + p]);
        putchar('\n');
    }
}

static void print_figures(const struct classes *classes, const int64_t *counts, size_t images) {
    printf("images                  %zu\n", images);
    printf("pixel accuracy          %.4f\n", pleat_pixel_accuracy(counts, classes->count));
    printf("mean IoU                %.4f\n", pleat_mean_iou(counts, classes->count));
    for (int c = 0; c < classes->count; c++)
        printf("IoU of %-16s %.4f\n", classes->list[c].name,
               pleat_class_iou(counts, classes->count, c));
    if (classes->count <= MOST_COLUMNS)
        print_confusion(classes, counts);
}

static enum pleat_status measure(const struct segmenter *segmenter, struct pleat_source *source,
                                 struct pleat_error *error) {
    const size_t classes = (size_t)segmenter->classes.count;
    int64_t *counts = calloc(classes * classes, sizeof *counts);
    if (counts == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu classes", classes);
    const enum pleat_status status = labelled_confusion(segmenter, source, counts, error);
    if (status == PLEAT_OK)
        print_figures(&segmenter->classes, counts, pleat_source_count(source));
    free(counts);
    return status;
}

static enum pleat_status run(const struct eval_options *options, const struct segmenter *segmenter,
                             struct pleat_error *error) {
    struct pleat_source *source, *part = NULL;
    TRY(labelled_open(&source, options->images, options->labels, &segmenter->classes,
                      segmenter->channels, error));
    enum pleat_status status = PLEAT_OK;
    if (options->range.end > 0)
        status = labelled_pick(&part, NULL, source, &options->range, error);
    if (status == PLEAT_OK)
        status = measure(segmenter, part != NULL ? part : source, error);
    pleat_source_free(part);
    pleat_source_free(source);
    return status;
}

int eval_segment(int argc, char **argv) {
    struct eval_options options = {.images = NULL};
    struct segmenter segmenter;
    struct pleat_error error;
    int result;
    if (!read_options(argc, argv, &options, &result))
        return result;
    if (segmenter_open(&segmenter, argv[optind], options.threads, SEGMENTER_MEMORY, &error) !=
        PLEAT_OK)
        return library_failure(VERB, &error);
    const enum pleat_status status = run(&options, &segmenter, &error);
    segmenter_free(&segmenter);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure(VERB, &error);
}
