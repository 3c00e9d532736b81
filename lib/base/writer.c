/* Printing into memory. */
#include <stdarg.h>
#include <stdio.h>

#include "base/writer.h"

void pleat__print(struct pleat__writer *writer, const char *format, ...) {
    const size_t room = writer->length < writer->capacity ? writer->capacity - writer->length : 0;
    va_list arguments;
    va_start(arguments, format);
    const int length =
        vsnprintf(room > 0 ? writer->text + writer->length : NULL, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        writer->length += (size_t)length;
}
