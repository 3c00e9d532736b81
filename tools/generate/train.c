/* pleat train generate: its command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/trainer.h"
#include "options.h"
#include "tasks.h"
#include "verbs.h"

#define VERB "train generate"

enum {
    OPTION_KIND,
    OPTION_DATA,
    OPTION_LATENTS,
    OPTION_WIDTH,
    OPTION_HELD_OUT,
    OPTION_GENERATOR,
    OPTION_ENCODER,
    OPTION_DISCRIMINATOR,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"kind", required_argument, NULL, OPTION_KIND},
    {"data", required_argument, NULL, OPTION_DATA},
    {"latents", required_argument, NULL, OPTION_LATENTS},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"held-out", required_argument, NULL, OPTION_HELD_OUT},
    {"generator", required_argument, NULL, OPTION_GENERATOR},
    {"encoder", required_argument, NULL, OPTION_ENCODER},
    {"discriminator", required_argument, NULL, OPTION_DISCRIMINATOR},
    TRAINING_LONG_OPTIONS,
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* Numbers below 0 are settled when the kind is known. */
static struct generate_options make_defaults(void) {
    struct generate_options defaults = {.kind = GENERATE_KINDS,
                                        .latents = -1,
                                        .width = 32,
                                        .held_out = -1,
                                        .training = training_options_init(64, -1)};
    defaults.training.schedule = TRAINING_CONSTANT;
    defaults.training.warm_up = 0;
    return defaults;
}

static void print_help(struct training_options defaults) {
    defaults.rate = TRAINER_VAE_RATE;
    fputs(
        "Usage: pleat train generate --kind vae|gan --data PATH --out MODEL [OPTION]...\n"
        "Trains a network that generates grey images like those it is shown.\n"
        "\n"
        "  --kind vae|gan    a variational autoencoder, or a DCGAN; the generators of both are\n"
        "                    transposed convolutions\n"
        "  --data PATH       an idx file (may be .gz)\n"
        "  --latents N       numbers that an image is made of; default 20 (vae) or 64 (gan)\n"
        "  --width N         channels of the outer layers, of which the inner ones have twice as\n"
        "                    many; default 32\n"
        "  --held-out N      images set apart, drawn by the seed: a vae keeps what does best on\n"
        "                    them, or with 0 the last; default a tenth, at most 5000 (vae), or 0\n"
        "  --generator FILE  a network of your own, as text: from a vector to the logits of an\n"
        "                    image (vae), or to an image between -1 and 1 (gan)\n"
        "  --encoder FILE    vae: from an image to two vectors, mean and logarithm of the "
        "variance\n"
        "  --discriminator FILE\n"
        "                    gan: from an image to one number, the logit of being real\n",
        stdout);
    training_options_print(&defaults, "images");
    fputs(
        "\n"
        "The rate of a gan is 0.0002 unless given, and its Adam has beta1 0.5. Of a gan the last\n"
        "networks are kept, since no figure says which are best. With --steps or --epochs, the\n"
        "same data, options and seed give the same networks for any number of threads. The first\n"
        "Ctrl-C ends the training early and keeps what it has; the second ends the program.\n",
        stdout);
}

static bool read_kind(const char *text, enum generate_kind *kind) {
    for (*kind = 0; *kind < GENERATE_KINDS; (*kind)++)
        if (strcmp(text, generate_kind_name(*kind)) == 0)
            return true;
    usage_error(VERB, "--kind must be vae or gan, got '%s'", text);
    return false;
}

static bool read_option(int option, const char *text, struct generate_options *options) {
    switch (option) {
    case OPTION_KIND:
        return read_kind(text, &options->kind);
    case OPTION_DATA:
        options->data = text;
        return true;
    case OPTION_LATENTS:
        return read_integer(VERB, "--latents", text, 1, 65536, &options->latents);
    case OPTION_WIDTH:
        return read_integer(VERB, "--width", text, 1, 4096, &options->width);
    case OPTION_HELD_OUT:
        return read_integer(VERB, "--held-out", text, 0, INT32_MAX, &options->held_out);
    case OPTION_GENERATOR:
        options->generator = text;
        return true;
    case OPTION_ENCODER:
        options->encoder = text;
        return true;
    case OPTION_DISCRIMINATOR:
        options->discriminator = text;
        return true;
    default:
        return training_options_read(VERB, option, text, &options->training);
    }
}

/* Checks what only all options together can tell, and settles what follows from the kind. */
static bool check(int argc, char **argv, struct generate_options *options) {
    const bool gan = options->kind == GENERATE_GAN;
    if (optind < argc)
        usage_error(VERB, "'%s' is one word too many", argv[optind]);
    else if (options->kind == GENERATE_KINDS || options->data == NULL)
        usage_error(VERB, "%s is needed", options->data == NULL ? "--data" : "--kind");
    else if (gan && options->encoder != NULL)
        usage_error(VERB, "--encoder is of a vae: a gan has a --discriminator");
    else if (!gan && options->discriminator != NULL)
        usage_error(VERB, "--discriminator is of a gan: a vae has an --encoder");
    else if (gan && options->held_out > 0)
        usage_error(VERB, "--held-out is of a vae: no figure tells how good a gan is");
    else {
        if (options->latents < 0)
            options->latents = gan ? 64 : 20;
        if (options->training.rate < 0)
            options->training.rate = gan ? TRAINER_GAN_RATE : TRAINER_VAE_RATE;
        if (gan)
            options->held_out = 0;
        return training_options_check(VERB, &options->training) == EXIT_SUCCESS;
    }
    return false;
}

int train_generate(int argc, char **argv) {
    struct generate_options options = make_defaults();
    struct pleat_error error;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help(options.training);
            return EXIT_SUCCESS;
        }
        if (option == '?' || option == ':')
            return option_error(VERB, argv, option);
        if (!read_option(option, optarg, &options))
            return EXIT_USAGE;
    }
    if (!check(argc, argv, &options))
        return EXIT_USAGE;
    return generate_train(&options, &error) == PLEAT_OK ? EXIT_SUCCESS
                                                        : library_failure(VERB, &error);
}
