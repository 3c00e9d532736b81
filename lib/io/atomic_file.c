/* Writing under a temporary name, then renaming. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pleat/random.h>

#include "io/atomic_file.h"
#include "io/path.h"

/* How many names are tried before all are believed to be taken. */
#define MOST_NAMES 100

/* Splits a path into the opened folder and the name in it. */
static enum pleat_status open_folder(struct pleat__atomic_file *file, const char *path,
                                     struct pleat_error *error) {
    char target[PATH_MAX];
    if (realpath(path, target) == NULL) { /* most often because there is no file yet */
        if (strlen(path) >= sizeof target) {
            errno = ENAMETOOLONG;
            return pleat__fail_errno(error, path, "write it");
        }
        strcpy(target, path);
    }
    char *slash = strrchr(target, '/');
    const char *name = slash != NULL ? slash + 1 : target;
    if (name[0] == 0 || strlen(name) > NAME_MAX) {
        errno = name[0] == 0 ? EISDIR : ENAMETOOLONG;
        return pleat__fail_errno(error, path, "write it");
    }
    strcpy(file->name, name);
    if (slash != NULL)
        slash[slash == target] = 0;
    file->folder = open(slash != NULL ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->folder < 0)
        return pleat__fail_errno(error, path, "open its folder");
    return PLEAT_OK;
}

/* Refuses what must not be replaced, and takes note of what may be. */
static enum pleat_status examine(struct pleat__atomic_file *file, struct pleat_error *error) {
    struct stat folder, old;
    if (fstat(file->folder, &folder) != 0)
        return pleat__fail_errno(error, file->path, "examine its folder");
    file->device = folder.st_dev;
    file->inode = folder.st_ino;
    file->has_old = false;
    if (fstatat(file->folder, file->name, &old, 0) != 0)
        return errno == ENOENT ? PLEAT_OK : pleat__fail_errno(error, file->path, "write it");
    if (!S_ISREG(old.st_mode))
        return pleat__fail(error, PLEAT_IO, "%s: cannot write it: not a regular file",
                           pleat__path_end(file->path));
    if (faccessat(file->folder, file->name, W_OK, 0) != 0)
        return pleat__fail_errno(error, file->path, "write it");
    file->has_old = true;
    file->mode = old.st_mode & 0777;
    return PLEAT_OK;
}

/* Makes up a name that no one else uses: letters from the clock, the process and the address. The
 * beginning of a long name will do. */
static void make_name(const struct pleat__atomic_file *file, char made[NAME_MAX + 1],
                      const char *kind, unsigned attempt) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    struct pleat_random random =
        pleat_random_seed((uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec +
                          ((uint64_t)getpid() << 40) + (uintptr_t)made + attempt);
    char suffix[7] = {0};
    for (int i = 0; i < 6; i++)
        suffix[i] = letters[pleat_random_below(&random, sizeof letters - 1)];
    snprintf(made, NAME_MAX + 1, "%.240s.%s.%s", file->name, kind, suffix);
}

/* open with O_EXCL, not mkstemp, so that the umask and the folder's defaults apply. What will replace
 * a file that others may not read is never open to them. */
static enum pleat_status create_temporary(struct pleat__atomic_file *file,
                                          struct pleat_error *error) {
    const mode_t mode = file->has_old ? file->mode : (mode_t)0666;
    for (unsigned attempt = 0; attempt < MOST_NAMES; attempt++) {
        make_name(file, file->temporary, "tmp", attempt);
        file->descriptor =
            openat(file->folder, file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file->descriptor >= 0 || errno != EEXIST)
            break;
    }
    if (file->descriptor < 0)
        return pleat__fail_errno(error, file->path, "create a temporary file beside it");
    if (file->has_old)
        fchmod(file->descriptor, mode); /* fails where the file system has no permissions */
    return PLEAT_OK;
}

enum pleat_status pleat__atomic_open(struct pleat__atomic_file *file, const char *path,
                                     struct pleat_error *error) {
    struct pleat__atomic_file made = {.path = path, .folder = -1, .descriptor = -1};
    PLEAT__TRY(open_folder(&made, path, error));
    enum pleat_status status = examine(&made, error);
    if (status == PLEAT_OK)
        status = create_temporary(&made, error);
    if (status != PLEAT_OK) {
        close(made.folder);
        return status;
    }
    *file = made;
    return PLEAT_OK;
}

