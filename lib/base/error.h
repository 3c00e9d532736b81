/* How library code reports an error: return pleat__fail(error, status, "what, and what would do").
 */
#ifndef PLEAT_BASE_ERROR_H
#define PLEAT_BASE_ERROR_H

#include <pleat/status.h>

/* Fills *error (unless NULL) and returns status. A message that is too long is cut. */
enum pleat_status pleat__fail(struct pleat_error *error, enum pleat_status status,
                              const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Returns from the calling function, with its status, if a call failed. */
#define PLEAT__TRY(call)                                                                           \
    do {                                                                                           \
        const enum pleat_status pleat__try_status = (call);                                        \
        if (pleat__try_status != PLEAT_OK)                                                         \
            return pleat__try_status;                                                              \
    } while (0)

/* Refuses NULL for an argument, by its own name. */
#define PLEAT__REQUIRE(pointer, error)                                                             \
    do {                                                                                           \
        if ((pointer) == NULL)                                                                     \
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", #pointer);    \
    } while (0)

#endif
