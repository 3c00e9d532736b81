/* What every verb needs to read its command line. A function that finds an error prints it, as one
 * line on standard error that begins with the program and the verb, and returns false; the verb
 * then returns EXIT_USAGE. */
#ifndef PLEAT_TOOLS_OPTIONS_H
#define PLEAT_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/status.h>

/* The most numbers that a list on the command line has: begins and ends of three axes. */
#define MAX_INTEGERS 6

/* A list of integers as it was typed; count 0 means that the option was not given. */
struct integers {
    int count;
    int64_t value[MAX_INTEGERS];
};

/* Prints "pleat VERB: message; see pleat VERB --help" (without the verb where it is NULL) and
 * returns EXIT_USAGE. */
int usage_error(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "pleat VERB: message" and returns EXIT_FAILURE. */
int failure(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the detail of a library error as failure does, and returns EXIT_FAILURE. */
int library_failure(const char *verb, const struct pleat_error *error);

/* Says what was wrong with the option that getopt_long has just returned '?' or ':' for (the short
 * options must begin with ':' and opterr be 0), and returns EXIT_USAGE. */
int option_error(const char *verb, char **argv, int result);

/* Reads an integer in minimum..maximum. option is the name for the message, such as "--scale". */
bool read_integer(const char *verb, const char *option, const char *text, int64_t minimum,
                  int64_t maximum, int64_t *value);

/* Reads a finite decimal number in minimum..maximum. */
bool read_number(const char *verb, const char *option, const char *text, double minimum,
                 double maximum, double *value);

/* Reads one of two words; *value becomes 0 for the first and 1 for the second. */
bool read_choice(const char *verb, const char *option, const char *text, const char *first,
                 const char *second, int *value);

/* Reads a list such as "2" or "2,2", of one to MAX_INTEGERS integers. */
bool read_integers(const char *verb, const char *option, const char *text, struct integers *list);

/* Spreads a list over the axes: value[a] = the a-th integer, or the only one; or otherwise, on
 * every axis, where the option was not given. */
bool spread_integers(const char *verb, const char *option, const struct integers *list, int axes,
                     int64_t otherwise, int64_t *value);

/* Spreads a list of paddings over the axes: one for all, one for each axis (both ends), or begins
 * of all axes and then ends of all axes (as ONNX's pads). Nothing given means 0. */
bool spread_paddings(const char *verb, const char *option, const struct integers *list, int axes,
                     int64_t *begin, int64_t *end);

#endif
