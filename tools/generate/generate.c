/* The verb generate: sheets of what a generator makes. */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "generate/generator.h"
#include "generate/noise.h"
#include "generate/sheet.h"
#include "options.h"
#include "training/images.h"
#include "verbs.h"

#define VERB "generate"

/* Images of a walk, its ends among them, and images in a row of reconstructions. */
#define WALK 12
#define RECONSTRUCTED 10

enum {
    OPTION_OUT,
    OPTION_COUNT,
    OPTION_WALK,
    OPTION_RECONSTRUCT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"out", required_argument, NULL, OPTION_OUT},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"walk", no_argument, NULL, OPTION_WALK},
    {"reconstruct", required_argument, NULL, OPTION_RECONSTRUCT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct sheet_options {
    const char *model, *out, *reconstruct; /* an idx file, or NULL */
    int64_t count;                         /* 0: as the sort of sheet has it */
    bool walk;
    uint64_t seed;
    int threads;
};

static void print_help(void) {
    fputs(
        "Usage: pleat generate MODEL --out SHEET [OPTION]...\n"
        "Makes images by what pleat train generate has trained, and writes them as one PNG.\n"
        "\n"
        "  --out SHEET         a PNG\n"
        "  --count N           images; default 64; rows of a walk: 8; reconstructions: 20\n"
        "  --walk              rows of 12 images, from one drawn vector to another\n"
        "  --reconstruct PATH  images of an idx file, drawn by the seed, in rows of 10, and below\n"
        "                      each what a vae makes of it\n"
        "  --seed N            of the vectors that are drawn; default 0\n"
        "  --threads N         default: as many as there are cores\n",
        stdout);
}

static bool read_option(int option, const char *text, struct sheet_options *options) {
    int64_t integer = 0;
    bool good = true;
    switch (option) {
    case OPTION_OUT:
        options->out = text;
        break;
    case OPTION_COUNT:
        good = read_integer(VERB, "--count", text, 1, 100000, &options->count);
        break;
    case OPTION_WALK:
        options->walk = true;
        break;
    case OPTION_RECONSTRUCT:
        options->reconstruct = text;
        break;
    case OPTION_SEED:
        good = read_integer(VERB, "--seed", text, 0, INT64_MAX, &integer);
        options->seed = (uint64_t)integer;
        break;
    default:
        good = read_integer(VERB, "--threads", text, 1, 4096, &integer);
        options->threads = (int)integer;
        break;
    }
    return good;
}

static bool check(int argc, char **argv, struct sheet_options *options) {
    if (optind == argc)
        usage_error(VERB, "the name of a model's file is missing");
    else if (optind + 1 < argc)
        usage_error(VERB, "'%s' is one word too many", argv[optind + 1]);
    else if (options->out == NULL)
        usage_error(VERB, "--out is needed");
    else if (options->walk && options->reconstruct != NULL)
        usage_error(VERB, "--walk and --reconstruct are two sheets");
    else {
        options->model = argv[optind];
        if (options->count == 0)
            options->count = options->walk ? 8 : options->reconstruct != NULL ? 20 : 64;
        return true;
    }
    return false;
}

static enum pleat_status allocate_images(const struct generator *generator, int64_t count,
                                         struct pleat_tensor *images, struct pleat_error *error) {
    const int64_t extent[4] = {count, 1, generator->extent[0], generator->extent[1]};
    return pleat_tensor_allocate(images, PLEAT_FLOAT32, 4, extent, error);
}

static enum pleat_status write_samples(struct generator *generator,
                                       const struct sheet_options *options,
                                       struct pleat_error *error) {
    struct pleat_tensor images;
    TRY(generator_sample(generator, options->count, options->seed, &images, error));
    const enum pleat_status status = images_sheet_write(
        options->out, &images, (int64_t)ceil(sqrt((double)options->count)), error);
    pleat_tensor_free(&images);
    return status;
}

/* Overwrites row[WALK][size] with vectors from one to another, along the great circle between them:
 * those on the straight line are shorter than any that are drawn (White, "Sampling generative
 * networks", 2016). */
static void walk(const float *from, const float *to, int64_t size, float *row) {
    double dot = 0, from_norm = 0, to_norm = 0;
    for (int64_t i = 0; i < size; i++) {
        dot += (double)from[i] * to[i];
        from_norm += (double)from[i] * from[i];
        to_norm += (double)to[i] * to[i];
    }
    const double cosine = dot / sqrt(from_norm * to_norm);
    const double angle = acos(cosine < -1 ? -1 : cosine > 1 ? 1 : cosine), sine = sin(angle);
    for (int k = 0; k < WALK; k++) {
        const double part = (double)k / (WALK - 1);
        const bool straight = sine < 1e-6;
        const double a = straight ? 1 - part : sin((1 - part) * angle) / sine;
        const double b = straight ? part : sin(part * angle) / sine;
        for (int64_t i = 0; i < size; i++)
            row[k * size + i] = (float)(a * from[i] + b * to[i]);
    }
}

static enum pleat_status make_walks(struct generator *generator,
                                    const struct sheet_options *options,
                                    const struct pleat_tensor *ends,
                                    const struct pleat_tensor *latents,
                                    const struct pleat_tensor *images, struct pleat_error *error) {
    const int64_t size = generator->latents;
    const float *end = ends->data;
    float *latent = latents->data;
    noise_fill(ends, options->seed, NOISE_SAMPLES, 0);
    for (int64_t i = 0; i < options->count; i++)
        walk(end + 2 * i * size, end + (2 * i + 1) * size, size, latent + i * WALK * size);
    TRY(generator_make(generator, latents, images, error));
    return images_sheet_write(options->out, images, WALK, error);
}

static enum pleat_status write_walks(struct generator *generator,
                                     const struct sheet_options *options,
                                     struct pleat_error *error) {
    const int64_t two[2] = {2 * options->count, generator->latents},
                  all[2] = {WALK * options->count, generator->latents};
    struct pleat_tensor ends = {.data = NULL}, latents = {.data = NULL}, images = {.data = NULL};
    enum pleat_status status = pleat_tensor_allocate(&ends, PLEAT_FLOAT32, 2, two, error);
    if (status == PLEAT_OK)
        status = pleat_tensor_allocate(&latents, PLEAT_FLOAT32, 2, all, error);
    if (status == PLEAT_OK)
        status = allocate_images(generator, WALK * options->count, &images, error);
    if (status == PLEAT_OK)
        status = make_walks(generator, options, &ends, &latents, &images, error);
    pleat_tensor_free(&ends);
    pleat_tensor_free(&latents);
    pleat_tensor_free(&images);
    return status;
}

/* Puts a row of images and the row of what the generator makes of their means onto the sheet. */
static enum pleat_status put_rows(struct generator *generator, const struct pleat_tensor *originals,
                                  const struct pleat_tensor *sheet, int64_t first_row,
                                  struct pleat_error *error) {
    const int64_t size = generator->extent[0] * generator->extent[1];
    float *row = (float *)sheet->data + first_row * RECONSTRUCTED * size;
    struct pleat_tensor made = *originals;
    made.data = row + RECONSTRUCTED * size;
    memcpy(row, originals->data, (size_t)pleat_tensor_size(originals) * sizeof(float));
    TRY(pleat_model_forward(generator->encoder, originals, error));
    return generator_make(generator, pleat_model_output_at(generator->encoder, 0), &made, error);
}

static enum pleat_status fill_rows(struct generator *generator, struct pleat_loader *loader,
                                   int64_t count, const struct pleat_tensor *sheet,
                                   struct pleat_error *error) {
    for (int64_t i = 0; i * RECONSTRUCTED < count; i++) {
        struct pleat_batch batch;
        TRY(pleat_loader_feed(loader, i, &batch, error));
        if (count - i * RECONSTRUCTED < RECONSTRUCTED)
            batch.input[0].extent[0] = count - i * RECONSTRUCTED;
        TRY(put_rows(generator, &batch.input[0], sheet, 2 * i, error));
    }
    return PLEAT_OK;
}

static enum pleat_status compile_encoder(struct generator *generator, const struct images *images,
                                         struct pleat_error *error) {
    struct pleat_compile_options compile = pleat_compile_options_init();
    compile.mode = PLEAT_INFERENCE;
    compile.batch = RECONSTRUCTED;
    compile.threads = generator->threads;
    compile.extent[0] = generator->extent[0];
    compile.extent[1] = generator->extent[1];
    if (images->extent[0] != generator->extent[0] || images->extent[1] != generator->extent[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model is for images of %" PRId64 "x%" PRId64 ", not %" PRId64 "x%" PRId64,
                     generator->extent[0], generator->extent[1], images->extent[0],
                     images->extent[1]);
    return pleat_model_compile(generator->encoder, &compile, error);
}

static enum pleat_status reconstruct(struct generator *generator,
                                     const struct sheet_options *options,
                                     const struct images *images, struct pleat_error *error) {
    const int64_t rows = (options->count + RECONSTRUCTED - 1) / RECONSTRUCTED;
    struct pleat_tensor sheet;
    TRY(compile_encoder(generator, images, error));
    TRY(allocate_images(generator, 2 * rows * RECONSTRUCTED, &sheet, error));
    enum pleat_status status = fill_rows(generator, images->loader, options->count, &sheet, error);
    if (status == PLEAT_OK)
        status = images_sheet_write(options->out, &sheet, RECONSTRUCTED, error);
    pleat_tensor_free(&sheet);
    return status;
}

static enum pleat_status write_reconstructions(struct generator *generator,
                                               const struct sheet_options *options,
                                               struct pleat_error *error) {
    struct images images;
    if (generator->encoder == NULL)
        return fault(error, PLEAT_INVALID_ARGUMENT,
                     "%.150s: a gan has no encoder, and reconstructs nothing", options->model);
    enum pleat_status status = images_open_training(&images, options->reconstruct, NULL, 0,
                                                    RECONSTRUCTED, options->seed, error);
    if (status == PLEAT_OK)
        status = reconstruct(generator, options, &images, error);
    images_close(&images);
    return status;
}

int verb_generate(int argc, char **argv) {
    struct sheet_options options = {.model = NULL};
    struct generator generator;
    struct pleat_error error;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error(VERB, argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    if (!check(argc, argv, &options))
        return EXIT_USAGE;
    if (generator_read(&generator, options.model, options.threads, &error) != PLEAT_OK)
        return library_failure(VERB, &error);
    const enum pleat_status status = options.walk ? write_walks(&generator, &options, &error)
                                     : options.reconstruct != NULL
                                         ? write_reconstructions(&generator, &options, &error)
                                         : write_samples(&generator, &options, &error);
    generator_free(&generator);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure(VERB, &error);
}
