/* pleat train segment: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "segment/training.h"
#include "tasks.h"
#include "verbs.h"

#define VERB "train segment"

enum {
    OPTION_IMAGES,
    OPTION_LABELS,
    OPTION_HELD_OUT,
    OPTION_HELD_OUT_IMAGES,
    OPTION_HELD_OUT_LABELS,
    OPTION_CLASSES,
    OPTION_CLASS_MAP,
    OPTION_IGNORED,
    OPTION_NAMES,
    OPTION_COLOURS,
    OPTION_WEIGHTS,
    OPTION_CHANNELS,
    OPTION_NETWORK,
    OPTION_DEPTH,
    OPTION_WIDTH,
    OPTION_BATCH_NORM,
    OPTION_MODEL,
    OPTION_CROP,
    OPTION_AUGMENT,
    OPTION_DUMP_BATCHES,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"images", required_argument, NULL, OPTION_IMAGES},
    {"labels", required_argument, NULL, OPTION_LABELS},
    {"held-out", required_argument, NULL, OPTION_HELD_OUT},
    {"held-out-images", required_argument, NULL, OPTION_HELD_OUT_IMAGES},
    {"held-out-labels", required_argument, NULL, OPTION_HELD_OUT_LABELS},
    {"classes", required_argument, NULL, OPTION_CLASSES},
    {"class-map", required_argument, NULL, OPTION_CLASS_MAP},
    {"ignored", required_argument, NULL, OPTION_IGNORED},
    {"names", required_argument, NULL, OPTION_NAMES},
    {"colours", required_argument, NULL, OPTION_COLOURS},
    {"weights", required_argument, NULL, OPTION_WEIGHTS},
    {"channels", required_argument, NULL, OPTION_CHANNELS},
    {"network", required_argument, NULL, OPTION_NETWORK},
    {"depth", required_argument, NULL, OPTION_DEPTH},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"batch-norm", required_argument, NULL, OPTION_BATCH_NORM},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"crop", required_argument, NULL, OPTION_CROP},
    {"augment", required_argument, NULL, OPTION_AUGMENT},
    {"dump-batches", required_argument, NULL, OPTION_DUMP_BATCHES},
    TRAINING_LONG_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(const struct training_options *defaults) {
    fputs(
        "Usage: pleat train segment --images DIR --labels DIR --out MODEL [OPTION]...\n"
        "Trains a network that tells the class of each pixel, by backpropagation.\n"
        "\n"
        "  --images DIR      PNG and JPEG files\n"
        "  --labels DIR      grey files of the same names: a number a pixel\n"
        "  --held-out PART   a share of the images such as 0.1, drawn by the seed, or a range\n"
        "                    such as 20:25, counted from 0, 9.png before 10.png; default 0.1\n"
        "  --held-out-images DIR, --held-out-labels DIR\n"
        "                    or the images of another folder\n"
        "  --classes N       default: one more than the largest number in the labels\n"
        "  --class-map LIST  numbers in the files that stand for another class: 255=1\n"
        "  --ignored LIST    numbers in the files of pixels that do not count\n"
        "  --names LIST      what the classes are called: cell,membrane\n"
        "  --colours LIST    how they are drawn: ff0000,00ff00; default: those of PASCAL VOC\n"
        "  --weights auto|LIST\n"
        "                    of the classes in the loss; auto: the median of all frequencies\n"
        "                    over a class's own; default: all 1\n"
        "  --channels 1|3    of images; default: those of the first\n"
        "  --network unet|fcn\n"
        "                    default unet\n"
        "  --depth N         how often it halves; default 3\n"
        "  --width N         channels of the highest level, doubled in each below; default 16\n"
        "  --batch-norm yes|no\n"
        "                    default yes\n"
        "  --model FILE      a network of one's own, as text\n"
        "  --crop HxW        of images and labels; default 128x128\n"
        "  --augment LIST    of flip (left and right), flips (both ways), turns (by 90 degrees),\n"
        "                    rotations (up to 15 degrees), scales (0.8 to 1.25), light\n"
        "                    (brightness and contrast)\n"
        "  --dump-batches FILE\n"
        "                    write the images held out and all batches there, and the network\n"
        "                    as it begins to MODEL, in place of training\n",
        stdout);
    training_options_print(defaults, "crops");
    fputs("\n"
          "The images held out decide, by the mean of the classes' intersections over unions,\n"
          "which checkpoint is kept. The learning rate falls as the time, the epochs or the steps\n"
          "go by. The first Ctrl-C ends the training early and keeps what it has; the second ends\n"
          "the program. With --epochs or --steps, the same data, options and seed give the same\n"
          "checkpoint for any number of threads.\n",
          stdout);
}

/* Reads "96x128", or one number for both. */
static bool read_crop(const char *text, struct pleat_augmentation *augmentation) {
    char *end;
    const long long height = strtoll(text, &end, 10);
    const long long width = *end == 'x' && end[1] != '\0' ? strtoll(end + 1, &end, 10) : height;
    if (*text >= '1' && *text <= '9' && *end == '\0' && height <= 16384 && width >= 1 &&
        width <= 16384) {
        augmentation->height = height;
        augmentation->width = width;
        return true;
    }
    usage_error(VERB, "--crop must be height and width such as 96x128, got '%s'", text);
    return false;
}

