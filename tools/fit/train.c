/* pleat train fit, which is also pleat train with an option first: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fit/fit.h"
#include "options.h"
#include "tasks.h"
#include "verbs.h"

#define COMMAND "train fit"

enum {
    OPTION_MODEL,
    OPTION_DATA,
    OPTION_TARGETS,
    OPTION_LABELS,
    OPTION_OUT,
    OPTION_LOSS,
    OPTION_CLASSES,
    OPTION_IGNORE,
    OPTION_WEIGHTS,
    OPTION_CROP,
    OPTION_REPEATS,
    OPTION_AUGMENT,
    OPTION_VALIDATE,
    OPTION_STEPS,
    OPTION_EPOCHS,
    OPTION_TIME,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_BATCH,
    OPTION_RATE,
    OPTION_SCHEDULE,
    OPTION_AVERAGE,
    OPTION_SKIP_BROKEN,
    OPTION_CHECKPOINTS,
    OPTION_KEEP,
    OPTION_RESUME,
    OPTION_LOG,
    OPTION_CURVE,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"model", required_argument, NULL, OPTION_MODEL},
    {"data", required_argument, NULL, OPTION_DATA},
    {"targets", required_argument, NULL, OPTION_TARGETS},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"out", required_argument, NULL, OPTION_OUT},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"classes", required_argument, NULL, OPTION_CLASSES},
    {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"weights", required_argument, NULL, OPTION_WEIGHTS},
    {"crop", required_argument, NULL, OPTION_CROP},
    {"repeats", required_argument, NULL, OPTION_REPEATS},
    {"augment", required_argument, NULL, OPTION_AUGMENT},
    {"validate", required_argument, NULL, OPTION_VALIDATE},
    {"steps", required_argument, NULL, OPTION_STEPS},
    {"epochs", required_argument, NULL, OPTION_EPOCHS},
    {"time", required_argument, NULL, OPTION_TIME},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"schedule", required_argument, NULL, OPTION_SCHEDULE},
    {"average", required_argument, NULL, OPTION_AVERAGE},
    {"skip-broken", no_argument, NULL, OPTION_SKIP_BROKEN},
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
        "Usage: pleat train --model FILE --data PATH --out MODEL [OPTION]...\n"
        "Trains a network of your own on images of your own (pleat train fit is the same).\n"
        "docs/own_data.md has worked examples.\n"
        "\n"
        "  --model FILE      a text, one layer a line, or a checkpoint to go on from\n"
        "  --data PATH       a folder of PNG and JPEG files, or an idx file (may be .gz)\n"
        "  --targets FOLDER  images of the same names that the network is to make of them, as "
        "many\n"
        "                    times as large as the network makes an image\n"
        "  --labels PATH     or a folder of grey images, the class of each pixel; or an idx file\n"
        "                    with the class of each image or pixel. With neither of the two the\n"
        "                    image itself is the target\n"
        "  --out MODEL       the checkpoint, safetensors\n"
        "  --loss NAME       mse, l1, charbonnier, bce (the output is logits of 0 to 1) or\n"
        "                    cross-entropy; default: cross-entropy for labels, else mse\n"
        "  --classes LIST    the numbers in the label files of class 0, 1 ..., such as 0,255\n"
        "  --ignore N        the number of pixels that do not count\n"
        "  --weights LIST    how much each class counts\n"
        "  --crop HxW        train on parts of this size, at random places\n"
        "  --repeats N       how often an image occurs in an epoch; default 1\n"
        "  --augment LIST    of flip, updown, turn, rotate=DEGREES, zoom=FACTOR, brightness=B,\n"
        "                    contrast=C\n"
        "  --validate F      the fraction of the images that is held out; default 0.1\n"
        "  --steps N, --epochs N, --time T\n"
        "                    when to end; of 90s, 15m and 1h; default --time 60s\n"
        "  --seed N          of what is drawn at random; default 0\n"
        "  --threads N       default: as many as there are cores\n"
        "  --batch N         images a step; default 16\n"
        "  --rate R          highest learning rate of Adam; default 0.001\n"
        "  --schedule NAME   cosine, which falls to a hundredth, or constant; default cosine\n"
        "  --average D       keep and validate an average of the parameters, of this decay\n"
        "  --skip-broken     go on without files that cannot be read, and name them\n"
        "  --checkpoints FOLDER, --keep N, --resume\n"
        "                    keep there all that is needed to go on, the latest N (3) of them; go\n"
        "                    on with the training in that folder\n"
        "  --log FILE        step, epoch, loss, metric, rate and seconds as CSV\n"
        "  --curve FILE      loss and metric as a PNG or SVG, from the log\n",
        stdout);
}

/* Reads "90", "90s", "15m" or "1h". */
static bool read_time(const char *text, double *seconds) {
    char number[32];
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof number)
        return read_number(COMMAND, "--time", text, 0.001, 1e7, seconds);
    strcpy(number, text);
    const char *suffix = strchr("smh", text[length - 1]);
    const double unit = suffix == NULL || *suffix == 's' ? 1 : *suffix == 'm' ? 60 : 3600;
    if (suffix != NULL)
        number[length - 1] = '\0';
    if (!read_number(COMMAND, "--time", number, 0.001, 1e6, seconds))
        return false;
    *seconds *= unit;
    return true;
}

