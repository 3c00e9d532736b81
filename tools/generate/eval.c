/* pleat eval generate: how well a vae explains images, and what a classifier says of samples. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "generate/diversity.h"
#include "generate/generator.h"
#include "generate/vae.h"
#include "options.h"
#include "tasks.h"
#include "training/images.h"
#include "verbs.h"

#define VERB "eval generate"

enum {
    OPTION_DATA,
    OPTION_SAMPLES,
    OPTION_CLASSIFIER,
    OPTION_COUNT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"samples", required_argument, NULL, OPTION_SAMPLES},
    {"classifier", required_argument, NULL, OPTION_CLASSIFIER},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct eval_options {
    const char *model, *data, *classifier;
    int64_t samples, count;
    uint64_t seed;
    int threads;
};

static void print_help(void) {
    fputs("Usage: pleat eval generate MODEL --data PATH [OPTION]...\n"
          "Measures a generator. Of a vae: the evidence lower bound (ELBO) of images, in nats an\n"
          "image, for pixels as probabilities of Bernoulli distributions. Of either kind, with a\n"
          "classifier: the classes that it tells of samples, and with what confidence, beside the\n"
          "images.\n"
          "\n"
          "  --data PATH         real images, an idx file (may be .gz)\n"
          "  --samples N         vectors drawn for the bound of an image; default 1\n"
          "  --classifier MODEL  what pleat train classify has trained; a gan needs it\n"
          "  --count N           generated images that it looks at; default 1000\n"
          "  --seed N            of all that is drawn; default 0\n"
          "  --threads N         default: as many as there are cores\n",
          stdout);
}

static bool read_option(int option, const char *text, struct eval_options *options) {
    int64_t integer = 0;
    bool good = true;
    switch (option) {
    case OPTION_DATA:
        options->data = text;
        break;
    case OPTION_CLASSIFIER:
        options->classifier = text;
        break;
    case OPTION_SAMPLES:
        good = read_integer(VERB, "--samples", text, 1, 100000, &options->samples);
        break;
    case OPTION_COUNT:
        good = read_integer(VERB, "--count", text, 1, 1000000, &options->count);
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

static bool check(int argc, char **argv, struct eval_options *options) {
    if (optind == argc)
        usage_error(VERB, "the name of a model's file is missing");
    else if (optind + 1 < argc)
        usage_error(VERB, "'%s' is one word too many", argv[optind + 1]);
    else if (options->data == NULL)
        usage_error(VERB, "--data is needed");
    else {
        options->model = argv[optind];
        return true;
    }
    return false;
}

static enum pleat_status print_bound(const struct generator *generator,
                                     const struct eval_options *options,
                                     const struct images *images, struct pleat_error *error) {
    struct vae vae = {.encoder = generator->encoder,
                      .generator = generator->model,
                      .batch = GENERATOR_BATCH,
                      .extent = {images->extent[0], images->extent[1]},
                      .threads = options->threads};
    struct vae_bound bound;
    enum pleat_status status = vae_compile(&vae, error);
    if (status == PLEAT_OK)
        status = vae_evaluate(&vae, images->check, options->seed, options->samples, &bound, error);
    vae_free(&vae);
    if (status == PLEAT_OK)
        printf("ELBO %.3f nats an image: reconstruction %.3f, divergence %.3f (%zu images, samples "
               "of each: %" PRId64 ")\n",
               bound.elbo, bound.reconstruction, bound.divergence, images->count, options->samples);
    return status;
}

static void print_diversity(const char *what, const struct diversity *diversity) {
    printf("%-9s %7" PRId64 " images  %" PRId64 " of %" PRId64
           " classes  largest share %.1f%%  mean confidence %.4f\n",
           what, diversity->images, diversity->seen, diversity->classes, 100 * diversity->largest,
           diversity->confidence);
}

static enum pleat_status print_diversities(struct generator *generator,
                                           const struct eval_options *options,
                                           const struct images *images, struct pleat_error *error) {
    struct classifier classifier;
    struct pleat_tensor samples;
    struct diversity made, real;
    TRY(generator_sample(generator, options->count, options->seed, &samples, error));
    enum pleat_status status = classifier_read(&classifier, options->classifier, images->extent,
                                               GENERATOR_BATCH, options->threads, error);
    if (status == PLEAT_OK) {
        status = diversity_of_images(&classifier, &samples, &made, error);
        if (status == PLEAT_OK)
            status = diversity_of_loader(&classifier, images->check, &real, error);
        pleat_model_free(classifier.model);
    }
    pleat_tensor_free(&samples);
    if (status == PLEAT_OK) {
        print_diversity("generated", &made);
        print_diversity("real", &real);
        printf("confidence of generated images is %.3f of that of real ones\n",
               made.confidence / real.confidence);
    }
    return status;
}

static enum pleat_status evaluate(struct generator *generator, const struct eval_options *options,
                                  const struct images *images, struct pleat_error *error) {
    if (images->extent[0] != generator->extent[0] || images->extent[1] != generator->extent[1])
        return fault(error, PLEAT_INVALID_SHAPE,
                     "the model is for images of %" PRId64 "x%" PRId64 ", not %" PRId64 "x%" PRId64,
                     generator->extent[0], generator->extent[1], images->extent[0],
                     images->extent[1]);
    if (options->classifier == NULL && generator->kind == GENERATE_GAN)
        return fault(error, PLEAT_INVALID_ARGUMENT,
                     "no figure tells how good a gan is but what a --classifier says");
    if (options->classifier != NULL)
        TRY(print_diversities(generator, options, images, error));
    return generator->kind == GENERATE_VAE ? print_bound(generator, options, images, error)
                                           : PLEAT_OK;
}

int eval_generate(int argc, char **argv) {
    struct eval_options options = {.samples = 1, .count = 1000};
    struct generator generator = {.model = NULL};
    struct images images;
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
    enum pleat_status status = images_open(&images, options.data, NULL, GENERATOR_BATCH, &error);
    if (status == PLEAT_OK)
        status = generator_read(&generator, options.model, options.threads, &error);
    if (status == PLEAT_OK)
        status = evaluate(&generator, &options, &images, &error);
    generator_free(&generator);
    images_close(&images);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure(VERB, &error);
}
