/* The image files of a folder. */
#ifndef PLEAT_IO_FOLDER_H
#define PLEAT_IO_FOLDER_H

#include <stddef.h>

#include <pleat/status.h>

struct pleat__folder {
    size_t count, room; /* room: of paths */
    char **paths;       /* the folder's path, "/", the name */
    size_t name_start;  /* where the name begins in each */
};

/* Lists the files of a folder, subfolders excepted, whose names end in .png, .jpg or .jpeg in lower
 * or upper case and do not begin with a dot, sorted by the bytes of their names, into *folder,
 * which must be all zeros and is to be freed by pleat__folder_free, on an error too. PLEAT_IO,
 * PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__folder_list(struct pleat__folder *folder, const char *path,
                                     struct pleat_error *error);

const char *pleat__folder_name(const struct pleat__folder *folder, size_t index);

void pleat__folder_free(struct pleat__folder *folder);

#endif
