/* The verb gradcheck: the gradients of the operators and of a network against differences. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "gradcheck/model_gradcheck.h"
#include "superres/network.h"
#include "options.h"
#include "verbs.h"

enum {
    OPTION_INPUT,
    OPTION_KERNEL,
    OPTION_STRIDE,
    OPTION_PADDING,
    OPTION_OUTPUT_PADDING,
    OPTION_DILATION,
    OPTION_LISTS, /* the options above are lists */
    OPTION_BATCH = OPTION_LISTS,
    OPTION_IN_CHANNELS,
    OPTION_OUT_CHANNELS,
    OPTION_GROUPS,
    OPTION_SEED,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"input", required_argument, NULL, OPTION_INPUT},
    {"kernel", required_argument, NULL, OPTION_KERNEL},
    {"stride", required_argument, NULL, OPTION_STRIDE},
    {"padding", required_argument, NULL, OPTION_PADDING},
    {"output-padding", required_argument, NULL, OPTION_OUTPUT_PADDING},
    {"dilation", required_argument, NULL, OPTION_DILATION},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"in-channels", required_argument, NULL, OPTION_IN_CHANNELS},
    {"out-channels", required_argument, NULL, OPTION_OUT_CHANNELS},
    {"groups", required_argument, NULL, OPTION_GROUPS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* L is linear in the operators' tensors, so that the distance does not matter. In the network it is
 * linear in each element alone as long as no PReLU changes its side: the step is so small that this
 * is rare. */
#define OPERATOR_STEP 0.01
#define NETWORK_STEP 3e-6

struct gradcheck_options {
    const char *what; /* NULL: all */
    struct integers list[OPTION_LISTS];
    int64_t batch, in_channels, out_channels, groups, seed;
};

static void print_help(void) {
    fputs(
        "Usage: pleat gradcheck [conv_transpose|conv|network] [OPTION]...\n"
        "Compares every gradient, in double, with central differences; all three unless one is\n"
        "named. Exit status 1 where one is wrong. The network is a small one of those that train\n"
        "makes. The operators' parameters, lists being one integer or one for each axis:\n"
        "\n"
        "  --input LIST           extents, one for each of 1 to 3 axes; default 7,6\n"
        "  --kernel LIST          default 3\n"
        "  --stride LIST          default 2\n"
        "  --padding LIST         default 1; also begins then ends (1,1,0,0)\n"
        "  --output-padding LIST  default 1; conv_transpose alone\n"
        "  --dilation LIST        default 1\n"
        "  --batch N              default 2\n"
        "  --in-channels N        default 4\n"
        "  --out-channels N       default 6\n"
        "  --groups N             default 2\n"
        "  --seed N               of the random numbers; default 0\n"
        "\n"
        "Each line shows how many elements were looked at and which has the largest error,\n"
        "|a - b| / max(|a|, |b|, 0.1); a gradient is wrong where that is above 1e-6.\n",
        stdout);
}

static bool read_option(int option, const char *text, struct gradcheck_options *options) {
    if (option < OPTION_LISTS) {
        char name[32];
        snprintf(name, sizeof name, "--%s", long_options[option].name);
        return read_integers("gradcheck", name, text, &options->list[option]);
    }
    switch (option) {
    case OPTION_BATCH:
        return read_integer("gradcheck", "--batch", text, 1, 1000, &options->batch);
    case OPTION_IN_CHANNELS:
        return read_integer("gradcheck", "--in-channels", text, 1, 1000, &options->in_channels);
    case OPTION_OUT_CHANNELS:
        return read_integer("gradcheck", "--out-channels", text, 1, 1000, &options->out_channels);
    case OPTION_GROUPS:
        return read_integer("gradcheck", "--groups", text, 1, 1000, &options->groups);
    default:
        return read_integer("gradcheck", "--seed", text, 0, INT64_MAX, &options->seed);
    }
}

/* Spreads the lists over the axes of params. */
static bool fill_axes(const struct gradcheck_options *options, bool transposed,
                      struct pleat_conv_params *params) {
    const struct integers *list = options->list;
    const int rank = params->rank;
    int64_t kernel[MAX_INTEGERS], stride[MAX_INTEGERS], dilation[MAX_INTEGERS], begin[MAX_INTEGERS],
        end[MAX_INTEGERS], added[MAX_INTEGERS];
    const struct integers one = {.count = 1, .value = {1}};
    const struct integers *padding = list[OPTION_PADDING].count > 0 ? &list[OPTION_PADDING] : &one;
    if (!spread_integers("gradcheck", "--kernel", &list[OPTION_KERNEL], rank, 3, kernel) ||
        !spread_integers("gradcheck", "--stride", &list[OPTION_STRIDE], rank, 2, stride) ||
        !spread_integers("gradcheck", "--dilation", &list[OPTION_DILATION], rank, 1, dilation) ||
        !spread_paddings("gradcheck", "--padding", padding, rank, begin, end) ||
        !spread_integers("gradcheck", "--output-padding", &list[OPTION_OUTPUT_PADDING], rank, 1,
                         added))
        return false;
    for (int axis = 0; axis < rank; axis++)
        params->axis[axis] = (struct pleat_axis){.kernel = kernel[axis],
                                                 .stride = stride[axis],
                                                 .dilation = dilation[axis],
                                                 .padding_begin = begin[axis],
                                                 .padding_end = end[axis],
                                                 .output_padding = transposed ? added[axis] : 0};
    return true;
}

/* Checks an operator alone. Returns the exit status; *passed becomes false on a wrong gradient. */
static int check_operator(const struct gradcheck_options *options, bool transposed, bool *passed) {
    static const struct integers standard = {.count = 2, .value = {7, 6}};
    const struct integers *input =
        options->list[OPTION_INPUT].count > 0 ? &options->list[OPTION_INPUT] : &standard;
    if (input->count > PLEAT_MAX_AXES)
        return usage_error("gradcheck", "--input takes one extent for each of 1 to %d axes, got %d",
                           PLEAT_MAX_AXES, input->count);
    struct pleat_conv_params params = {.rank = input->count,
                                       .in_channels = options->in_channels,
                                       .out_channels = options->out_channels,
                                       .groups = options->groups};
    if (!fill_axes(options, transposed, &params))
        return EXIT_USAGE;
    const char *name = transposed ? "conv_transpose" : "conv";
    struct pleat_model *model;
    struct pleat_error error;
    enum pleat_status status = pleat_model_create(&model, PLEAT_FLOAT64, &error);
    if (status != PLEAT_OK)
        return library_failure("gradcheck", &error);
    status = pleat_model_add_input(model, "input", params.in_channels, params.rank, &error);
    if (status == PLEAT_OK)
        status = (transposed ? pleat_model_add_conv_transpose
                             : pleat_model_add_conv)(model, name, "input", &params, 1, &error);
    if (status == PLEAT_OK)
        status =
            model_gradcheck(name, model, options->batch, params.in_channels, params.rank,
                            input->value, OPERATOR_STEP, (uint64_t)options->seed, passed, &error);
    pleat_model_free(model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("gradcheck", &error);
}

static int check_network(const struct gradcheck_options *options, bool *passed) {
    const struct network network = {.scale = 2, .features = 3, .shrunk = 2, .layers = 1};
    const int64_t extent[2] = {5, 4};
    struct pleat_model *model;
    struct pleat_error error;
    if (network_build(&model, &network, PLEAT_FLOAT64, &error) != PLEAT_OK)
        return library_failure("gradcheck", &error);
    const enum pleat_status status = model_gradcheck(
        "network", model, 1, 1, 2, extent, NETWORK_STEP, (uint64_t)options->seed, passed, &error);
    pleat_model_free(model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("gradcheck", &error);
}

/* Whether the check of that name was asked for. */
static bool wanted(const struct gradcheck_options *options, const char *name) {
    return options->what == NULL || strcmp(options->what, name) == 0;
}

static int run(const struct gradcheck_options *options) {
    bool passed = true;
    int status = EXIT_SUCCESS;
    if (wanted(options, "conv_transpose"))
        status = check_operator(options, true, &passed);
    if (status == EXIT_SUCCESS && wanted(options, "conv"))
        status = check_operator(options, false, &passed);
    if (status == EXIT_SUCCESS && wanted(options, "network"))
        status = check_network(options, &passed);
    if (status != EXIT_SUCCESS)
        return status;
    return passed ? EXIT_SUCCESS : failure("gradcheck", "some gradients are wrong");
}

int verb_gradcheck(int argc, char **argv) {
    struct gradcheck_options options = {
        .batch = 2, .in_channels = 4, .out_channels = 6, .groups = 2};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error("gradcheck", argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    if (optind + 1 < argc)
        return usage_error("gradcheck", "'%s' is one word too many", argv[optind + 1]);
    if (optind < argc) {
        options.what = argv[optind];
        if (!wanted(&options, "conv_transpose") && !wanted(&options, "conv") &&
            !wanted(&options, "network"))
            return usage_error("gradcheck",
                               "it can check conv_transpose, conv or network, not '%s'",
                               options.what);
    }
    return run(&options);
}
