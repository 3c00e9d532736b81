/* Scanning words, and names in quotes. */
#include "text/word.h"

#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool pleat__line_skip_blanks(struct pleat__line *line) {
    while (line->at < line->end && is_blank(*line->at))
        line->at++;
    return line->at < line->end && *line->at != '#';
}

/* The end of what is in quotes from begin on, the quotes included, or NULL. */
static const char *find_quote(const char *begin, const char *end) {
    for (const char *at = begin + 1; at < end; at++)
        if (*at == '"')
            return at + 1;
        else if (*at == '\\')
            at++;
    return NULL;
}

bool pleat__line_take(struct pleat__line *line, struct pleat__word *word) {
    const char *at = line->at;
    if (at < line->end && *at == '"') {
        at = find_quote(at, line->end);
        if (at == NULL)
            return false;
    } else {
        while (at < line->end && !is_blank(*at) && *at != '#' && *at != '=')
            at++;
    }
    *word = (struct pleat__word){line->at, (size_t)(at - line->at)};
    line->at = at;
    return true;
}

bool pleat__line_take_character(struct pleat__line *line, char character) {
    if (line->at >= line->end || *line->at != character)
        return false;
    line->at++;
    return true;
}

bool pleat__word_is(struct pleat__word word, const char *text) {
    return strlen(text) == word.length && memcmp(word.at, text, word.length) == 0;
}

/* The digit's value, or -1. */
static int hexadecimal(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* Reads what is behind a backslash and moves *at behind it; 0, which no name holds, where that is
 * nothing. */
static char read_escape(const char **at, const char *end) {
    const char c = *at < end ? *(*at)++ : '\0';
    if (c == '"' || c == '\\')
        return c;
    if (c != 'x' || end - *at < 2 || hexadecimal((*at)[0]) < 0 || hexadecimal((*at)[1]) < 0)
        return '\0';
    const int byte = 16 * hexadecimal((*at)[0]) + hexadecimal((*at)[1]);
    *at += 2;
    return (char)byte;
}

bool pleat__word_name(struct pleat__word word, char name[PLEAT_MAX_NAME + 1]) {
    const bool quoted = word.length > 0 && word.at[0] == '"';
    const char *at = word.at + quoted, *end = word.at + word.length - quoted;
    size_t length = 0;
    while (at < end) {
        char c = *at++;
        if (quoted && c == '\\')
            c = read_escape(&at, end);
        if (c == '\0' || length == PLEAT_MAX_NAME)
            return false;
        name[length++] = c;
    }
    name[length] = '\0';
    return length > 0;
}

static bool is_control(char c) {
    return (unsigned char)c < ' ' || c == 0x7f;
}

void pleat__print_name(struct pleat__writer *writer, const char *name) {
    bool quoted = false;
    for (const char *at = name; *at != '\0'; at++)
        quoted = quoted || is_control(*at) || strchr(" \"#=", *at) != NULL;
    if (!quoted) {
        pleat__print(writer, "%s", name);
        return;
    }
    pleat__print(writer, "\"");
    for (const char *at = name; *at != '\0'; at++)
        if (is_control(*at))
            pleat__print(writer, "\\x%02x", (unsigned)*at);
        else
            pleat__print(writer, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
    pleat__print(writer, "\"");
}