enum pleat_status pleat__atomic_write(struct pleat__atomic_file *file, const void *data,
                                      size_t bytes, struct pleat_error *error) {
    const unsigned char *next = data;
    while (bytes > 0) {
        const ssize_t written = write(file->descriptor, next, bytes < INT_MAX ? bytes : INT_MAX);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return pleat__fail_errno(error, file->path, "write it");
        next += written;
        bytes -= (size_t)written;
    }
    return PLEAT_OK;
}

static enum pleat_status refuse_twins(const struct pleat__atomic_file *files, size_t count,
                                      struct pleat_error *error) {
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (files[i].device == files[j].device && files[i].inode == files[j].inode &&
                strcmp(files[i].name, files[j].name) == 0)
                return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                                   "%s: two outputs have this name: each needs its own",
                                   pleat__path_end(files[i].path));
    return PLEAT_OK;
}

/* Brings the contents to the disk. */
static enum pleat_status finish(struct pleat__atomic_file *file, struct pleat_error *error) {
    if (fsync(file->descriptor) != 0)
        return pleat__fail_errno(error, file->path, "write it");
    const int descriptor = file->descriptor;
    file->descriptor = -1;
    if (close(descriptor) != 0)
        return pleat__fail_errno(error, file->path, "write it");
    return PLEAT_OK;
}

/* Gives the old file a second name (a new one where the file system has no hard links), so that it
 * can be put back. */
static enum pleat_status keep_old(struct pleat__atomic_file *file, struct pleat_error *error) {
    for (unsigned attempt = 0; attempt < MOST_NAMES; attempt++) {
        make_name(file, file->backup, "old", attempt);
        file->has_backup = linkat(file->folder, file->name, file->folder, file->backup, 0) == 0;
        if (file->has_backup || errno == ENOENT)
            return PLEAT_OK;
        if (errno != EEXIST)
            break;
    }
    if (errno == EEXIST) /* renaming would overwrite it */
        return pleat__fail_errno(error, file->path, "keep the old one");
    PLEAT__TRY(examine(file, error)); /* what was no folder a while ago may be one now */
    if (renameat(file->folder, file->name, file->folder, file->backup) != 0)
        return pleat__fail_errno(error, file->path, "keep the old one");
    file->has_backup = true;
    return PLEAT_OK;
}

static enum pleat_status put_in_place(struct pleat__atomic_file *file, struct pleat_error *error) {
    if (renameat(file->folder, file->temporary, file->folder, file->name) != 0)
        return pleat__fail_errno(error, file->path, "replace it");
    file->renamed = true;
    return PLEAT_OK;
}

/* Where this fails too, the backup is the only copy of the old file, and stays. */
static void put_back(struct pleat__atomic_file *file) {
    if (file->has_backup)
        file->has_backup = renameat(file->folder, file->backup, file->folder, file->name) == 0;
    else if (file->renamed)
        unlinkat(file->folder, file->name, 0);
}

/* A single file needs no backup: its one rename happens or does not. */
static enum pleat_status replace_all(struct pleat__atomic_file *files, size_t count,
                                     struct pleat_error *error) {
    PLEAT__TRY(refuse_twins(files, count, error));
    for (size_t i = 0; i < count; i++)
        PLEAT__TRY(finish(&files[i], error));
    for (size_t i = 0; i < count && count > 1; i++)
        PLEAT__TRY(keep_old(&files[i], error));
    for (size_t i = 0; i < count; i++)
        PLEAT__TRY(put_in_place(&files[i], error));
    return PLEAT_OK;
}

enum pleat_status pleat__atomic_commit(struct pleat__atomic_file *files, size_t count,
                                       struct pleat_error *error) {
    const enum pleat_status status = replace_all(files, count, error);
    for (size_t i = 0; i < count; i++) {
        if (status != PLEAT_OK)
            put_back(&files[i]);
        /* The files are whole whatever this says: were it to fail, the worst is that a power cut
         * brings back the old ones. */
        fsync(files[i].folder);
    }
    pleat__atomic_discard(files, count);
    return status;
}

void pleat__atomic_discard(struct pleat__atomic_file *files, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (files[i].descriptor >= 0)
            close(files[i].descriptor);
        if (!files[i].renamed)
            unlinkat(files[i].folder, files[i].temporary, 0);
        /* Renaming one hard link onto another does nothing, so a backup may be there even where it
         * was put back. */
        if (files[i].has_backup)
            unlinkat(files[i].folder, files[i].backup, 0);
        close(files[i].folder);
    }
}
