/* Reading a model from text. */
#include <pleat/text.h>

#include <stdio.h>
#include <string.h>

#include "nn/model/graph.h"

#include "base/error.h"
#include "text/statement.h"

/* The place in a text. */
struct reader {
    const char *text, *next; /* the beginnings of the text and of the line to come */
    int64_t number;          /* of the last line */
};

/* Stores the next line; false at the end of the text. */
static bool next_line(struct reader *reader, struct pleat__line *line) {
    if (*reader->next == '\0')
        return false;
    const char *end = strchr(reader->next, '\n');
    line->at = reader->next;
    line->end = end != NULL ? end : line->at + strlen(line->at);
    reader->next = end != NULL ? end + 1 : line->end;
    reader->number++;
    return true;
}

/* Returns the number of the line that gives a layer this name, or 0. */
static int64_t find_definition(const char *text, const char *name) {
    struct reader reader = {text, text, 0};
    struct pleat__line line;
    while (next_line(&reader, &line)) {
        struct pleat__word word;
        char defined[PLEAT_MAX_NAME + 1];
        if (pleat__line_skip_blanks(&line) && pleat__line_take(&line, &word) &&
            pleat__line_skip_blanks(&line) && pleat__line_take_character(&line, '=') &&
            pleat__word_name(word, defined) && strcmp(defined, name) == 0)
            return reader.number;
    }
    return 0;
}

static enum pleat_status check_inputs(const struct reader *reader, const struct pleat_model *model,
                                      const struct pleat__statement *s, struct pleat_error *error) {
    for (int i = 0; i < s->input_count; i++) {
        if (pleat__find_layer(model, s->input[i]) >= 0)
            continue;
        const int64_t below = find_definition(reader->text, s->input[i]);
        if (below == 0)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "there is no layer \"%s\"", s->input[i]);
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "layer \"%s\" comes after what reads it, in line %lld", s->input[i],
                           (long long)below);
    }
    if (s->kind != NULL && pleat__find_layer(model, s->name) >= 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "the name is that of the layer in line %lld",
                           (long long)find_definition(reader->text, s->name));
    return PLEAT_OK;
}

/* Fills the arguments from what the first input has and the keys say. */
static enum pleat_status read_arguments(const struct pleat_model *model,
                                        const struct pleat__statement *s,
                                        struct pleat__arguments *arguments,
                                        struct pleat_error *error) {
    *arguments = (struct pleat__arguments){.op = PLEAT_CONV};
    if (strcmp(s->kind->word, "conv_transpose") == 0)
        arguments->op = PLEAT_CONV_TRANSPOSE;
    if (s->input_count > 0) {
        const struct pleat__layer *input = model->layer[pleat__find_layer(model, s->input[0])];
        arguments->rank = input->rank;
        arguments->conv.rank = arguments->pool.rank = arguments->pad.rank = input->rank;
        arguments->conv.in_channels = input->channels;
    }
    for (int i = 0; s->kind->key[i].name != NULL; i++) {
        const char *wanted = pleat__key_read(&s->kind->key[i], s->value[i], arguments);
        if (wanted != NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "%s must be %s, got '%.*s'",
                               s->kind->key[i].name, wanted, PLEAT__SHOWN(s->value[i]));
    }
    return PLEAT_OK;
}

static enum pleat_status add_layer(struct pleat_model *model, const struct pleat__statement *s,
                                   struct pleat_error *error) {
    struct pleat__arguments arguments;
    const char *input[PLEAT_MAX_INPUTS] = {NULL};
    for (int i = 0; i < s->input_count; i++)
        input[i] = s->input[i];
    PLEAT__TRY(read_arguments(model, s, &arguments, error));
    PLEAT__TRY(s->kind->add(model, s->name, s->input_count, input, &arguments, error));
    return pleat__settings_apply(s->setting, model, error);
}

static enum pleat_status obey(const struct reader *reader, struct pleat_model *model,
                              const struct pleat__statement *s, struct pleat_error *error) {
    PLEAT__TRY(check_inputs(reader, model, s, error));
    if (s->kind != NULL)
        return add_layer(model, s, error);
    for (int i = 0; i < s->input_count; i++)
        PLEAT__TRY(pleat_model_mark_output(model, s->input[i], error));
    return PLEAT_OK;
}

/* Puts the line and the layer before the message, unless that begins with the layer already. */
static enum pleat_status fail_in_line(const struct reader *reader, const char *name,
                                      enum pleat_status status, const struct pleat_error *detail,
                                      struct pleat_error *error) {
    char layer[PLEAT_MAX_NAME + 16] = "";
    if (name[0] != '\0')
        snprintf(layer, sizeof layer, "layer \"%s\": ", name);
    const char *what = detail->message;
    if (layer[0] != '\0' && strncmp(what, layer, strlen(layer)) == 0)
        what += strlen(layer);
    return pleat__fail(error, status, "line %lld: %s%s", (long long)reader->number, layer, what);
}

static enum pleat_status read_line(const struct reader *reader, struct pleat__line line,
                                   struct pleat_model *model, struct pleat_error *error) {
    struct pleat__statement statement;
    struct pleat_error detail = {.message = ""};
    if (!pleat__line_skip_blanks(&line))
        return PLEAT_OK;
    enum pleat_status status = pleat__statement_read(&statement, line, &detail);
    if (status == PLEAT_OK)
        status = obey(reader, model, &statement, &detail);
    return status == PLEAT_OK ? PLEAT_OK
                              : fail_in_line(reader, statement.name, status, &detail, error);
}

enum pleat_status pleat_text_read(struct pleat_model **model, const char *text,
                                  enum pleat_dtype dtype, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(text, error);
    struct pleat_model *made;
    PLEAT__TRY(pleat_model_create(&made, dtype, error));
    struct reader reader = {text, text, 0};
    struct pleat__line line;
    enum pleat_status status = PLEAT_OK;
    while (status == PLEAT_OK && next_line(&reader, &line))
        status = read_line(&reader, line, made, error);
    if (status == PLEAT_OK)
        *model = made;
    else
        pleat_model_free(made);
    return status;
}
