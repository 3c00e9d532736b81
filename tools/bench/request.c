/* The options of the verb bench. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/request.h"
#include "options.h"
#include "verbs.h"

const char bench_verb[] = "bench";

static void print_help(void) {
    fputs("Usage: pleat bench --layers FILE [OPTION]...\n"
          "   or: pleat bench --steps [--layer NETWORK] [--threads N] [--time MS] [--tsv]\n"
          "Times each layer of a table, after checking what it computes, and prints milliseconds,\n"
          "GFLOP/s, the share of plain sgemm (2048^3, OpenBLAS's own threads, the best of ten or\n"
          "more taken between the layers), scratch and method; beside oneDNN where it is built "
          "in.\n\n"
          "  --layers FILE     lines of a name and N Cin H W Cout kh kw sh sw ph pw oph opw dh dw\n"
          "                    groups, divided by tabs; # begins a remark\n"
          "  --steps           time whole training steps of well-known networks, and an inference\n"
          "  --layer NAME      only this layer, or network; may be given again\n"
          "  --pass PASS       forward, backward_input, backward_filter, backward (both gradients\n"
          "                    at once) or all (all)\n"
          "  --operator NAME   conv_transpose, or conv: the convolution that each layer is the\n"
          "                    gradient of, its input and output exchanged (conv_transpose)\n"
          "  --threads N       one a core unless given\n"
          "  --method NAME     one method for all products (auto)\n"
          "  --instructions NAME  plain, avx2 or avx512 (the best that is there)\n"
          "  --exact           no transformed numbers\n"
          "  --time MS         the least that the calls of one measurement take together (200)\n"
          "  --packed          weights are packed before the clock starts, as for inference;\n"
          "                    with --pass forward alone\n"
          "  --cold            empty the caches before each call\n"
          "  --alone           do not time oneDNN\n"
          "  --tsv             print a header line and tab-separated values\n"
          "  --describe        print how each pass would be computed, and time nothing\n"
          "  --picture FILE    draw the shares of sgemm, PNG or SVG by the ending of FILE\n",
          stdout);
}

/* Names, of which "unknown" ends the list. */
static const char *name_method(int i) {
    return pleat_method_name((enum pleat_method)i);
}

static const char *name_instructions(int i) {
    return pleat_instructions_name((enum pleat_instructions)i);
}

static const char *name_pass(int i) {
    return i < PASSES ? pleat_pass_name(report_passes[i]) : i == PASSES ? "all" : "unknown";
}

static const char *name_operator(int i) {
    return i == PLEAT_CONV_TRANSPOSE ? "conv_transpose" : i == PLEAT_CONV ? "conv" : "unknown";
}

/* Finds text among the names of 0, 1, 2, ... and stores which it is; false, after a message, where
 * it is none. */
static bool read_name(const char *option, const char *text, const char *(*name_of)(int),
                      int *value) {
    for (int i = 0; strcmp(name_of(i), "unknown") != 0; i++)
        if (strcmp(name_of(i), text) == 0) {
            *value = i;
            return true;
        }
    char names[256] = "";
    for (int i = 0; strcmp(name_of(i), "unknown") != 0; i++) {
        const size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s%s", i == 0 ? "" : ", ", name_of(i));
    }
    usage_error(bench_verb, "%s must be one of %s, got '%s'", option, names, text);
    return false;
}

enum option_value {
    LAYERS = 1,
    LAYER,
    PASS,
    OPERATOR,
    THREADS,
    METHOD,
    INSTRUCTIONS,
    EXACT,
    TIME,
    PACKED,
    COLD,
    ALONE,
    TSV,
    DESCRIBE,
    PICTURE,
    STEPS,
    HELP
};

