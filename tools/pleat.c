/* The program pleat: finds the verb and hands over to it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat.h>

#include "options.h"
#include "verbs.h"

/* One line a verb, in the order of the help; the last has no name. */
static const struct verb {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"apply", "run an operator on NumPy files", verb_apply},
    {"bench", "time the operators on a table of layers", verb_bench},
    {"eval", "measure what a network can do", verb_eval},
    {"explain", "show what a transposed convolution does, in numbers and a picture", verb_explain},
    {"generate", "make images by a trained network", verb_generate},
    {"gradcheck", "compare every gradient with finite differences", verb_gradcheck},
    {"inspect", "draw filters, gain maps and feature maps, and warn of checkerboards",
     verb_inspect},
    {"predict", "apply a network to an image of any size", verb_predict},
    {"segment", "tell the class of each pixel by a trained network", verb_segment},
    {"summary", "show the layers of a model and what they take", verb_summary},
    {"train", "train a network", verb_train},
    {"upscale", "enlarge an image by a trained network", verb_upscale},
    {NULL, NULL, NULL},
};

static void print_help(void) {
    fputs("Usage: pleat VERB [OPTION]...\n"
          "Transposed convolution with every gradient, and what is built on it.\n\n",
          stdout);
    for (const struct verb *verb = verbs; verb->name != NULL; verb++)
        printf("  %-10s %s\n", verb->name, verb->summary);
    fputs("\n  --help     print this and exit\n"
          "  --version  print the version and exit\n\n"
          "pleat VERB --help explains a verb. Exit status: 0 when all went well, 1 when something\n"
          "could not be done, 2 when the command was not understood.\n",
          stdout);
}

/* Runs what argv asks for and returns the exit status. */
static int run(int argc, char **argv) {
    if (argc < 2)
        return usage_error(NULL, "a verb is missing");
    if (strcmp(argv[1], "--help") == 0) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("pleat %s\n", pleat_version());
        return EXIT_SUCCESS;
    }
    for (const struct verb *verb = verbs; verb->name != NULL; verb++)
        if (strcmp(argv[1], verb->name) == 0)
            return verb->run(argc - 1, argv + 1);
    return usage_error(NULL, "there is no verb '%s'", argv[1]);
}

int main(int argc, char **argv) {
    /* A file that grows beyond the limit (ulimit -f) is then an error of write, to be reported as a
     * full disk is, not the end of the program amid its temporary files. */
    signal(SIGXFSZ, SIG_IGN);
    const int status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("pleat: cannot write to standard output\n", stderr);
        return EXIT_FAILURE;
    }
    return status;
}
