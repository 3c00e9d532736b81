/* Text that is printed into memory of any size, cut where it does not fit: printed once to learn
 * its length and again to have it. */
#ifndef PLEAT_BASE_WRITER_H
#define PLEAT_BASE_WRITER_H

#include <stddef.h>

struct pleat__writer {
    char *text; /* ended by a 0 where capacity is above 0; may be NULL where it is 0 */
    size_t capacity;
    size_t length; /* of all that was printed, without the 0, whether it fitted or not */
};

/* Appends what printf would print. */
void pleat__print(struct pleat__writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends as few digits as give the same number back, the same whatever the locale. */
void pleat__print_number(struct pleat__writer *writer, double value);

#endif
