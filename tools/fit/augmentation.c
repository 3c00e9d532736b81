/* Ways to augment, by their words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit/fit.h"

/* Takes one word, with its number or NAN; false where it is none. */
static bool take(const char *word, double number, struct pleat_augmentation *a) {
    const bool bare = isnan(number);
    if (strcmp(word, "flip") == 0 && bare)
        a->flip_horizontal = true;
    else if (strcmp(word, "updown") == 0 && bare)
        a->flip_vertical = true;
    else if (strcmp(word, "turn") == 0 && bare)
        a->quarter_turns = true;
    else if (strcmp(word, "rotate") == 0 && number >= 0 && number <= 180)
        a->max_angle = number;
    else if (strcmp(word, "zoom") == 0 && number >= 1 && number <= 100) {
        a->min_scale = 1 / number;
        a->max_scale = number;
    } else if (strcmp(word, "brightness") == 0 && number >= 0 && number <= 1)
        a->brightness = number;
    else if (strcmp(word, "contrast") == 0 && number >= 0 && number <= 1)
        a->contrast = number;
    else
        return false;
    return true;
}

bool fit_read_augmentation(const char *text, struct pleat_augmentation *augmentation) {
    char word[64];
    for (const char *at = text; *at != '\0';) {
        const size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof word)
            return false;
        memcpy(word, at, length);
        word[length] = '\0';
        at += length + (at[length] == ',');
        char *sign = strchr(word, '='), *end = NULL;
        double number = NAN;
        if (sign != NULL) {
            *sign = '\0';
            number = strtod(sign + 1, &end);
            if (end == sign + 1 || *end != '\0' || isnan(number))
                return false;
        }
        if (!take(word, number, augmentation))
            return false;
    }
    return *text != '\0';
}
