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
    OPTION_LOSS,
    OPTION_CLASSES,
    OPTION_IGNORE,
    OPTION_WEIGHTS,
    OPTION_CROP,
    OPTION_REPEATS,
    OPTION_AUGMENT,
    OPTION_VALIDATE,
    OPTION_SKIP_BROKEN,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"model", required_argument, NULL, OPTION_MODEL},
    {"data", required_argument, NULL, OPTION_DATA},
    {"targets", required_argument, NULL, OPTION_TARGETS},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"classes", required_argument, NULL, OPTION_CLASSES},
    {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"weights", required_argument, NULL, OPTION_WEIGHTS},
    {"crop", required_argument, NULL, OPTION_CROP},
    {"repeats", required_argument, NULL, OPTION_REPEATS},
    {"augment", required_argument, NULL, OPTION_AUGMENT},
    {"validate", required_argument, NULL, OPTION_VALIDATE},
    {"skip-broken", no_argument, NULL, OPTION_SKIP_BROKEN},
    TRAINING_LONG_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(const struct training_options *defaults) {
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
        "  --skip-broken     go on without files that cannot be read, and name them\n",
        stdout);
    training_options_print(defaults, "images");
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

static bool read_ignored(const char *text, int32_t *ignored) {
    int64_t number = 0;
    const bool good = read_integer(COMMAND, "--ignore", text, 0, 255, &number);
    *ignored = (int32_t)number;
    return good;
}

static bool read_option(int option, const char *text, struct fit_options *o) {
    switch (option) {
    case OPTION_MODEL:
        o->model = text;
        return true;
    case OPTION_DATA:
        o->data = text;
        return true;
    case OPTION_TARGETS:
        o->targets = text;
        return true;
    case OPTION_LABELS:
        o->labels = text;
        return true;
    case OPTION_LOSS:
        return read_loss(text, &o->loss);
    case OPTION_CLASSES:
        return read_classes(text, o);
    case OPTION_IGNORE:
        return read_ignored(text, &o->ignored);
    case OPTION_WEIGHTS:
        return read_weights(text, o);
    case OPTION_CROP:
        return read_crop(text, &o->augmentation);
    case OPTION_REPEATS:
        return read_integer(COMMAND, "--repeats", text, 1, 1000000, &o->repeats);
    case OPTION_AUGMENT:
        return read_augment(text, o);
    case OPTION_VALIDATE:
        return read_number(COMMAND, "--validate", text, 1e-6, 0.9, &o->validate);
    case OPTION_SKIP_BROKEN:
        o->skip_broken = true;
        return true;
    default:
        return training_options_read(COMMAND, option, text, &o->training);
    }
}

/* Checks what only all options together can tell. */
static int check(int argc, char **argv, struct fit_options *o) {
    if (optind < argc)
        return usage_error(COMMAND, "'%s' is one word too many", argv[optind]);
    if (o->model == NULL || o->data == NULL)
        return usage_error(COMMAND, "%s is needed", o->model == NULL ? "--model" : "--data");
    if (o->targets != NULL && o->labels != NULL)
        return usage_error(COMMAND, "--targets and --labels contradict each other");
    return training_options_check(COMMAND, &o->training);
}

int train_fit(int argc, char **argv) {
    struct fit_options options = {.training = training_options_init(16, 1e-3),
                                  .loss = -1,
                                  .ignored = -1,
                                  .augmentation = pleat_augmentation_init(),
                                  .validate = 0.1,
                                  .repeats = 1};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help(&options.training);
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
