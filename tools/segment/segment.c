/* The verb segment: the classes of an image's pixels, as a picture. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/image.h>

#include "fault.h"
#include "interrupt.h"
#include "options.h"
#include "segment/segmenter.h"
#include "verbs.h"

struct segment_options {
    bool overlay;
    int64_t memory; /* MiB */
    int threads;
};

enum { OPTION_OVERLAY, OPTION_MEMORY, OPTION_THREADS, OPTION_HELP };

static const struct option long_options[] = {
    {"overlay", no_argument, NULL, OPTION_OVERLAY},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs("Usage: pleat segment MODEL IMAGE OUTPUT [OPTION]...\n"
          "Tells the class of each pixel of an image (PNG or JPEG) by a network that train has\n"
          "made, and writes a grey PNG of the numbers that the files of labels have.\n"
          "\n"
          "  --overlay     write the image, mixed with the colours of the classes\n"
          "  --memory MIB  the most that the network works in; default 512\n"
          "  --threads N   default: as many as there are cores\n"
          "\n"
          "Any size will do: large images are worked on in tiles, without seams.\n",
          stdout);
}

/* Half the pixel's own light and half the colour of its class. */
static void draw_overlay(const struct pleat_image *image, const struct pleat_labels *labels,
                         const struct classes *classes, struct pleat_image *picture) {
    for (int64_t i = 0; i < image->width * image->height; i++)
        for (int c = 0; c < 3; c++) {
            const int own = image->pixels[image->channels == 3 ? 3 * i + c : i];
            picture->pixels[3 * i + c] =
                (uint8_t)((own + classes->list[labels->data[i]].colour[c] + 1) / 2);
        }
}

static void draw_labels(const struct pleat_labels *labels, const struct classes *classes,
                        struct pleat_image *picture) {
    for (int64_t i = 0; i < picture->width * picture->height; i++)
        picture->pixels[i] = classes->list[labels->data[i]].number;
}

static enum pleat_status write_picture(const struct segment_options *options,
                                       const struct segmenter *segmenter,
                                       const struct pleat_image *image,
                                       const struct pleat_labels *labels, const char *path,
                                       struct pleat_error *error) {
    struct pleat_image picture;
    struct interrupt_hold hold;
    TRY(pleat_image_allocate(&picture, image->width, image->height, options->overlay ? 3 : 1,
                             error));
    if (options->overlay)
        draw_overlay(image, labels, &segmenter->classes, &picture);
    else
        draw_labels(labels, &segmenter->classes, &picture);
    interrupt_hold(&hold);
    const enum pleat_status status = pleat_image_write_png(path, &picture, error);
    interrupt_release(&hold);
    pleat_image_free(&picture);
    return status;
}

static enum pleat_status run(const struct segment_options *options,
                             const struct segmenter *segmenter, const char *in, const char *out,
                             struct pleat_error *error) {
    struct pleat_image image;
    struct pleat_labels labels;
    TRY(pleat_image_read(&image, in, error));
    enum pleat_status status = segmenter_run(segmenter, &image, &labels, error);
    if (status == PLEAT_OK) {
        status = write_picture(options, segmenter, &image, &labels, out, error);
        free(labels.data);
    }
    pleat_image_free(&image);
    return status;
}

static bool read_option(char **argv, int option, struct segment_options *options) {
    int64_t threads;
    switch (option) {
    case OPTION_OVERLAY:
        options->overlay = true;
        return true;
    case OPTION_MEMORY:
        return read_integer("segment", "--memory", optarg, 1, 1 << 20, &options->memory);
    case OPTION_THREADS:
        if (!read_integer("segment", "--threads", optarg, 1, 4096, &threads))
            return false;
        options->threads = (int)threads;
        return true;
    default:
        option_error("segment", argv, option);
        return false;
    }
}

int verb_segment(int argc, char **argv) {
    struct segment_options options = {.memory = SEGMENTER_MEMORY >> 20};
    struct segmenter segmenter;
    struct pleat_error error;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (!read_option(argv, option, &options))
            return EXIT_USAGE;
    }
    if (argc - optind != 3)
        return usage_error("segment", "it needs three names: MODEL IMAGE OUTPUT; got %d",
                           argc - optind);
    if (segmenter_open(&segmenter, argv[optind], options.threads, (size_t)options.memory << 20,
                       &error) != PLEAT_OK)
        return library_failure("segment", &error);
    const enum pleat_status status =
        run(&options, &segmenter, argv[optind + 1], argv[optind + 2], &error);
    segmenter_free(&segmenter);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("segment", &error);
}