/* Switches on what a word of --augment means. */
static bool augment(const char *word, size_t length, struct pleat_augmentation *a) {
    static const char *const words[] = {"flip", "flips", "turns", "rotations", "scales", "light"};
    size_t i = 0;
    while (i < sizeof words / sizeof *words &&
           (strlen(words[i]) != length || strncmp(words[i], word, length) != 0))
        i++;
    switch (i) {
    case 1:
        a->flip_vertical = true;
        /* fall through */
    case 0:
        a->flip_horizontal = true;
        return true;
    case 2:
        a->quarter_turns = true;
        return true;
    case 3:
        a->max_angle = 15;
        return true;
    case 4:
        a->min_scale = 0.8;
        a->max_scale = 1.25;
        return true;
    case 5:
        a->brightness = 0.1;
        a->contrast = 0.2;
        return true;
    default:
        return false;
    }
}

static bool read_augment(const char *text, struct segment_training_options *options) {
    struct pleat_augmentation read = pleat_augmentation_init();
    read.crop = options->augmentation.crop;
    read.height = options->augmentation.height;
    read.width = options->augmentation.width;
    read.ignore_outside = options->augmentation.ignore_outside;
    for (const char *word = text;; word++) {
        const size_t length = strcspn(word, ",");
        if (!augment(word, length, &read)) {
            usage_error(VERB,
                        "--augment must be a list of flip, flips, turns, rotations, scales and "
                        "light, got '%s'",
                        text);
            return false;
        }
        word += length;
        if (*word == '\0')
            break;
    }
    options->augment = text;
    options->augmentation = read;
    return true;
}

static bool read_held_out(const char *text, struct segment_training_options *options) {
    if (strchr(text, ':') == NULL)
        return read_number(VERB, "--held-out", text, 0.001, 0.999, &options->held_out_share);
    if (item_range_read(text, &options->held_out_range))
        return true;
    usage_error(VERB, "--held-out must be a share such as 0.1 or a range such as 20:25, got '%s'",
                text);
    return false;
}

