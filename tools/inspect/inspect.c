/* The verb inspect: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "inspect/inspection.h"
#include "model_file.h"
#include "options.h"
#include "verbs.h"

enum { OPTION_IMAGE, OPTION_OUT, OPTION_LAYER, OPTION_SEED, OPTION_HELP };

static const struct option long_options[] = {
    {"image", required_argument, NULL, OPTION_IMAGE},
    {"out", required_argument, NULL, OPTION_OUT},
    {"layer", required_argument, NULL, OPTION_LAYER},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat inspect MODEL [OPTION]...\n"
        "Looks into a model: what its parameters are like, how evenly each transposed convolution\n"
        "reaches its output, and what the layers make of an image. Warns of checkerboards: taps "
        "that\n"
        "overlap unevenly, and filters whose gains differ by a tenth or more between neighbouring\n"
        "pixels. MODEL is a checkpoint, or a text, whose parameters are as they begin.\n"
        "\n"
        "  --image FILE  a PNG or JPEG: the outputs of all layers for it\n"
        "  --out PATH    draw filters, gain maps and feature maps: PATH is a folder for a PNG a\n"
        "                layer, or the name of one PNG or SVG with all. Red is above 0, blue "
        "below\n"
        "  --layer NAME  this layer alone\n"
        "  --seed N      of the parameters of a text; default 0\n",
        stdout);
}

/* Returns whether to go on; else *status is the program's. */
static bool read_options(int argc, char **argv, struct inspection_options *options, int64_t *seed,
                         int *status) {
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        }
        if (option == OPTION_IMAGE)
            options->image = optarg;
        else if (option == OPTION_OUT)
            options->out = optarg;
        else if (option == OPTION_LAYER)
            options->layer = optarg;
        else if (option == OPTION_SEED) {
            if (!read_integer("inspect", "--seed", optarg, 0, INT64_MAX, seed))
                return false;
        } else {
            option_error("inspect", argv, option);
            return false;
        }
    }
    if (argc - optind == 1)
        return true;
    usage_error("inspect", "it needs the name of one file, got %d", argc - optind);
    return false;
}

int verb_inspect(int argc, char **argv) {
    struct inspection_options options = {.image = NULL};
    struct pleat_model *model = NULL;
    struct pleat_error error;
    bool has_values;
    int64_t seed = 0;
    int result;
    if (!read_options(argc, argv, &options, &seed, &result))
        return result;
    enum pleat_status status = model_file_read_values(&model, argv[optind], &has_values, &error);
    if (status == PLEAT_OK && !has_values)
        status = pleat_model_initialise(model, (uint64_t)seed, &error);
    if (status == PLEAT_OK)
        status = inspect_model(model, &options, &error);
    pleat_model_free(model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("inspect", &error);
}
