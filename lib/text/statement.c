/* Reading the words of a line. */
#include "text/statement.h"

#include <string.h>

#include "base/error.h"

static enum pleat_status take_word(struct pleat__line *line, struct pleat__word *word,
                                   struct pleat_error *error) {
    if (pleat__line_take(line, word))
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_BAD_FORMAT, "a quote is not closed");
}

static enum pleat_status read_name(struct pleat__word word, char name[PLEAT_MAX_NAME + 1],
                                   struct pleat_error *error) {
    if (pleat__word_name(word, name))
        return PLEAT_OK;
    name[0] = '\0';
    return pleat__fail(error, PLEAT_BAD_FORMAT,
                       "'%.*s' is no name of 1 to %d bytes, in quotes with \\\" \\\\ or \\xHH",
                       PLEAT__SHOWN(word), PLEAT_MAX_NAME);
}

static enum pleat_status read_kind(struct pleat__statement *s, struct pleat__line *line,
                                   struct pleat_error *error) {
    struct pleat__word word = {line->at, 0};
    if (pleat__line_skip_blanks(line))
        PLEAT__TRY(take_word(line, &word, error));
    s->kind = pleat__text_find_kind(word);
    if (s->kind != NULL)
        return PLEAT_OK;
    char kinds[256] = "";
    struct pleat__writer writer = {kinds, sizeof kinds, 0};
    pleat__text_print_kinds(&writer);
    return pleat__fail(error, PLEAT_BAD_FORMAT, "'%.*s' is no kind of layer: there are %s",
                       PLEAT__SHOWN(word), kinds);
}

/* Reads what comes before the inputs: "name = kind", or "output". */
static enum pleat_status read_head(struct pleat__statement *s, struct pleat__line *line,
                                   struct pleat_error *error) {
    struct pleat__word word;
    PLEAT__TRY(take_word(line, &word, error));
    const bool more = pleat__line_skip_blanks(line);
    if (!more || !pleat__line_take_character(line, '=')) {
        if (pleat__word_is(word, "output") && more)
            return PLEAT_OK;
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "'%.*s' must be followed by '=' and a kind, or be \"output\" and names",
                           PLEAT__SHOWN(word));
    }
    PLEAT__TRY(read_name(word, s->name, error));
    return read_kind(s, line, error);
}

/* Returns where the value of that key belongs; NULL where the kind has no such. */
static struct pleat__word *find_key(struct pleat__statement *s, struct pleat__word word) {
    for (int i = 0; s->kind != NULL && s->kind->key[i].name != NULL; i++)
        if (pleat__word_is(word, s->kind->key[i].name))
            return &s->value[i];
    for (int i = 0; s->kind != NULL && i < PLEAT__SETTINGS; i++)
        if (pleat__setting_is_for(i, s->kind->parameters) &&
            pleat__word_is(word, pleat__setting_name[i]))
            return &s->setting[i];
    return NULL;
}

static enum pleat_status refuse_key(const struct pleat__statement *s, struct pleat__word word,
                                    struct pleat_error *error) {
    char keys[160] = "";
    struct pleat__writer writer = {keys, sizeof keys, 0};
    for (int i = 0; s->kind != NULL && s->kind->key[i].name != NULL; i++)
        pleat__print(&writer, " %s", s->kind->key[i].name);
    for (int i = 0; s->kind != NULL && i < PLEAT__SETTINGS; i++)
        if (pleat__setting_is_for(i, s->kind->parameters))
            pleat__print(&writer, " %s", pleat__setting_name[i]);
    return pleat__fail(error, PLEAT_BAD_FORMAT, "%s has no key '%.*s'%s%s",
                       s->kind != NULL ? s->kind->word : "output", PLEAT__SHOWN(word),
                       keys[0] != '\0' ? ": it has" : ", and no other", keys);
}

static enum pleat_status read_value(struct pleat__statement *s, struct pleat__line *line,
                                    struct pleat__word key, struct pleat_error *error) {
    struct pleat__word *value = find_key(s, key);
    if (value == NULL)
        return refuse_key(s, key, error);
    if (value->at != NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%.*s is given twice", PLEAT__SHOWN(key));
    PLEAT__TRY(take_word(line, value, error));
    if (value->length == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%.*s= needs a value right behind it",
                           PLEAT__SHOWN(key));
    return PLEAT_OK;
}

static enum pleat_status read_word(struct pleat__statement *s, struct pleat__line *line,
                                   struct pleat_error *error) {
    struct pleat__word word;
    PLEAT__TRY(take_word(line, &word, error));
    if (word.length == 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "'=' stands alone: a key and its value are one word, such as kernel=3");
    if (pleat__line_take_character(line, '='))
        return read_value(s, line, word, error);
    if (s->input_count == PLEAT_MAX_INPUTS)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "there are more than %d names",
                           PLEAT_MAX_INPUTS);
    PLEAT__TRY(read_name(word, s->input[s->input_count], error));
    s->input_count++;
    return PLEAT_OK;
}

static enum pleat_status check_complete(const struct pleat__statement *s,
                                        struct pleat_error *error) {
    const struct pleat__text_kind *kind = s->kind;
    if (kind == NULL)
        return PLEAT_OK;
    const int least = kind->least_inputs, most = kind->most_inputs, got = s->input_count;
    if ((got < least || got > most) && least == most)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s reads %s, got %d", kind->word,
                           most == 0 ? "no layer" : "one layer", got);
    if (got < least || got > most)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s reads %d to %d layers, got %d", kind->word,
                           least, most, got);
    for (int i = 0; kind->key[i].name != NULL; i++)
        if (kind->key[i].required && s->value[i].at == NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "%s needs %s=", kind->word,
                               kind->key[i].name);
    return PLEAT_OK;
}

enum pleat_status pleat__statement_read(struct pleat__statement *statement, struct pleat__line line,
                                        struct pleat_error *error) {
    *statement = (struct pleat__statement){.kind = NULL};
    PLEAT__TRY(read_head(statement, &line, error));
    while (pleat__line_skip_blanks(&line))
        PLEAT__TRY(read_word(statement, &line, error));
    return check_complete(statement, error);
}
