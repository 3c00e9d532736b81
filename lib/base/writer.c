/* Printing into memory. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/plain_locale.h"
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

void pleat__print_number(struct pleat__writer *writer, double value) {
    char text[32];
    locale_t plain;
    const locale_t before = pleat__enter_plain_locale(&plain);
    int digits = 1;
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtod(text, NULL) != value && digits++ < 17);
    pleat__leave_plain_locale(plain, before);
    pleat__print(writer, "%s", text);
}
