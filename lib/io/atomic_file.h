/* Files that appear whole or not at all: each is written under a temporary name in its own folder
 * and renamed when it is complete and on the disk. */
#ifndef PLEAT_IO_ATOMIC_FILE_H
#define PLEAT_IO_ATOMIC_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <pleat/status.h>

struct pleat__atomic_file {
    const char *path; /* the caller's, for messages */
    int folder;       /* descriptors */
    int descriptor;
    dev_t device; /* which folder it is */
    ino_t inode;
    bool has_old; /* whether there is a file to replace, and its permissions */
    mode_t mode;
    bool has_backup, renamed; /* how far a commit came */
    char name[NAME_MAX + 1];  /* all in folder */
    char temporary[NAME_MAX + 1];
    char backup[NAME_MAX + 1];
};

/* Creates the temporary file, name + ".tmp." + six letters; followed by pleat__atomic_commit or
 * pleat__atomic_discard. It takes the permissions of the file that it will replace, or those that
 * the umask leaves of a new one. A symbolic link to an existing file is followed. Refuses
 * (PLEAT_IO) to replace what is not a regular file or is write-protected. */
enum pleat_status pleat__atomic_open(struct pleat__atomic_file *file, const char *path,
                                     struct pleat_error *error);

/* Appends bytes. PLEAT_IO, such as a full disk. */
enum pleat_status pleat__atomic_write(struct pleat__atomic_file *file, const void *data,
                                      size_t bytes, struct pleat_error *error);

/* Puts all files in their places, or, on an error, none: old files are then as they were. Either
 * way the temporaries are gone and the files closed. Of several files an observer may see some new
 * and some old for a moment, and a crash within that moment leaves them so, with the old ones under
 * their backup names, name + ".old." + six letters. An old file that cannot be put back after an
 * error stays under its backup name too. PLEAT_INVALID_ARGUMENT: two of them are one file.
 * PLEAT_IO. */
enum pleat_status pleat__atomic_commit(struct pleat__atomic_file *files, size_t count,
                                       struct pleat_error *error);

/* Removes the temporaries and closes the files. */
void pleat__atomic_discard(struct pleat__atomic_file *files, size_t count);

#endif
