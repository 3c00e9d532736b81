/* The command line of the verb apply. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/apply.h"
#include "verbs.h"

/* Codes of the options behind those of the files, whose codes are enum apply_file. */
enum {
    OPTION_STRIDE = APPLY_FILES,
    OPTION_PADDING,
    OPTION_OUTPUT_PADDING,
    OPTION_DILATION,
    OPTION_GROUPS,
    OPTION_OUTPUT_SIZE,
    OPTION_AUTO_PAD,
    OPTION_THREADS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"input", required_argument, NULL, APPLY_INPUT},
    {"weight", required_argument, NULL, APPLY_WEIGHT},
    {"bias", required_argument, NULL, APPLY_BIAS},
    {"grad-output", required_argument, NULL, APPLY_GRAD_OUTPUT},
    {"output", required_argument, NULL, APPLY_OUTPUT},
    {"grad-input", required_argument, NULL, APPLY_GRAD_INPUT},
    {"grad-weight", required_argument, NULL, APPLY_GRAD_WEIGHT},
    {"grad-bias", required_argument, NULL, APPLY_GRAD_BIAS},
    {"stride", required_argument, NULL, OPTION_STRIDE},
    {"padding", required_argument, NULL, OPTION_PADDING},
    {"output-padding", required_argument, NULL, OPTION_OUTPUT_PADDING},
    {"dilation", required_argument, NULL, OPTION_DILATION},
    {"groups", required_argument, NULL, OPTION_GROUPS},
    {"output-size", required_argument, NULL, OPTION_OUTPUT_SIZE},
    {"auto-pad", required_argument, NULL, OPTION_AUTO_PAD},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs("Usage: pleat apply conv_transpose|conv --input X --weight W --output Y [OPTION]...\n"
          "Runs the operator on NumPy files (.npy).\n"
          "\n"
          "Element type (f4 or f8) and number of axes (1 to 3) come from the files:\n"
          "  --input X        (N, IC, [D, [H,]] W)\n"
          "  --weight W       conv_transpose: (IC, OC/G, ...), conv: (OC, IC/G, ...)\n"
          "  --bias B         (OC,); none: zero\n"
          "  --output Y       written: (N, OC, ...)\n"
          "  --grad-output GY dL/dy, of Y's shape; with it, any of\n"
          "    --grad-input GX, --grad-weight GW, --grad-bias GB\n"
          "                   written: dL/dx, dL/dw, dL/db\n"
          "\n"
          "Lists are one integer for all axes, or one for each (2,2):\n"
          "  --stride, --dilation          default 1\n"
          "  --padding        default 0; also begins then ends (1,1,0,0); may be negative\n"
          "  --output-padding default 0; conv_transpose alone\n"
          "  --groups G       default 1\n"
          "  --output-size    conv_transpose alone: solves for the output padding, as PyTorch\n"
          "  --auto-pad WORD  ONNX's NOTSET, VALID, SAME_UPPER or SAME_LOWER; --output-size is\n"
          "                   then ONNX's output_shape, which overrides --padding\n"
          "  --threads N      default: one a core\n"
          "\n"
          "No file that is read may be written. All are written, or on an error none.\n",
          stdout);
}

static bool read_auto_pad(const char *text, struct apply_options *options) {
    static const enum pleat_padding words[] = {PLEAT_PADDING_EXPLICIT, PLEAT_PADDING_VALID,
                                               PLEAT_PADDING_SAME_UPPER, PLEAT_PADDING_SAME_LOWER};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, pleat_padding_name(words[i])) == 0) {
            options->auto_pad = words[i];
            options->has_auto_pad = true;
            return true;
        }
    usage_error("apply", "--auto-pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '%s'",
                text);
    return false;
}

