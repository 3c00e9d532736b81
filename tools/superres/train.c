/* pleat train superres: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "superres/trainer.h"
#include "tasks.h"
#include "verbs.h"

#define VERB "train superres"

enum {
    OPTION_DATA,
    OPTION_SCALE,
    OPTION_NETWORK,
    OPTION_MODEL,
    OPTION_FROM,
    OPTION_TRAIN,
    OPTION_LAST_RATE,
    OPTION_RESIDUAL,
    OPTION_PATCH,
    OPTION_LOSS,
    OPTION_COPIES,
    OPTION_SYMMETRIES,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"scale", required_argument, NULL, OPTION_SCALE},
    {"network", required_argument, NULL, OPTION_NETWORK},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"from", required_argument, NULL, OPTION_FROM},
    {"train", required_argument, NULL, OPTION_TRAIN},
    {"last-rate", required_argument, NULL, OPTION_LAST_RATE},
    {"residual", required_argument, NULL, OPTION_RESIDUAL},
    {"patch", required_argument, NULL, OPTION_PATCH},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"copies", required_argument, NULL, OPTION_COPIES},
    {"symmetries", required_argument, NULL, OPTION_SYMMETRIES},
    TRAINING_LONG_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(const struct training_options *defaults) {
    fputs(
        "Usage: pleat train superres --data PATH --scale N --out MODEL [OPTION]...\n"
        "Trains a network that enlarges images N times, by backpropagation.\n"
        "\n"
        "  --data PATH       an idx file (may be .gz), or a folder of PNG and JPEG files; again\n"
        "                    for more of them\n"
        "  --scale N         2 to 8\n"
        "  --network NAME    fsrcnn (56,12,4), fsrcnn-s (32,5,1) or any d,s,m: channels of the\n"
        "                    features, channels between, 3x3 layers between; default fsrcnn\n"
        "  --model FILE      another network, as text (docs/models.md): from one plane to one\n"
        "  --residual bicubic|none\n"
        "                    the network makes what bicubic lacks, or the whole; default bicubic\n"
        "  --from MODEL      begin with the parameters of a checkpoint; its last layer is taken\n"
        "                    where the scale is the same\n"
        "  --train all|last  what learns: all, or the last layer alone; default all\n"
        "  --last-rate F     the last layer learns F times as fast as the others; default 1\n"
        "  --patch N         side of a patch before it is enlarged; default 24, or less where an\n"
        "                    image is smaller\n"
        "  --loss mse|l1|charbonnier\n"
        "                    default mse\n"
        "  --copies yes|no   train on copies reduced to 0.9, 0.8, 0.7 and 0.6 of the size too;\n"
        "                    default: yes for a folder, no for an idx file\n"
        "  --symmetries yes|no\n"
        "                    turn and mirror patches; default: as for copies\n",
        stdout);
    training_options_print(defaults, "patches");
    fputs(
        "\n"
        "The low resolution is made of the images' luma by antialiased bicubic. A tenth of the\n"
        "images (at most 500) is held out: they decide which checkpoint is kept. The first Ctrl-C\n"
        "ends the training early and keeps what it has; the second ends the program. With "
        "--epochs\n"
        "or --steps, the same data, options and seed give the same checkpoint for any number of\n"
        "threads.\n",
        stdout);
}

static bool read_loss(const char *text, enum pleat_loss_kind *loss) {
    for (int kind = PLEAT_LOSS_MSE; kind <= PLEAT_LOSS_CHARBONNIER; kind++)
        if (strcmp(text, pleat_loss_name((enum pleat_loss_kind)kind)) == 0) {
            *loss = (enum pleat_loss_kind)kind;
            return true;
        }
    usage_error(VERB, "--loss must be mse, l1 or charbonnier, got '%s'", text);
    return false;
}

static bool add_data(const char *text, struct trainer_options *options) {
    if (options->sources == TRAINING_SET_MAX_SOURCES) {
        usage_error(VERB, "--data may be given %d times", TRAINING_SET_MAX_SOURCES);
        return false;
    }
    options->data[options->sources++] = text;
    return true;
}

static bool read_network(const char *text, struct network *network) {
    if (network_from_name(text, network))
        return true;
    usage_error(VERB,
                "--network must be fsrcnn, fsrcnn-s or d,s,m (1 to %d, 1 to %d, 0 to %d), got '%s'",
                NETWORK_MAX_CHANNELS, NETWORK_MAX_CHANNELS, NETWORK_MAX_LAYERS, text);
    return false;
}

static bool read_option(int option, const char *text, struct trainer_options *options) {
    int choice = 0;
    bool good = true;
    switch (option) {
    case OPTION_DATA:
        return add_data(text, options);
    case OPTION_SCALE:
        return read_integer(VERB, "--scale", text, NETWORK_MIN_SCALE, NETWORK_MAX_SCALE,
                            &options->network.scale);
    case OPTION_NETWORK:
        return read_network(text, &options->network);
    case OPTION_MODEL:
        options->model = text;
        return true;
    case OPTION_FROM:
        options->from = text;
        return true;
    case OPTION_TRAIN:
        good = read_choice(VERB, "--train", text, "all", "last", &choice);
        options->part = choice == 0 ? NETWORK_ALL : NETWORK_LAST;
        return good;
    case OPTION_LAST_RATE:
        return read_number(VERB, "--last-rate", text, 0, 1e6, &options->last_rate);
    case OPTION_RESIDUAL:
        good = read_choice(VERB, "--residual", text, "none", "bicubic", &choice);
        options->residual = choice == 0 ? RESIDUAL_NONE : RESIDUAL_BICUBIC;
        return good;
    case OPTION_PATCH:
        return read_integer(VERB, "--patch", text, 1, 4096, &options->patch);
    case OPTION_LOSS:
        return read_loss(text, &options->loss);
    case OPTION_COPIES:
        return read_choice(VERB, "--copies", text, "no", "yes", &options->copies);
    case OPTION_SYMMETRIES:
        return read_choice(VERB, "--symmetries", text, "no", "yes", &options->symmetries);
    default:
        return training_options_read(VERB, option, text, &options->training);
    }
}

/* Checks what only all options together can tell. */
static int check(int argc, char **argv, struct trainer_options *options) {
    if (optind < argc)
        return usage_error(VERB, "'%s' is one word too many", argv[optind]);
    if (options->sources == 0 || options->network.scale == 0)
        return usage_error(VERB, "%s is needed", options->sources == 0 ? "--data" : "--scale");
    if (options->part == NETWORK_LAST && options->from == NULL)
        return usage_error(VERB, "--train last needs --from");
    return training_options_check(VERB, &options->training);
}

int train_superres(int argc, char **argv) {
    struct trainer_options options = {.training = training_options_init(16, 4e-3),
                                      .last_rate = 1,
                                      .residual = RESIDUAL_BICUBIC,
                                      .copies = -1,
                                      .symmetries = -1};
    options.training.average = 0.999;
    network_from_name("fsrcnn", &options.network);
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
    const int status = check(argc, argv, &options);
    if (status != EXIT_SUCCESS)
        return status;
    struct pleat_error error;
    return trainer_run(&options, &error) == PLEAT_OK ? EXIT_SUCCESS : library_failure(VERB, &error);
}
