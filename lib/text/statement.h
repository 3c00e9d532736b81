/* One line of a text, taken apart. */
#ifndef PLEAT_TEXT_STATEMENT_H
#define PLEAT_TEXT_STATEMENT_H

#include "text/kind.h"
#include "text/setting.h"

struct pleat__statement {
    const struct pleat__text_kind *kind; /* NULL: the line marks its inputs as outputs */
    char name[PLEAT_MAX_NAME + 1];
    int input_count;
    char input[PLEAT_MAX_INPUTS][PLEAT_MAX_NAME + 1];
    struct pleat__word value[PLEAT__MAX_KEYS]; /* of the kind's keys */
    struct pleat__word setting[PLEAT__SETTINGS];
};

/* Takes a line apart that is not empty. PLEAT_BAD_FORMAT: it is none of the format's, or has a kind
 * or key that there is not, a key twice, a required one not at all, or too few or too many inputs.
 * The name is empty in messages until it has been read. */
enum pleat_status pleat__statement_read(struct pleat__statement *statement, struct pleat__line line,
                                        struct pleat_error *error);

#endif
