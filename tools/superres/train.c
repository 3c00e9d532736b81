/* pleat train superres: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "superres/trainer.h"
#include "tasks.h"
#include "verbs.h"

enum {
    OPTION_DATA,
    OPTION_SCALE,
    OPTION_OUT,
    OPTION_TIME,
    OPTION_EPOCHS,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_NETWORK,
    OPTION_BATCH,
    OPTION_PATCH,
    OPTION_RATE,
    OPTION_LOSS,
    OPTION_COPIES,
    OPTION_SYMMETRIES,
    OPTION_CHECKPOINTS,
    OPTION_KEEP,
    OPTION_RESUME,
    OPTION_LOG,
    OPTION_CURVE,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"scale", required_argument, NULL, OPTION_SCALE},
    {"out", required_argument, NULL, OPTION_OUT},
    {"time", required_argument, NULL, OPTION_TIME},
    {"epochs", required_argument, NULL, OPTION_EPOCHS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"network", required_argument, NULL, OPTION_NETWORK},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"patch", required_argument, NULL, OPTION_PATCH},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"copies", required_argument, NULL, OPTION_COPIES},
    {"symmetries", required_argument, NULL, OPTION_SYMMETRIES},
    {"checkpoints", required_argument, NULL, OPTION_CHECKPOINTS},
    {"keep", required_argument, NULL, OPTION_KEEP},
    {"resume", no_argument, NULL, OPTION_RESUME},
    {"log", required_argument, NULL, OPTION_LOG},
    {"curve", required_argument, NULL, OPTION_CURVE},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat train superres --data PATH --scale N --out MODEL [OPTION]...\n"
        "Trains a network that enlarges images N times, by backpropagation.\n"
        "\n"
        "  --data PATH       an idx file (may be .gz), or a folder of PNG and JPEG files\n"
        "  --scale N         2 to 8\n"
        "  --out MODEL       the checkpoint, safetensors\n"
        "  --time T          train for T seconds; 90s, 15m and 1h are understood; default 60\n"
        "  --epochs N        or until it has seen N times as many pixels as there are\n"
        "  --seed N          of what is drawn at random; default 0\n"
        "  --threads N       default: as many as there are cores\n"
        "  --network NAME    fsrcnn (56,12,4), fsrcnn-s (32,5,1) or any d,s,m: channels of the\n"
        "                    features, channels between, 3x3 layers between; default fsrcnn\n"
        "  --batch N         patches a step; default 16\n"
        "  --patch N         side of a patch before it is enlarged; default 24, or less where an\n"
        "                    image is smaller\n"
        "  --rate R          highest learning rate of Adam; default 0.004\n"
        "  --loss mse|l1     default mse\n"
        "  --copies yes|no   train on copies reduced to 0.9, 0.8, 0.7 and 0.6 of the size too;\n"
        "                    default: yes for a folder, no for an idx file\n"
        "  --symmetries yes|no\n"
        "                    turn and mirror patches; default: as for copies\n"
        "  --checkpoints FOLDER\n"
        "                    keep there all that is needed to go on after an end of any kind\n"
        "  --keep N          so many of the latest checkpoints; 0: all; default 3\n"
        "  --resume          go on with the training in that folder, in the same bits\n"
        "  --log FILE        step, epoch, loss, metric, rate and seconds as CSV\n"
        "  --curve FILE      loss and metric against the step, a PNG or SVG made from the log\n"
        "\n"
        "The low resolution is made of the images' luma by antialiased bicubic, and the network\n"
        "learns what is to be added to its bicubic enlargement. A tenth of the images (at most\n"
        "500) is held out: they decide which checkpoint is kept. The learning rate falls as the\n"
        "time, or the epochs, go by. The first Ctrl-C ends the training early and keeps what it\n"
        "has; the second ends the program. With --epochs, the same data, options and seed give\n"
        "the same checkpoint for any number of threads.\n",
        stdout);
}

/* Reads "90", "90s", "15m" or "1h". */
static bool read_time(const char *text, double *seconds) {
    char number[32];
    const size_t length = strlen(text);
    double unit = 1;
    if (length == 0 || length >= sizeof number)
        return read_number("train superres", "--time", text, 0.001, 1e7, seconds);
    strcpy(number, text);
    const char *suffix = strchr("smh", text[length - 1]);
    if (suffix != NULL) {
        number[length - 1] = '\0';
        unit = *suffix == 's' ? 1 : *suffix == 'm' ? 60 : 3600;
    }
    if (!read_number("train superres", "--time", number, 0.001, 1e6, seconds))
        return false;
    *seconds *= unit;
    return true;
}