/* Options that are kept as they are typed. */
static const char **text_of(int option, struct segment_training_options *options) {
    switch (option) {
    case OPTION_IMAGES:
        return &options->images;
    case OPTION_LABELS:
        return &options->labels;
    case OPTION_HELD_OUT_IMAGES:
        return &options->held_out_images;
    case OPTION_HELD_OUT_LABELS:
        return &options->held_out_labels;
    case OPTION_CLASSES:
        return &options->classes.count;
    case OPTION_CLASS_MAP:
        return &options->classes.map;
    case OPTION_IGNORED:
        return &options->classes.ignored;
    case OPTION_NAMES:
        return &options->classes.names;
    case OPTION_COLOURS:
        return &options->classes.colours;
    case OPTION_WEIGHTS:
        return &options->weights;
    case OPTION_MODEL:
        return &options->model;
    case OPTION_DUMP_BATCHES:
        return &options->batches;
    default:
        return NULL;
    }
}

static bool read_option(int option, const char *text, struct segment_training_options *options) {
    struct segment_network_options *network = &options->network;
    const char **kept = text_of(option, options);
    int choice = 0;
    bool good = true;
    if (training_options_has(option))
        return training_options_read(VERB, option, text, &options->training);
    if (kept != NULL) {
        *kept = text;
        return true;
    }
    switch (option) {
    case OPTION_HELD_OUT:
        return read_held_out(text, options);
    case OPTION_CHANNELS:
        good = read_choice(VERB, "--channels", text, "1", "3", &choice);
        options->channels = choice == 0 ? 1 : 3;
        break;
    case OPTION_NETWORK:
        good = read_choice(VERB, "--network", text, "unet", "fcn", &choice);
        network->kind = choice == 0 ? SEGMENT_UNET : SEGMENT_FCN;
        break;
    case OPTION_DEPTH:
        return read_integer(VERB, "--depth", text, 1, SEGMENT_MAX_DEPTH, &network->depth);
    case OPTION_WIDTH:
        return read_integer(VERB, "--width", text, 1, SEGMENT_MAX_WIDTH, &network->width);
    case OPTION_BATCH_NORM:
        good = read_choice(VERB, "--batch-norm", text, "no", "yes", &choice);
        network->batch_norm = choice == 1;
        break;
    case OPTION_CROP:
        return read_crop(text, &options->augmentation);
    default:
        return read_augment(text, options);
    }
    return good;
}

/* Checks what only all options together can tell. */
static int check(int argc, char **argv, struct segment_training_options *options) {
    const int64_t step = INT64_C(1) << options->network.depth;
    const struct pleat_augmentation *crop = &options->augmentation;
    struct classes classes;
    struct pleat_error error;
    if (optind < argc)
        return usage_error(VERB, "'%s' is one word too many", argv[optind]);
    if (options->images == NULL || options->labels == NULL)
        return usage_error(VERB, "%s is needed", options->images == NULL ? "--images" : "--labels");
    if ((options->held_out_images == NULL) != (options->held_out_labels == NULL))
        return usage_error(VERB, "--held-out-images and --held-out-labels need each other");
    if (options->model == NULL && (crop->height % step != 0 || crop->width % step != 0))
        return usage_error(VERB, "a --depth of %lld needs a --crop of multiples of %lld",
                           (long long)options->network.depth, (long long)step);
    if (classes_read(&classes, &options->classes, &error) != PLEAT_OK)
        return usage_error(VERB, "%s", error.message);
    const int status = training_options_check(VERB, &options->training);
    if (status == EXIT_SUCCESS && options->batches != NULL && options->training.seconds > 0)
        return usage_error(VERB, "--dump-batches needs --steps or --epochs");
    return status;
}

int train_segment(int argc, char **argv) {
    struct segment_training_options options = {
        .training = training_options_init(8, 1e-3),
        .held_out_share = 0.1,
        .network = {.kind = SEGMENT_UNET, .depth = 3, .width = 16, .batch_norm = true},
        .augmentation = pleat_augmentation_init(),
        .augment = ""};
    options.augmentation.crop = PLEAT_CROP_RANDOM;
    options.augmentation.height = options.augmentation.width = 128;
    options.augmentation.ignore_outside = true;
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
    return segment_train(&options, &error) == PLEAT_OK ? EXIT_SUCCESS
                                                       : library_failure(VERB, &error);
}
