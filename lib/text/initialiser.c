/* Reading and printing initialisers. */
#include "text/initialiser.h"

#include <string.h>

#include "text/number.h"

/* By pleat_initialiser_kind; the two behind are constants. */
static const char *const names[] = {"constant",   "normal",       "uniform",        "he",
                                    "he_uniform", "glorot",       "glorot_uniform", "bilinear",
                                    "icnr",       "icnr_uniform", "zeros",          "ones"};
enum { NAMES = sizeof names / sizeof names[0], ZEROS = NAMES - 2 };

bool pleat__initialiser_read(struct pleat__word word, struct pleat_initialiser *init) {
    const char *colon = memchr(word.at, ':', word.length);
    const size_t length = colon != NULL ? (size_t)(colon - word.at) : word.length;
    int kind = 0;
    while (kind < NAMES && !pleat__word_is((struct pleat__word){word.at, length}, names[kind]))
        kind++;
    if (kind >= ZEROS) {
        *init = (struct pleat_initialiser){
            .kind = PLEAT_INITIALISER_CONSTANT, .count = 1, .number = {kind - ZEROS}};
        return kind < NAMES && colon == NULL;
    }
    *init = (struct pleat_initialiser){.kind = (enum pleat_initialiser_kind)kind};
    word = (struct pleat__word){word.at + length, word.length - length};
    while (init->count < 2 && pleat__word_take(&word, init->count == 0 ? ':' : ','))
        if (!pleat__take_number(&word, &init->number[init->count++]))
            return false;
    return word.length == 0;
}

void pleat__initialiser_print(const struct pleat_initialiser *init, struct pleat__writer *writer) {
    const double first = init->number[0];
    if (init->kind == PLEAT_INITIALISER_CONSTANT && (first == 0 || first == 1)) {
        pleat__print(writer, "%s", names[ZEROS + (int)first]);
        return;
    }
    pleat__print(writer, "%s", names[init->kind]);
    for (int i = 0; i < init->count; i++) {
        pleat__print(writer, i == 0 ? ":" : ",");
        pleat__print_number(writer, init->number[i]);
    }
}

void pleat__initialiser_print_names(struct pleat__writer *writer) {
    for (int i = 0; i < NAMES; i++)
        pleat__print(writer, "%s%s", i > 0 ? " " : "", names[i]);
}