/* Reads one of two words; *value becomes 0 for the first and 1 for the second. */
static bool read_choice(const char *option, const char *text, const char *first, const char *second,
                        int *value) {
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0) {
        usage_error("train superres", "%s must be %s or %s, got '%s'", option, first, second, text);
        return false;
    }
    *value = strcmp(text, second) == 0;
    return true;
}

static bool read_network(const char *text, struct network *network) {
    if (network_from_name(text, network))
        return true;
    usage_error("train superres",
                "--network must be fsrcnn, fsrcnn-s or d,s,m (1 to %d, 1 to %d, 0 to %d), got '%s'",
                NETWORK_MAX_CHANNELS, NETWORK_MAX_CHANNELS, NETWORK_MAX_LAYERS, text);
    return false;
}

static bool read_option(int option, const char *text, struct trainer_options *options) {
    int64_t integer = 0;
    int choice = 0;
    bool good = true;
    switch (option) {
    case OPTION_DATA:
        options->data = text;
        break;
    case OPTION_OUT:
        options->out = text;
        break;
    case OPTION_SCALE:
        good = read_integer("train superres", "--scale", text, NETWORK_MIN_SCALE, NETWORK_MAX_SCALE,
                            &options->network.scale);
        break;
    case OPTION_TIME:
        good = read_time(text, &options->seconds);
        break;
    case OPTION_EPOCHS:
        good = read_integer("train superres", "--epochs", text, 1, 1000000, &options->epochs);
        break;
    case OPTION_SEED:
        good = read_integer("train superres", "--seed", text, 0, INT64_MAX, &integer);
        options->seed = (uint64_t)integer;
        break;
    case OPTION_THREADS:
        good = read_integer("train superres", "--threads", text, 1, 4096, &integer);
        options->threads = (int)integer;
        break;
    case OPTION_NETWORK:
        good = read_network(text, &options->network);
        break;
    case OPTION_BATCH:
        good = read_integer("train superres", "--batch", text, 1, 65536, &options->batch);
        break;
    case OPTION_PATCH:
        good = read_integer("train superres", "--patch", text, 1, 4096, &options->patch);
        break;
    case OPTION_RATE:
        good = read_number("train superres", "--rate", text, 0, 1e6, &options->rate);
        break;
    case OPTION_LOSS:
        good = read_choice("--loss", text, "mse", "l1", &choice);
        options->loss = choice == 0 ? PLEAT_LOSS_MSE : PLEAT_LOSS_L1;
        break;
    case OPTION_COPIES:
        good = read_choice("--copies", text, "no", "yes", &options->copies);
        break;
    case OPTION_CHECKPOINTS:
        options->checkpoints = text;
        break;
    case OPTION_KEEP:
        good = read_integer("train superres", "--keep", text, 0, 1000000, &options->keep);
        break;
    case OPTION_RESUME:
        options->resume = true;
        break;
    case OPTION_LOG:
        options->log = text;
        break;
    case OPTION_CURVE:
        options->curve = text;
        break;
    default:
        good = read_choice("--symmetries", text, "no", "yes", &options->symmetries);
        break;
    }
    return good;
}

/* Checks what only all options together can tell. */
static int check(int argc, char **argv, struct trainer_options *options) {
    if (optind < argc)
        return usage_error("train superres", "'%s' is one word too many", argv[optind]);
    if (options->data == NULL || options->out == NULL || options->network.scale == 0)
        return usage_error("train superres", "%s is needed",
                           options->data == NULL  ? "--data"
                           : options->out == NULL ? "--out"
                                                  : "--scale");
    if (options->seconds > 0 && options->epochs > 0)
        return usage_error("train superres", "--time and --epochs contradict each other");
    if (options->resume && options->checkpoints == NULL)
        return usage_error("train superres", "--resume needs --checkpoints");
    if (options->curve != NULL && options->log == NULL)
        return usage_error("train superres", "--curve needs --log, from which it is drawn");
    if (options->seconds == 0 && options->epochs == 0)
        options->seconds = 60;
    return EXIT_SUCCESS;
}

int train_superres(int argc, char **argv) {
    struct trainer_options options = {
        .batch = 16, .rate = 4e-3, .keep = 3, .copies = -1, .symmetries = -1};
    network_from_name("fsrcnn", &options.network);
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error("train superres", argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    const int status = check(argc, argv, &options);
    if (status != EXIT_SUCCESS)
        return status;
    struct pleat_error error;
    return trainer_run(&options, &error) == PLEAT_OK ? EXIT_SUCCESS
                                                     : library_failure("train superres", &error);
}
