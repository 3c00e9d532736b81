/* Sheets of small images. */
#ifndef PLEAT_TOOLS_GENERATE_SHEET_H
#define PLEAT_TOOLS_GENERATE_SHEET_H

#include <pleat/tensor.h>

/* Writes images[n][1][height][width], between 0 and 1, as a grey PNG: in rows of `columns`, twice
 * enlarged, with white lines between. */
enum pleat_status images_sheet_write(const char *path, const struct pleat_tensor *images,
                                     int64_t columns, struct pleat_error *error);

#endif
