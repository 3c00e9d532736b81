/* The verb summary: what a model is made of, and what it takes. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "fault.h"
#include "model_file.h"
#include "options.h"
#include "verbs.h"

enum { OPTION_SIZE, OPTION_BATCH, OPTION_TRAINING, OPTION_TEXT, OPTION_HELP };

static const struct option long_options[] = {
    {"size", required_argument, NULL, OPTION_SIZE},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"training", no_argument, NULL, OPTION_TRAINING},
    {"text", no_argument, NULL, OPTION_TEXT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void) {
    fputs(
        "Usage: pleat summary FILE [OPTION]...\n"
        "Prints the layers of a model, with their outputs, parameters, operations and memory. "
        "FILE\n"
        "is a text, one layer a line, or a checkpoint, whose metadata hold that text.\n"
        "\n"
        "  --size HxW   of the inputs, such as 256x256; one number, or one for each axis. Without\n"
        "               it outputs, operations and activations are not known, unless all inputs "
        "are\n"
        "               vectors\n"
        "  --batch N    images at a time; default 1\n"
        "  --training   the memory of training instead of that of inference\n"
        "  --text       print the model as text, and no table\n",
        stdout);
}

struct summary_options {
    struct integers size;
    int64_t batch;
    bool training, text;
};

/* Reads "256" or "256x192". */
static bool read_size(const char *text, struct integers *size) {
    char list[80];
    snprintf(list, sizeof list, "%s", text);
    for (char *at = list; *at != '\0'; at++)
        if (*at == 'x')
            *at = ',';
    struct integers read;
    if (!read_integers("summary", "--size", list, &read))
        return false;
    for (int i = 0; i < read.count; i++)
        if (read.value[i] < 1 || read.count > PLEAT_MAX_AXES) {
            usage_error("summary", "--size must be one to three numbers such as 256x192, got '%s'",
                        text);
            return false;
        }
    *size = read;
    return true;
}

static bool read_options(int argc, char **argv, struct summary_options *options, int *status) {
    opterr = 0;
    *status = EXIT_USAGE;
    for (int option; (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            print_help();
            *status = EXIT_SUCCESS;
            return false;
        }
        if (option == OPTION_TRAINING)
            options->training = true;
        else if (option == OPTION_TEXT)
            options->text = true;
        else if (option == OPTION_SIZE) {
            if (!read_size(optarg, &options->size))
                return false;
        } else if (option == OPTION_BATCH) {
            if (!read_integer("summary", "--batch", optarg, 1, INT32_MAX, &options->batch))
                return false;
        } else {
            option_error("summary", argv, option);
            return false;
        }
    }
    if (argc - optind == 1)
        return true;
    usage_error("summary", "it needs the name of one file, got %d", argc - optind);
    return false;
}

/* Whether all inputs are vectors, which need no size; refuses a size that does not fit one. */
static enum pleat_status check_inputs(const struct pleat_model *model, const struct integers *size,
                                      bool *vectors, struct pleat_error *error) {
    *vectors = true;
    for (int i = 0; i < pleat_model_input_count(model); i++) {
        int64_t channels;
        const int rank = pleat_model_input_shape(model, i, &channels);
        *vectors = *vectors && rank == 0;
        if (size->count > 1 && rank > 0 && rank != size->count)
            return fault(error, PLEAT_INVALID_SHAPE,
                         "--size has %d numbers, but input %d of the model has %d axes",
                         size->count, i, rank);
    }
    return PLEAT_OK;
}

static enum pleat_status compile(struct pleat_model *model, const struct summary_options *options,
                                 struct pleat_error *error) {
    bool vectors;
    TRY(check_inputs(model, &options->size, &vectors, error));
    if (options->size.count == 0 && !vectors)
        return PLEAT_OK;
    struct pleat_compile_options compile = pleat_compile_options_init();
    compile.mode = options->training ? PLEAT_TRAINING : PLEAT_INFERENCE;
    compile.batch = options->batch;
    for (int i = 0; i < PLEAT_MAX_AXES; i++)
        compile.extent[i] = options->size.value[options->size.count > 1 ? i : 0];
    return pleat_model_compile(model, &compile, error);
}

/* Prints the table, which is measured first. */
static enum pleat_status print_table(const struct pleat_model *model, struct pleat_error *error) {
    const size_t length = pleat_model_summary(model, NULL, 0);
    char *table = malloc(length + 1);
    if (table == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the table");
    pleat_model_summary(model, table, length + 1);
    fputs(table, stdout);
    free(table);
    return PLEAT_OK;
}

static enum pleat_status print_text(const struct pleat_model *model, struct pleat_error *error) {
    char *text;
    TRY(pleat_text_write(&text, model, error));
    fputs(text, stdout);
    pleat_text_free(text);
    return PLEAT_OK;
}

int verb_summary(int argc, char **argv) {
    struct summary_options options = {.batch = 1};
    struct pleat_model *model;
    struct pleat_error error;
    int result;
    if (!read_options(argc, argv, &options, &result))
        return result;
    if (model_file_read(&model, argv[optind], &error) != PLEAT_OK)
        return library_failure("summary", &error);
    enum pleat_status status = PLEAT_OK;
    if (options.text)
        status = print_text(model, &error);
    else {
        status = compile(model, &options, &error);
        if (status == PLEAT_OK)
            status = print_table(model, &error);
    }
    pleat_model_free(model);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("summary", &error);
}
