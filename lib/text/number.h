/* Numbers at the beginning of words, the same whatever the locale. */
#ifndef PLEAT_TEXT_NUMBER_H
#define PLEAT_TEXT_NUMBER_H

#include <stdint.h>

#include "text/word.h"

/* Read a decimal number at the beginning of the word and cut it off; false, with the word as it
 * was, where there is none, or none that is finite and fits. */
bool pleat__take_integer(struct pleat__word *word, int64_t *value);
bool pleat__take_number(struct pleat__word *word, double *value);

/* Takes this character at the beginning of the word. */
bool pleat__word_take(struct pleat__word *word, char character);

#endif
