/* The verb upscale: enlarges an image by a trained network. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/pleat-io.h>

#include "superres/checkpoint.h"
#include "interrupt.h"
#include "fault.h"
#include "options.h"
#include "superres/upsampler.h"
#include "verbs.h"

enum { OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat upscale MODEL INPUT OUTPUT [OPTION]...\n"
        "Enlarges an image (PNG or JPEG) by a network that train has made, and writes a PNG.\n"
        "\n"
        "  --threads N  default: as many as there are cores\n"
        "\n"
        "The network enlarges the luma; the two colour planes are enlarged by bicubic. A grey\n"
        "image stays grey. Any size will do: large images are worked on in tiles, without seams.\n",
        stdout);
}

/* Plane number `index` of planes[...][height][width]. */
static struct pleat_tensor plane_of(const struct pleat_tensor *planes, int64_t index) {
    const int64_t *extent = planes->extent + planes->rank - 2;
    const float *data = planes->data;
    return pleat_tensor_view(data + index * extent[0] * extent[1], PLEAT_FLOAT32, 2, extent);
}

/* Enlarges planes[height][width] or [3][height][width] into *enlarged, the first by the network. */
static enum pleat_status enlarge(const struct upsampler *upsampler,
                                 const struct pleat_tensor *planes, struct pleat_tensor *enlarged,
                                 struct pleat_error *error) {
    const int64_t count = planes->rank == 3 ? planes->extent[0] : 1;
    int64_t extent[3];
    for (int axis = 0; axis < planes->rank; axis++)
        extent[axis] =
            planes->extent[axis] * (axis < planes->rank - 2 ? 1 : upsampler->network.scale);
    TRY(pleat_tensor_allocate(enlarged, PLEAT_FLOAT32, planes->rank, extent, error));
    for (int64_t i = 0; i < count; i++) {
        const struct pleat_tensor coarse = plane_of(planes, i), fine = plane_of(enlarged, i);
        TRY(pleat_resize(&coarse, &fine, PLEAT_BICUBIC, error));
    }
    const struct pleat_tensor coarse = plane_of(planes, 0), fine = plane_of(enlarged, 0);
    return upsampler_refine(upsampler, &coarse, &fine, UPSAMPLER_MEMORY, error);
}

/* Enlarges a grey image, or one of colours, into *output. */
static enum pleat_status enlarge_image(const struct upsampler *upsampler,
                                       const struct pleat_image *input, struct pleat_image *output,
                                       struct pleat_error *error) {
    struct pleat_tensor planes = {.data = NULL}, enlarged = {.data = NULL};
    const bool grey = input->channels == 1;
    enum pleat_status status = grey ? pleat_image_to_y(&planes, input, error)
                                    : pleat_image_to_ycbcr(&planes, input, error);
    if (status == PLEAT_OK)
        status = enlarge(upsampler, &planes, &enlarged, error);
    if (status == PLEAT_OK)
        status = grey ? pleat_image_from_plane(output, &enlarged, error)
                      : pleat_image_from_ycbcr(output, &enlarged, error);
    pleat_tensor_free(&planes);
    pleat_tensor_free(&enlarged);
    return status;
}

/* Reads, enlarges and writes. */
static enum pleat_status run(const struct upsampler *upsampler, const char *in, const char *out,
                             struct pleat_error *error) {
    struct pleat_image input, output;
    const int64_t scale = upsampler->network.scale;
    TRY(pleat_image_read(&input, in, error));
    enum pleat_status status = PLEAT_OK;
    if (input.width * input.height > PLEAT_IMAGE_MAX_PIXELS / (scale * scale))
        status = fault(error, PLEAT_UNSUPPORTED,
                       "%.100s: enlarged %" PRId64 " times it has more than the %" PRId64
                       " pixels that an image may have",
                       in, scale, PLEAT_IMAGE_MAX_PIXELS);
    else
        status = enlarge_image(upsampler, &input, &output, error);
    pleat_image_free(&input);
    TRY(status);
    struct interrupt_hold hold;
    interrupt_hold(&hold);
    status = pleat_image_write_png(out, &output, error);
    interrupt_release(&hold);
    pleat_image_free(&output);
    return status;
}

int verb_upscale(int argc, char **argv) {
    struct upsampler upsampler = {.threads = 0};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        int64_t threads;
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option != OPTION_THREADS)
            return option_error("upscale", argv, option);
        if (!read_integer("upscale", "--threads", optarg, 1, 4096, &threads))
            return EXIT_USAGE;
        upsampler.threads = (int)threads;
    }
    if (argc - optind != 3)
        return usage_error("upscale", "it needs three names: MODEL INPUT OUTPUT; got %d",
                           argc - optind);
    struct pleat_error error;
    if (checkpoint_read(argv[optind], &upsampler.network, &upsampler.model, &error) != PLEAT_OK)
        return library_failure("upscale", &error);
    const enum pleat_status status = run(&upsampler, argv[optind + 1], argv[optind + 2], &error);
    pleat_model_free(upsampler.model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("upscale", &error);
}
