/* Errors of the program's own that travel as the library's do: a status and a sentence. */
#ifndef PLEAT_TOOLS_FAULT_H
#define PLEAT_TOOLS_FAULT_H

#include <pleat/status.h>

/* Fills *error with the status and the sentence and returns the status. */
enum pleat_status fault(struct pleat_error *error, enum pleat_status status, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));

/* Returns from the calling function where the call failed. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        const enum pleat_status try_status = (call);                                               \
        if (try_status != PLEAT_OK)                                                                \
            return try_status;                                                                     \
    } while (0)

#endif
