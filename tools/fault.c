/* Errors of the program's own. */
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

enum pleat_status fault(struct pleat_error *error, enum pleat_status status, const char *format,
                        ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    error->status = status;
    return status;
}
