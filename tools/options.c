/* Reading the command line, and saying what was wrong with it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "verbs.h"

/* "pleat" or "pleat VERB". */
static void print_command(const char *verb) {
    fprintf(stderr, verb != NULL ? "pleat %s" : "pleat", verb);
}

static void __attribute__((format(printf, 2, 0)))
print_message(const char *verb, const char *format, va_list arguments) {
    print_command(verb);
    fputs(": ", stderr);
    vfprintf(stderr, format, arguments);
}

int usage_error(const char *verb, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message(verb, format, arguments);
    va_end(arguments);
    fputs("; see ", stderr);
    print_command(verb);
    fputs(" --help\n", stderr);
    return EXIT_USAGE;
}

int failure(const char *verb, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    print_message(verb, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_FAILURE;
}

int library_failure(const char *verb, const struct pleat_error *error) {
    return failure(verb, "%s", error->message);
}

int option_error(const char *verb, char **argv, int result) {
    const char *typed = argv[optind - 1];
    if (result == ':')
        return usage_error(verb, "option '%s' needs a value", typed);
    if (strncmp(typed, "--", 2) == 0)
        return usage_error(verb, "option '%s' is unknown, ambiguous or takes no value", typed);
    return usage_error(verb, "there is no option '-%c'", optopt);
}

/* Reads one integer at text and stores where it ends; false where there is none, or one that does
 * not fit. */
static bool scan_integer(const char *text, const char **end, int64_t *value) {
    /* strtoimax takes blanks and a plus sign before the number; a list of ours has neither. */
    if (*text != '-' && (*text < '0' || *text > '9'))
        return false;
    char *stop;
    errno = 0;
    const intmax_t number = strtoimax(text, &stop, 10);
    if (errno != 0 || stop == text || number < INT64_MIN || number > INT64_MAX)
        return false;
    *end = stop;
    *value = number;
    return true;
}

bool read_integer(const char *verb, const char *option, const char *text, int64_t minimum,
                  int64_t maximum, int64_t *value) {
    const char *end;
    int64_t number;
    if (!scan_integer(text, &end, &number) || *end != '\0' || number < minimum ||
        number > maximum) {
        usage_error(verb, "%s must be an integer from %" PRId64 " to %" PRId64 ", got '%s'", option,
                    minimum, maximum, text);
        return false;
    }
    *value = number;
    return true;
}

bool read_number(const char *verb, const char *option, const char *text, double minimum,
                 double maximum, double *value) {
    char *end;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number) ||
        !(number >= minimum && number <= maximum)) {
        usage_error(verb, "%s must be a number from %g to %g, got '%s'", option, minimum, maximum,
                    text);
        return false;
    }
    *value = number;
    return true;
}

bool read_choice(const char *verb, const char *option, const char *text, const char *first,
                 const char *second, int *value) {
    if (strcmp(text, first) != 0 && strcmp(text, second) != 0) {
        usage_error(verb, "%s must be %s or %s, got '%s'", option, first, second, text);
        return false;
    }
    *value = strcmp(text, second) == 0;
    return true;
}

bool read_integers(const char *verb, const char *option, const char *text, struct integers *list) {
    struct integers read = {0};
    const char *at = text;
    while (read.count < MAX_INTEGERS && scan_integer(at, &at, &read.value[read.count])) {
        read.count++;
        if (*at == '\0') {
            *list = read;
            return true;
        }
        if (*at++ != ',')
            break;
    }
    usage_error(verb, "%s must be one to %d integers such as 2 or 2,2, got '%s'", option,
                MAX_INTEGERS, text);
    return false;
}

bool spread_integers(const char *verb, const char *option, const struct integers *list, int axes,
                     int64_t otherwise, int64_t *value) {
    if (list->count > 1 && list->count != axes) {
        usage_error(verb, "%s takes one integer, or one for each of the %d axes, got %d", option,
                    axes, list->count);
        return false;
    }
    for (int axis = 0; axis < axes; axis++)
        value[axis] = list->count == 0 ? otherwise : list->value[list->count == 1 ? 0 : axis];
    return true;
}

bool spread_paddings(const char *verb, const char *option, const struct integers *list, int axes,
                     int64_t *begin, int64_t *end) {
    if (list->count > 1 && list->count != axes && list->count != 2 * axes) {
        usage_error(verb,
                    "%s takes one integer, one for each of the %d axes, or %d begins and %d ends, "
                    "got %d",
                    option, axes, axes, axes, list->count);
        return false;
    }
    for (int axis = 0; axis < axes; axis++) {
        begin[axis] = list->count == 0 ? 0 : list->value[list->count == 1 ? 0 : axis];
        end[axis] = list->count == 2 * axes ? list->value[axes + axis] : begin[axis];
    }
    return true;
}