/* Sets what one option that takes a value says; false after a message. */
static bool set_value(struct request *r, int option, const char *text) {
    int64_t number;
    int name;
    switch (option) {
    case LAYERS:
        r->file = text;
        return true;
    case LAYER:
        r->names[r->name_count++] = text;
        return true;
    case PICTURE:
        r->picture = text;
        return true;
    case THREADS:
        if (!read_integer(bench_verb, "--threads", text, 1, PLEAT_MAX_THREADS, &number))
            return false;
        r->options.threads = (int)number;
        return true;
    case TIME:
        return read_number(bench_verb, "--time", text, 0, 1e6, &r->milliseconds);
    case PASS:
        if (!read_name("--pass", text, name_pass, &name))
            return false;
        for (int i = 0; i < PASSES; i++)
            r->wanted[i] = name == PASSES || name == i;
        return true;
    case OPERATOR:
        if (!read_name("--operator", text, name_operator, &name))
            return false;
        r->op = (enum pleat_operator)name;
        return true;
    case METHOD:
        if (!read_name("--method", text, name_method, &name))
            return false;
        r->options.method = (enum pleat_method)name;
        return true;
    default:
        if (!read_name("--instructions", text, name_instructions, &name))
            return false;
        r->options.instructions = (enum pleat_instructions)name;
        return true;
    }
}

/* Sets an option without a value; false where it takes one. */
static bool set_flag(struct request *r, int option) {
    bool *const flags[] = {
        [EXACT] = &r->options.exact, [PACKED] = &r->packed, [COLD] = &r->cold,
        [ALONE] = &r->alone,         [TSV] = &r->tsv,       [DESCRIBE] = &r->describe,
        [STEPS] = &r->steps};
    if (option > STEPS || flags[option] == NULL)
        return false;
    *flags[option] = true;
    return true;
}

int request_read(int argc, char **argv, struct request *request) {
    static const struct option options[] = {{"layers", required_argument, NULL, LAYERS},
                                            {"layer", required_argument, NULL, LAYER},
                                            {"pass", required_argument, NULL, PASS},
                                            {"operator", required_argument, NULL, OPERATOR},
                                            {"threads", required_argument, NULL, THREADS},
                                            {"method", required_argument, NULL, METHOD},
                                            {"instructions", required_argument, NULL, INSTRUCTIONS},
                                            {"exact", no_argument, NULL, EXACT},
                                            {"time", required_argument, NULL, TIME},
                                            {"packed", no_argument, NULL, PACKED},
                                            {"cold", no_argument, NULL, COLD},
                                            {"alone", no_argument, NULL, ALONE},
                                            {"tsv", no_argument, NULL, TSV},
                                            {"describe", no_argument, NULL, DESCRIBE},
                                            {"picture", required_argument, NULL, PICTURE},
                                            {"steps", no_argument, NULL, STEPS},
                                            {"help", no_argument, NULL, HELP},
                                            {NULL, 0, NULL, 0}};
    *request = (struct request){.options = pleat_plan_options_init(), .milliseconds = 200};
    for (int i = 0; i < PASSES; i++)
        request->wanted[i] = true;
    request->names = malloc((size_t)argc * sizeof *request->names);
    if (request->names == NULL)
        return failure(bench_verb, "no memory for the options");
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == HELP) {
            print_help();
            return -1;
        }
        if (option == '?' || option == ':')
            return option_error(bench_verb, argv, option);
        if (!set_flag(request, option) && !set_value(request, option, optarg))
            return EXIT_USAGE;
    }
    if (optind < argc)
        return usage_error(bench_verb, "there is nothing to do with '%s'", argv[optind]);
    if (request->steps && request->file != NULL)
        return usage_error(bench_verb, "--steps has networks of its own: leave out --layers");
    if (!request->steps && request->file == NULL)
        return usage_error(bench_verb, "--layers is missing");
    for (int i = 0; i < PASSES; i++)
        if (request->packed && request->wanted[i] && report_passes[i] != PLEAT_FORWARD)
            return usage_error(bench_verb, "--packed needs --pass forward");
    return EXIT_SUCCESS;
}

bool request_wants(const struct request *request, const char *name) {
    for (int i = 0; i < request->name_count; i++)
        if (strcmp(request->names[i], name) == 0)
            return true;
    return request->name_count == 0;
}
