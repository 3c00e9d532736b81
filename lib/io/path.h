/* Errors that name a file. */
#ifndef PLEAT_IO_PATH_H
#define PLEAT_IO_PATH_H

#include <errno.h>
#include <string.h>

#include "base/error.h"

/* Returns the path, or its end where it is so long that it would crowd the reason out of an error's
 * message. */
static inline const char *pleat__path_end(const char *path) {
    const size_t most = 120, length = strlen(path);
    return length > most ? path + (length - most) : path;
}

/* Reports that the operating system refused something, with errno's sentence. */
static inline enum pleat_status pleat__fail_errno(struct pleat_error *error, const char *path,
                                                  const char *what) {
    const int code = errno;
    char reason[96];
    if (strerror_r(code, reason, sizeof reason) != 0)
        reason[0] = 0;
    return pleat__fail(error, PLEAT_IO, "%s: cannot %s: %s (errno %d)", pleat__path_end(path), what,
                       reason, code);
}

/* Passes on an error of code that knows the contents only, with the file's name before it. */
static inline enum pleat_status pleat__fail_in(struct pleat_error *error, const char *path,
                                               const struct pleat_error *detail) {
    return pleat__fail(error, detail->status, "%s: %s", pleat__path_end(path), detail->message);
}

#endif