static bool read_crop(const char *text, struct pleat_augmentation *augmentation) {
    long long height, width;
    char rest;
    if (sscanf(text, "%lldx%lld%c", &height, &width, &rest) != 2 || height < 1 || width < 1 ||
        height > 65536 || width > 65536) {
        usage_error(COMMAND, "--crop must be height and width such as 64x48, got '%s'", text);
        return false;
    }
    augmentation->crop = PLEAT_CROP_RANDOM;
    augmentation->height = height;
    augmentation->width = width;
    return true;
}

static bool read_loss(const char *text, int *loss) {
    for (int kind = 0; kind < PLEAT_LOSS_KINDS; kind++)
        if (strcmp(text, pleat_loss_name((enum pleat_loss_kind)kind)) == 0) {
            *loss = kind;
            return true;
        }
    usage_error(COMMAND, "--loss must be mse, l1, charbonnier, bce or cross-entropy, got '%s'",
                text);
    return false;
}

/* Reads up to 256 numbers with commas between. */
static bool read_list(const char *option, const char *text, double most, double *list, int *count) {
    *count = 0;
    for (const char *at = text; *count < 256;) {
        char *end;
        const double number = strtod(at, &end);
        if (end == at || !(number >= 0 && number <= most) || (*end != ',' && *end != '\0'))
            break;
        list[(*count)++] = number;
        if (*end == '\0')
            return true;
        at = end + 1;
    }
    usage_error(COMMAND, "%s must be a list of numbers from 0 to %g, got '%s'", option, most, text);
    return false;
}

static bool read_classes(const char *text, struct fit_options *options) {
    double list[256];
    if (!read_list("--classes", text, 255, list, &options->class_count))
        return false;
    for (int i = 0; i < options->class_count; i++) {
        options->class_number[i] = (int32_t)list[i];
        if (list[i] != (double)options->class_number[i]) {
            usage_error(COMMAND, "--classes must be whole numbers, got '%s'", text);
            return false;
        }
    }
    return true;
}

static bool read_weights(const char *text, struct fit_options *options) {
    double list[256];
    if (!read_list("--weights", text, 1e6, list, &options->weight_count))
        return false;
    for (int i = 0; i < options->weight_count; i++)
        options->weight[i] = (float)list[i];
    return true;
}

static bool read_augment(const char *text, struct fit_options *options) {
    if (fit_read_augmentation(text, &options->augmentation))
        return true;
    usage_error(COMMAND,
                "--augment must be a list of flip, updown, turn, rotate=0..180, zoom=1..100, "
                "brightness=0..1 and contrast=0..1, got '%s'",
                text);
    return false;
}

static bool read_schedule(const char *text, bool *constant) {
    *constant = strcmp(text, "constant") == 0;
    if (*constant || strcmp(text, "cosine") == 0)
        return true;
    usage_error(COMMAND, "--schedule must be cosine or constant, got '%s'", text);
    return false;
}

/* Whether the option is one of those whose values are words. */
static bool take_word(int option, const char *text, struct fit_options *o) {
    const char **place = option == OPTION_MODEL         ? &o->model
                         : option == OPTION_DATA        ? &o->data
                         : option == OPTION_TARGETS     ? &o->targets
                         : option == OPTION_LABELS      ? &o->labels
                         : option == OPTION_OUT         ? &o->out
                         : option == OPTION_CHECKPOINTS ? &o->checkpoints
                         : option == OPTION_LOG         ? &o->log
                         : option == OPTION_CURVE       ? &o->curve
                                                        : NULL;
    if (place != NULL)
        *place = text;
    o->skip_broken = o->skip_broken || option == OPTION_SKIP_BROKEN;
    o->resume = o->resume || option == OPTION_RESUME;
    return place != NULL || option == OPTION_SKIP_BROKEN || option == OPTION_RESUME;
}

