/* pleat train classify: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/trainer.h"
#include "options.h"
#include "tasks.h"
#include "verbs.h"

#define VERB "train classify"

enum { OPTION_DATA, OPTION_LABELS, OPTION_MODEL, OPTION_WIDTH, OPTION_HELD_OUT, OPTION_HELP };

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"held-out", required_argument, NULL, OPTION_HELD_OUT},
    TRAINING_LONG_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(const struct training_options *defaults) {
    fputs(
        "Usage: pleat train classify --data PATH --labels PATH --out MODEL [OPTION]...\n"
        "Trains a network that tells which class a grey image is of.\n"
        "\n"
        "  --data PATH       images, an idx file (may be .gz)\n"
        "  --labels PATH     the class of each, from 0, an idx file\n"
        "  --model FILE      a network of your own, as text: from an image to one logit a class\n"
        "  --width N         channels of the first convolution of ours; default 16\n"
        "  --held-out N      images set apart, drawn by the seed: what does best on them is kept,\n"
        "                    or with 0 the last; default a tenth, at most 5000\n",
        stdout);
    training_options_print(defaults, "images");
    fputs(
        "\n"
        "With --steps or --epochs, the same data, options and seed give the same network for any\n"
        "number of threads. The first Ctrl-C ends the training early and keeps what it has; the\n"
        "second ends the program.\n",
        stdout);
}

static bool read_option(int option, const char *text, struct classify_options *options) {
    switch (option) {
    case OPTION_DATA:
        options->data = text;
        return true;
    case OPTION_LABELS:
        options->labels = text;
        return true;
    case OPTION_MODEL:
        options->model = text;
        return true;
    case OPTION_WIDTH:
        return read_integer(VERB, "--width", text, 1, 4096, &options->width);
    case OPTION_HELD_OUT:
        return read_integer(VERB, "--held-out", text, 0, INT32_MAX, &options->held_out);
    default:
        return training_options_read(VERB, option, text, &options->training);
    }
}

static bool check(int argc, char **argv, struct classify_options *options) {
    if (optind < argc)
        usage_error(VERB, "'%s' is one word too many", argv[optind]);
    else if (options->data == NULL || options->labels == NULL)
        usage_error(VERB, "%s is needed", options->data == NULL ? "--data" : "--labels");
    else
        return training_options_check(VERB, &options->training) == EXIT_SUCCESS;
    return false;
}

int train_classify(int argc, char **argv) {
    struct classify_options options = {
        .width = 16, .held_out = -1, .training = training_options_init(64, 1e-3)};
    struct pleat_error error;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help(&options.training);
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error(VERB, argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    if (!check(argc, argv, &options))
        return EXIT_USAGE;
    return classify_train(&options, &error) == PLEAT_OK ? EXIT_SUCCESS
                                                        : library_failure(VERB, &error);
}
