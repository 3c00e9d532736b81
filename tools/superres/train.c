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
    OPTION_MODEL,
    OPTION_FROM,
    OPTION_TRAIN,
    OPTION_LAST_RATE,
    OPTION_RESIDUAL,
    OPTION_BATCH,
    OPTION_PATCH,
    OPTION_RATE,
    OPTION_SCHEDULE,
    OPTION_AVERAGE,
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
    {"model", required_argument, NULL, OPTION_MODEL},
    {"from", required_argument, NULL, OPTION_FROM},
    {"train", required_argument, NULL, OPTION_TRAIN},
    {"last-rate", required_argument, NULL, OPTION_LAST_RATE},
    {"residual", required_argument, NULL, OPTION_RESIDUAL},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"patch", required_argument, NULL, OPTION_PATCH},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"schedule", required_argument, NULL, OPTION_SCHEDULE},
    {"average", required_argument, NULL, OPTION_AVERAGE},
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
        "  --data PATH       an idx file (may be .gz), or a folder of PNG and JPEG files; again "
        "for\n"
        "                    more of them\n"
        "  --scale N         2 to 8\n"
        "  --out MODEL       the checkpoint, safetensors\n"
        "  --time T          train for T seconds; 90s, 15m and 1h are understood; default 60\n"
        "  --epochs N        or until it has seen N times as many pixels as there are\n"
        "  --seed N          of what is drawn at random; default 0\n"
        "  --threads N       default: as many as there are cores\n"
        "  --network NAME    fsrcnn (56,12,4), fsrcnn-s (32,5,1) or any d,s,m: channels of the\n"
        "                    features, channels between, 3x3 layers between; default fsrcnn\n"
        "  --model FILE      another network, as text (docs/models.md): from one plane to one\n"
        "  --residual bicubic|none\n"
        "                    the network makes what bicubic lacks, or the whole; default bicubic\n"
        "  --from MODEL      begin with the parameters of a checkpoint; its last layer is taken "
        "where\n"
        "                    the scale is the same\n"
        "  --train all|last  what learns: all, or the last layer alone; default all\n"
        "  --last-rate F     the last layer learns F times as fast as the others; default 1\n"
        "  --batch N         patches a step; default 16\n"
        "  --patch N         side of a patch before it is enlarged; default 24, or less where an\n"
        "                    image is smaller\n"
        "  --rate R          highest learning rate of Adam; default 0.004\n"
        "  --schedule cosine|constant\n"
        "                    how the rate falls, after 100 steps of rising; default cosine\n"
        "  --average D       keep a moving average of the parameters, of that decay, 0 to 1, "
        "which\n"
        "                    is what is measured and written; default 0.999, 0 for none\n"
        "  --loss mse|l1|charbonnier\n"
        "                    default mse\n"
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
        "The low resolution is made of the images' luma by antialiased bicubic. A tenth of the "
        "images (at most\n"
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

static bool read_loss(const char *text, enum pleat_loss_kind *loss) {
    for (int kind = PLEAT_LOSS_MSE; kind <= PLEAT_LOSS_CHARBONNIER; kind++)
        if (strcmp(text, pleat_loss_name((enum pleat_loss_kind)kind)) == 0) {
            *loss = (enum pleat_loss_kind)kind;
            return true;
        }
    usage_error("train superres", "--loss must be mse, l1 or charbonnier, got '%s'", text);
    return false;
}

static bool add_data(const char *text, struct trainer_options *options) {
    if (options->sources == TRAINING_SET_MAX_SOURCES) {
        usage_error("train superres", "--data may be given %d times", TRAINING_SET_MAX_SOURCES);
        return false;
    }
    options->data[options->sources++] = text;
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
        good = add_data(text, options);
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
    case OPTION_MODEL:
        options->model = text;
        break;
    case OPTION_FROM:
        options->from = text;
        break;
    case OPTION_TRAIN:
        good = read_choice("--train", text, "all", "last", &choice);
        options->part = choice == 0 ? NETWORK_ALL : NETWORK_LAST;
        break;
    case OPTION_LAST_RATE:
        good = read_number("train superres", "--last-rate", text, 0, 1e6, &options->last_rate);
        break;
    case OPTION_RESIDUAL:
        good = read_choice("--residual", text, "none", "bicubic", &choice);
        options->residual = choice == 0 ? RESIDUAL_NONE : RESIDUAL_BICUBIC;
        break;
    case OPTION_SCHEDULE:
        good = read_choice("--schedule", text, "cosine", "constant", &choice);
        options->schedule = choice == 0 ? TRAINER_COSINE : TRAINER_CONSTANT;
        break;
    case OPTION_AVERAGE:
        good = read_number("train superres", "--average", text, 0, 1, &options->average);
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
        good = read_loss(text, &options->loss);
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
    if (options->sources == 0 || options->out == NULL || options->network.scale == 0)
        return usage_error("train superres", "%s is needed",
                           options->sources == 0  ? "--data"
                           : options->out == NULL ? "--out"
                                                  : "--scale");
    if (options->seconds > 0 && options->epochs > 0)
        return usage_error("train superres", "--time and --epochs contradict each other");
    if (options->part == NETWORK_LAST && options->from == NULL)
        return usage_error("train superres", "--train last needs --from");
    if (options->resume && options->checkpoints == NULL)
        return usage_error("train superres", "--resume needs --checkpoints");
    if (options->curve != NULL && options->log == NULL)
        return usage_error("train superres", "--curve needs --log, from which it is drawn");
    if (options->seconds == 0 && options->epochs == 0)
        options->seconds = 60;
    return EXIT_SUCCESS;
}

int train_superres(int argc, char **argv) {
    struct trainer_options options = {.batch = 16,
                                      .rate = 4e-3,
                                      .last_rate = 1,
                                      .residual = RESIDUAL_BICUBIC,
                                      .average = 0.999,
                                      .keep = 3,
                                      .copies = -1,
                                      .symmetries = -1};
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