/* Reads the value of one option, known by its code. */
static bool read_option(int code, const char *text, struct apply_options *options) {
    int64_t threads;
    switch (code) {
    case OPTION_STRIDE:
        return read_integers("apply", "--stride", text, &options->stride);
    case OPTION_PADDING:
        return read_integers("apply", "--padding", text, &options->padding);
    case OPTION_OUTPUT_PADDING:
        return read_integers("apply", "--output-padding", text, &options->output_padding);
    case OPTION_DILATION:
        return read_integers("apply", "--dilation", text, &options->dilation);
    case OPTION_GROUPS:
        return read_integer("apply", "--groups", text, INT64_MIN, INT64_MAX, &options->groups);
    case OPTION_OUTPUT_SIZE:
        return read_integers("apply", "--output-size", text, &options->output_size);
    case OPTION_AUTO_PAD:
        return read_auto_pad(text, options);
    case OPTION_THREADS:
        if (!read_integer("apply", "--threads", text, 1, 1024, &threads))
            return false;
        options->threads = (int)threads;
        return true;
    default:
        options->path[code] = text;
        return true;
    }
}

/* Reads what stands before and behind the options: the operator's name. */
static bool read_operator(int count, char **words, struct apply_options *options) {
    if (count != 1) {
        usage_error("apply", "one operator is needed, conv_transpose or conv, got %d", count);
        return false;
    }
    if (strcmp(words[0], "conv_transpose") == 0)
        options->op = PLEAT_CONV_TRANSPOSE;
    else if (strcmp(words[0], "conv") == 0)
        options->op = PLEAT_CONV;
    else {
        usage_error("apply", "the operator must be conv_transpose or conv, got '%s'", words[0]);
        return false;
    }
    return true;
}

static bool check_required(const struct apply_options *options) {
    static const enum apply_file required[] = {APPLY_INPUT, APPLY_WEIGHT, APPLY_OUTPUT};
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (options->path[required[i]] == NULL) {
            usage_error("apply", "--%s is needed", long_options[required[i]].name);
            return false;
        }
    return true;
}

/* Refuses options that contradict each other whatever the files hold; false when it did. */
static bool check_consistent(const struct apply_options *options) {
    const char *reason = NULL;
    const bool grad_output = options->path[APPLY_GRAD_OUTPUT] != NULL;
    const bool gradient = options->path[APPLY_GRAD_INPUT] != NULL ||
                          options->path[APPLY_GRAD_WEIGHT] != NULL ||
                          options->path[APPLY_GRAD_BIAS] != NULL;
    if (gradient && !grad_output)
        reason = "--grad-input, --grad-weight and --grad-bias need --grad-output";
    else if (grad_output && !gradient)
        reason = "--grad-output needs at least one of --grad-input, --grad-weight and --grad-bias";
    else if (options->op == PLEAT_CONV && options->output_padding.count > 0)
        reason = "--output-padding is for conv_transpose: a convolution has none";
    else if (options->op == PLEAT_CONV && options->output_size.count > 0)
        reason = "--output-size is for conv_transpose: a convolution's size follows from its "
                 "padding";
    else if (options->has_auto_pad && options->auto_pad != PLEAT_PADDING_EXPLICIT &&
             options->padding.count > 0)
        reason = "--padding contradicts an --auto-pad other than NOTSET, which decides the "
                 "padding: leave one of them out";
    if (reason != NULL)
        failure("apply", "%s", reason);
    return reason == NULL;
}

bool apply_options_read(int argc, char **argv, struct apply_options *options, int *status) {
    struct apply_options read = {.groups = 1};
    *status = EXIT_USAGE;
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (code == OPTION_HELP) {
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        }
        if (code == '?' || code == ':') {
            option_error("apply", argv, code);
            return false;
        }
        if (!read_option(code, optarg, &read))
            return false;
    }
    if (!read_operator(argc - optind, argv + optind, &read) || !check_required(&read))
        return false;
    *status = EXIT_FAILURE;
    if (!check_consistent(&read))
        return false;
    *status = EXIT_SUCCESS;
    *options = read;
    return true;
}
