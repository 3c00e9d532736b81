/* Filling in the detail of an error. */
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

enum pleat_status pleat__fail(struct pleat_error *error, enum pleat_status status,
                              const char *format, ...) {
    if (error != NULL) {
        error->status = status;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return status;
}