static bool read_whole(int option, const char *text, struct fit_options *o) {
    int64_t number = 0;
    bool good;
    switch (option) {
    case OPTION_IGNORE:
        good = read_integer(COMMAND, "--ignore", text, 0, 255, &number);
        o->ignored = (int32_t)number;
        return good;
    case OPTION_REPEATS:
        return read_integer(COMMAND, "--repeats", text, 1, 1000000, &o->repeats);
    case OPTION_STEPS:
        return read_integer(COMMAND, "--steps", text, 1, INT64_C(1) << 40, &o->steps);
    case OPTION_EPOCHS:
        return read_integer(COMMAND, "--epochs", text, 1, 1000000, &o->epochs);
    case OPTION_SEED:
        good = read_integer(COMMAND, "--seed", text, 0, INT64_MAX, &number);
        o->seed = (uint64_t)number;
        return good;
    case OPTION_THREADS:
        good = read_integer(COMMAND, "--threads", text, 1, PLEAT_MAX_THREADS, &number);
        o->threads = (int)number;
        return good;
    case OPTION_BATCH:
        return read_integer(COMMAND, "--batch", text, 1, 65536, &o->batch);
    default:
        return read_integer(COMMAND, "--keep", text, 0, 1000000, &o->keep);
    }
}

static bool read_option(int option, const char *text, struct fit_options *o) {
    if (take_word(option, text, o))
        return true;
    switch (option) {
    case OPTION_LOSS:
        return read_loss(text, &o->loss);
    case OPTION_CLASSES:
        return read_classes(text, o);
    case OPTION_WEIGHTS:
        return read_weights(text, o);
    case OPTION_CROP:
        return read_crop(text, &o->augmentation);
    case OPTION_AUGMENT:
        return read_augment(text, o);
    case OPTION_VALIDATE:
        return read_number(COMMAND, "--validate", text, 1e-6, 0.9, &o->validate);
    case OPTION_TIME:
        return read_time(text, &o->seconds);
    case OPTION_RATE:
        return read_number(COMMAND, "--rate", text, 0, 1e6, &o->rate);
    case OPTION_SCHEDULE:
        return read_schedule(text, &o->constant_rate);
    case OPTION_AVERAGE:
        return read_number(COMMAND, "--average", text, 0, 1, &o->average);
    default:
        return read_whole(option, text, o);
    }
}

/* Checks what only all options together can tell. */
static int check(int argc, char **argv, struct fit_options *o) {
    if (optind < argc)
        return usage_error(COMMAND, "'%s' is one word too many", argv[optind]);
    if (o->model == NULL || o->data == NULL || o->out == NULL)
        return usage_error(COMMAND, "%s is needed",
                           o->model == NULL  ? "--model"
                           : o->data == NULL ? "--data"
                                             : "--out");
    if (o->targets != NULL && o->labels != NULL)
        return usage_error(COMMAND, "--targets and --labels contradict each other");
    if ((o->steps > 0) + (o->epochs > 0) + (o->seconds > 0) > 1)
        return usage_error(COMMAND, "--steps, --epochs and --time contradict each other");
    if (o->resume && o->checkpoints == NULL)
        return usage_error(COMMAND, "--resume needs --checkpoints");
    if (o->curve != NULL && o->log == NULL)
        return usage_error(COMMAND, "--curve needs --log, from which it is drawn");
    if (o->steps == 0 && o->epochs == 0 && o->seconds == 0)
        o->seconds = 60;
    return EXIT_SUCCESS;
}

int train_fit(int argc, char **argv) {
    struct fit_options options = {.loss = -1,
                                  .ignored = -1,
                                  .augmentation = pleat_augmentation_init(),
                                  .validate = 0.1,
                                  .batch = 16,
                                  .repeats = 1,
                                  .rate = 1e-3,
                                  .keep = 3};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error(COMMAND, argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    const int status = check(argc, argv, &options);
    if (status != EXIT_SUCCESS)
        return status;
    struct pleat_error error;
    return fit_run(&options, &error) == PLEAT_OK ? EXIT_SUCCESS : library_failure(COMMAND, &error);
}
