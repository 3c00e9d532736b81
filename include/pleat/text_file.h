/* Models as text (text.h) in files. */
#ifndef PLEAT_TEXT_FILE_H
#define PLEAT_TEXT_FILE_H

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a file as pleat_text_read reads a text; it may be as long as memory allows. Messages begin
 * with the path.
 *
 * Statuses as pleat_text_read, with path among the pointers; PLEAT_BAD_FORMAT also: a byte 0.
 * PLEAT_IO: the file cannot be read, or is not a regular one. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_text_read_file(struct pleat_model **model,
                                                                 const char *path,
                                                                 enum pleat_dtype dtype,
                                                                 struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
