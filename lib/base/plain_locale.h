/* The locale "C" for this thread alone, where the point of a number is a point. */
#ifndef PLEAT_BASE_PLAIN_LOCALE_H
#define PLEAT_BASE_PLAIN_LOCALE_H

#include <locale.h>

/* Enters it and returns what it was; *plain is for leaving. */
static inline locale_t pleat__enter_plain_locale(locale_t *plain) {
    *plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return uselocale(*plain);
}

static inline void pleat__leave_plain_locale(locale_t plain, locale_t before) {
    uselocale(before);
    if (plain != (locale_t)0)
        freelocale(plain);
}

#endif
