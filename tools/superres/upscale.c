/* The verb upscale: enlarges an image by a trained network. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <pleat/pleat-io.h>

#include "bar.h"
#include "fault.h"
#include "interrupt.h"
#include "options.h"
#include "superres/checkpoint.h"
#include "superres/enlarge.h"
#include "superres/network.h"
#include "superres/shipped.h"
#include "verbs.h"

struct upscale_options {
    const char *input, *output;
    const char *model; /* NULL: a shipped one */
    int64_t scale;     /* 0: the model's, or 2 */
    int64_t memory;    /* mebibytes */
    int threads;       /* 0: as many as OpenMP offers */
};

enum { OPTION_SCALE, OPTION_MODEL, OPTION_MEMORY, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"scale", required_argument, NULL, OPTION_SCALE},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat upscale INPUT OUTPUT [OPTION]...\n"
        "Enlarges an image (PNG or JPEG) by a trained network, and writes a PNG.\n"
        "\n"
        "  --scale N     how many times; default 2, or what the network of --model does\n"
        "  --model FILE  a network that train superres has made; default: the one for that scale\n"
        "                that comes with the program, or lies in the folder $PLEAT_MODELS\n"
        "  --memory N    MiB that the network may work in, beside the images; default 64\n"
        "  --threads N   default: as many as there are cores\n"
        "\n"
        "The network enlarges the luma; colours and transparency are enlarged by bicubic. A grey\n"
        "image stays grey. Any size will do: large images are worked on in tiles, without seams.\n",
        stdout);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Shows the tiles that are done, on a terminal. context: when it began. */
static enum pleat_status show_tiles(void *context, int64_t done, int64_t total) {
    const double *begun = context, fraction = (double)done / (double)total;
    putchar('\r');
    bar_show(fraction);
    printf("tile %" PRId64 " of %" PRId64, done, total);
    bar_show_time_left(now() - *begun, fraction);
    fputs(done < total ? "\033[K" : "\r\033[K", stdout);
    fflush(stdout);
    return PLEAT_OK;
}

/* Both images of a file; alpha's pixels are NULL where it has none. */
struct picture {
    struct pleat_image image, alpha;
};

static void free_picture(struct picture *picture) {
    pleat_image_free(&picture->image);
    pleat_image_free(&picture->alpha);
}

static enum pleat_status read_picture(struct picture *picture, const char *path, int64_t scale,
                                      struct pleat_error *error) {
    TRY(pleat_image_read_alpha(&picture->image, &picture->alpha, path, error));
    if (picture->image.width * picture->image.height <= PLEAT_IMAGE_MAX_PIXELS / (scale * scale))
        return PLEAT_OK;
    return fault(error, PLEAT_UNSUPPORTED,
                 "%.100s: enlarged %" PRId64 " times it has more than the %" PRId64
                 " pixels that an image may have",
                 path, scale, PLEAT_IMAGE_MAX_PIXELS);
}

static enum pleat_status enlarge(const struct upscale_options *options,
                                 const struct upsampler *upsampler, struct picture *input,
                                 struct picture *output, double *seconds,
                                 struct pleat_error *error) {
    TRY(read_picture(input, options->input, upsampler->scale, error));
    if (input->alpha.pixels != NULL)
        TRY(enlarge_alpha(&output->alpha, &input->alpha, upsampler->scale, options->threads,
                          error));
    return enlarge_image(&output->image, &input->image, upsampler, (size_t)options->memory << 20,
                         seconds, error);
}

/* Signals wait until the file is whole. */
static enum pleat_status write_picture(const char *path, const struct picture *picture,
                                       struct pleat_error *error) {
    struct interrupt_hold hold;
    interrupt_hold(&hold);
    const enum pleat_status status = pleat_image_write_png_alpha(
        path, &picture->image, picture->alpha.pixels != NULL ? &picture->alpha : NULL, error);
    interrupt_release(&hold);
    return status;
}

static enum pleat_status run(const struct upscale_options *options, const char *model,
                             struct upsampler *upsampler, struct pleat_error *error) {
    struct picture input = {.image.pixels = NULL}, output = {.image.pixels = NULL};
    double begun = now(), network = 0;
    if (isatty(STDOUT_FILENO) == 1) {
        upsampler->progress = show_tiles;
        upsampler->context = &begun;
    }
    enum pleat_status status = enlarge(options, upsampler, &input, &output, &network, error);
    free_picture(&input);
    if (status == PLEAT_OK)
        status = write_picture(options->output, &output, error);
    if (status == PLEAT_OK)
        printf("%s: %" PRId64 "x%" PRId64 " by %s in %.2f s, %.3f s of them the network's\n",
               options->output, output.image.width, output.image.height, model, now() - begun,
               network);
    free_picture(&output);
    return status;
}

/* Finds and reads the network. */
static enum pleat_status open_network(const struct upscale_options *options,
                                      char path[SHIPPED_PATH_BYTES], struct upsampler *upsampler,
                                      struct pleat_error *error) {
    const char *model = options->model;
    if (model == NULL) {
        TRY(shipped_find(path, options->scale > 0 ? options->scale : 2, error));
        model = path;
    } else
        snprintf(path, SHIPPED_PATH_BYTES, "%s", model);
    TRY(checkpoint_read(upsampler, model, error));
    if (options->scale == 0 || options->scale == upsampler->scale)
        return PLEAT_OK;
    pleat_model_free(upsampler->model);
    return fault(error, PLEAT_INVALID_ARGUMENT, "%.100s enlarges %" PRId64 " times, not %" PRId64,
                 model, upsampler->scale, options->scale);
}

static bool read_option(int option, struct upscale_options *options) {
    int64_t threads;
    switch (option) {
    case OPTION_SCALE:
        return read_integer("upscale", "--scale", optarg, NETWORK_MIN_SCALE, NETWORK_MAX_SCALE,
                            &options->scale);
    case OPTION_MODEL:
        options->model = optarg;
        return true;
    case OPTION_MEMORY:
        return read_integer("upscale", "--memory", optarg, 1, 1 << 20, &options->memory);
    default:
        if (!read_integer("upscale", "--threads", optarg, 1, 4096, &threads))
            return false;
        options->threads = (int)threads;
        return true;
    }
}

int verb_upscale(int argc, char **argv) {
    struct upscale_options options = {.memory = (int64_t)(UPSAMPLER_MEMORY >> 20)};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error("upscale", argv, option);
        if (!read_option(option, &options))
            return EXIT_USAGE;
    }
    if (argc - optind != 2)
        return usage_error("upscale", "it needs two names: INPUT OUTPUT; got %d", argc - optind);
    options.input = argv[optind];
    options.output = argv[optind + 1];
    char model[SHIPPED_PATH_BYTES];
    struct upsampler upsampler = {.threads = options.threads};
    struct pleat_error error;
    if (open_network(&options, model, &upsampler, &error) != PLEAT_OK)
        return library_failure("upscale", &error);
    const enum pleat_status status = run(&options, model, &upsampler, &error);
    pleat_model_free(upsampler.model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("upscale", &error);
}
