/* Numbers taken off words. */
#include "text/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain_locale.h"

#define MOST_BYTES 64

/* How many bytes at the beginning of the word are of this set, at most MOST_BYTES - 1, copied into
 * text. */
static void copy_span(struct pleat__word word, const char *set, char text[MOST_BYTES]) {
    size_t length = 0;
    while (length < word.length && length < MOST_BYTES - 1 && word.at[length] != '\0' &&
           strchr(set, word.at[length]) != NULL) {
        text[length] = word.at[length];
        length++;
    }
    text[length] = '\0';
}

static void cut(struct pleat__word *word, ptrdiff_t bytes) {
    word->at += bytes;
    word->length -= (size_t)bytes;
}

bool pleat__take_integer(struct pleat__word *word, int64_t *value) {
    char text[MOST_BYTES], *end;
    copy_span(*word, "-0123456789", text);
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    if (end == text || errno != 0)
        return false;
    cut(word, end - text);
    *value = number;
    return true;
}

bool pleat__take_number(struct pleat__word *word, double *value) {
    char text[MOST_BYTES], *end;
    copy_span(*word, "+-.0123456789eE", text);
    locale_t plain;
    const locale_t before = pleat__enter_plain_locale(&plain);
    const double number = strtod(text, &end);
    pleat__leave_plain_locale(plain, before);
    if (end == text || !isfinite(number))
        return false;
    cut(word, end - text);
    *value = number;
    return true;
}

bool pleat__word_take(struct pleat__word *word, char character) {
    if (word->length == 0 || *word->at != character)
        return false;
    cut(word, 1);
    return true;
}
