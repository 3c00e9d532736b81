/* The words of a line. */
#ifndef PLEAT_TEXT_WORD_H
#define PLEAT_TEXT_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include <pleat/model.h>

#include "base/writer.h"

/* Bytes of the text, quotes included; at is NULL where there is none. */
struct pleat__word {
    const char *at;
    size_t length;
};

/* What printf needs for "%.*s", cut so that a message keeps room for what is wrong with it. */
#define PLEAT__SHOWN(word) (int)((word).length < 48 ? (word).length : 48), (word).at

/* What is left of a line. */
struct pleat__line {
    const char *at, *end;
};

/* Moves to the next word; false at the end of the line, or where a comment begins. */
bool pleat__line_skip_blanks(struct pleat__line *line);

/* Takes the word that the line begins with: a quoted one, or all up to a blank, '#' or '='. Its
 * length is 0 where there is neither; false where a quote is not closed. */
bool pleat__line_take(struct pleat__line *line, struct pleat__word *word);

/* Takes this character, where the line begins with it. */
bool pleat__line_take_character(struct pleat__line *line, char character);

bool pleat__word_is(struct pleat__word word, const char *text);

/* Stores the name that the word stands for; false where it has not 1 to PLEAT_MAX_NAME bytes, or
 * where what is behind a backslash in quotes is none of \" \\ \xHH. */
bool pleat__word_name(struct pleat__word word, char name[PLEAT_MAX_NAME + 1]);

/* Prints the name, in quotes where it needs them. */
void pleat__print_name(struct pleat__writer *writer, const char *name);

#endif
