/* pleat eval superres: how well an up-sampler does on a data set. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "superres/checkpoint.h"
#include "superres/evaluation.h"
#include "interrupt.h"
#include "options.h"
#include "superres/sheet.h"
#include "tasks.h"
#include "verbs.h"

struct eval_options {
    const char *model, *data, *picture; /* picture: NULL where none is wanted */
    bool compare;
    int64_t border; /* -1: as wide as the scale */
    int threads;
};

enum { OPTION_DATA, OPTION_COMPARE, OPTION_PICTURE, OPTION_BORDER, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"compare", no_argument, NULL, OPTION_COMPARE},
    {"picture", required_argument, NULL, OPTION_PICTURE},
    {"border", required_argument, NULL, OPTION_BORDER},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* The most images whose figures are printed one by one. */
#define MOST_LINES 100

static void print_help(void) {
    fputs("Usage: pleat eval superres MODEL --data PATH [OPTION]...\n"
          "Measures how well a network enlarges images, beside bicubic.\n"
          "\n"
          "  --data PATH     an idx file (may be .gz), or a folder of PNG and JPEG files\n"
          "  --compare       nearest and bilinear too\n"
          "  --picture FILE  write a sheet of some of the images (PNG): the low resolution, what\n"
          "                  each up-sampler makes of it, and the truth\n"
          "  --border N      leave out N pixels at each border; default: the scale\n"
          "  --threads N     default: as many as there are cores\n"
          "\n"
          "The protocol is that of the super-resolution papers: luma, cropped at the bottom and\n"
          "the right to a multiple of the scale; low resolution by antialiased bicubic (MATLAB's\n"
          "imresize), not rounded; what comes out rounded and clipped to 0..255; PSNR against the\n"
          "truth; the mean over the images. Up to 100 images have a line each. An image that some\n"
          "up-sampler reproduces exactly is left out of the means, and it is said how many are.\n",
          stdout);
}

/* Reads the command line. Returns false where there is nothing more to do; *status is then the
 * program's exit status. */
static bool read_options(int argc, char **argv, struct eval_options *options, int *status) {
    *options = (struct eval_options){.border = -1};
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        int64_t integer;
        switch (option) {
        case OPTION_DATA:
            options->data = optarg;
            break;
        case OPTION_COMPARE:
            options->compare = true;
            break;
        case OPTION_PICTURE:
            options->picture = optarg;
            break;
        case OPTION_BORDER:
            if (!read_integer("eval superres", "--border", optarg, 0, 1000000, &options->border))
                return false;
            break;
        case OPTION_THREADS:
            if (!read_integer("eval superres", "--threads", optarg, 1, 4096, &integer))
                return false;
            options->threads = (int)integer;
            break;
        case OPTION_HELP:
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        default:
            option_error("eval superres", argv, option);
            return false;
        }
    }
    if (optind == argc)
        usage_error("eval superres", "the name of a model's file is missing");
    else if (optind + 1 < argc)
        usage_error("eval superres", "'%s' is one word too many", argv[optind + 1]);
    else if (options->data == NULL)
        usage_error("eval superres", "--data is needed");
    else {
        options->model = argv[optind];
        return true;
    }
    return false;
}

static const char *const titles[METHODS] = {"nearest", "bilinear", "bicubic", "pleat"};

static void print_row(const struct evaluation *evaluation, const char *name, const double *psnr) {
    printf("%-24s", name);
    for (int method = 0; method < METHODS; method++)
        if (evaluation->wanted[method])
            printf(" %9.3f", psnr[method]);
    putchar('\n');
}

static void print_figures(const struct evaluation *evaluation, const struct pleat_dataset *dataset,
                          int64_t scale, int64_t border) {
    printf("PSNR in dB, scale %" PRId64, scale);
    if (border > 0)
        printf(", %" PRId64 " pixels left out at each border", border);
    putchar('\n');
    printf("%-24s", "");
    for (int method = 0; method < METHODS; method++)
        if (evaluation->wanted[method])
            printf(" %9s", titles[method]);
    putchar('\n');
    char name[64];
    for (size_t i = 0; i < evaluation->count && evaluation->count <= MOST_LINES; i++) {
        double psnr[METHODS] = {0};
        for (int method = 0; method < METHODS; method++)
            if (evaluation->wanted[method])
                psnr[method] = evaluation->psnr[method][i];
        snprintf(name, sizeof name, "%zu", i);
        print_row(evaluation,
                  pleat_dataset_name(dataset, i) != NULL ? pleat_dataset_name(dataset, i) : name,
                  psnr);
    }
    snprintf(name, sizeof name, "mean of %zu", evaluation->count - evaluation->exact);
    print_row(evaluation, name, evaluation->mean);
    if (evaluation->exact > 0)
        printf("left out: %zu that some up-sampler reproduces exactly\n", evaluation->exact);
    printf("pleat is %+.3f dB over bicubic\n",
           evaluation->mean[METHOD_NETWORK] - evaluation->mean[METHOD_BICUBIC]);
}

/* Measures, prints and draws. */
static int evaluate(const struct eval_options *options, const struct upsampler *upsampler,
                    const struct pleat_dataset *dataset) {
    struct evaluation evaluation = {.wanted = {options->compare, options->compare, true, true}};
    const int64_t scale = upsampler->scale;
    const int64_t border = options->border < 0 ? scale : options->border;
    struct pleat_error error;
    enum pleat_status status = evaluation_run(&evaluation, upsampler, dataset, border, &error);
    if (status == PLEAT_OK) {
        print_figures(&evaluation, dataset, scale, border);
        if (options->picture != NULL) {
            struct interrupt_hold hold;
            interrupt_hold(&hold);
            status = sheet_write(options->picture, upsampler, dataset, &error);
            interrupt_release(&hold);
        }
    }
    evaluation_free(&evaluation);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("eval superres", &error);
}

int eval_superres(int argc, char **argv) {
    struct eval_options options;
    int status;
    if (!read_options(argc, argv, &options, &status))
        return status;
    struct upsampler upsampler = {.threads = options.threads};
    struct pleat_dataset *dataset;
    struct pleat_error error;
    if (checkpoint_read(&upsampler, options.model, &error) != PLEAT_OK)
        return library_failure("eval superres", &error);
    if (pleat_dataset_read(&dataset, options.data, &error) != PLEAT_OK)
        status = library_failure("eval superres", &error);
    else {
        status = evaluate(&options, &upsampler, dataset);
        pleat_dataset_free(dataset);
    }
    pleat_model_free(upsampler.model);
    return status;
}
