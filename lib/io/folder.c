/* Listing the images of a folder. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "io/folder.h"
#include "io/path.h"

static bool is_image_name(const char *name) {
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t ending = strlen(endings[i]);
        if (name[0] != '.' && length > ending &&
            strcasecmp(name + (length - ending), endings[i]) == 0)
            return true;
    }
    return false;
}

/* Makes room for one more path. */
static bool grow(struct pleat__folder *folder) {
    if (folder->count < folder->room)
        return true;
    const size_t room = folder->room == 0 ? 64 : 2 * folder->room;
    char **paths = pleat__allocate(room, sizeof *paths);
    if (paths == NULL)
        return false;
    if (folder->count > 0)
        memcpy(paths, folder->paths, folder->count * sizeof *paths);
    pleat__free(folder->paths);
    folder->paths = paths;
    folder->room = room;
    return true;
}

static enum pleat_status add(struct pleat__folder *folder, const char *path, const char *name,
                             struct pleat_error *error) {
    const size_t bytes = folder->name_start + strlen(name) + 1;
    char *joined = grow(folder) ? pleat__allocate(bytes, 1) : NULL;
    if (joined == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the names in a folder");
    snprintf(joined, bytes, "%s/%s", path, name);
    struct stat status;
    if (stat(joined, &status) == 0 && S_ISDIR(status.st_mode))
        pleat__free(joined);
    else
        folder->paths[folder->count++] = joined;
    return PLEAT_OK;
}

static enum pleat_status add_all(struct pleat__folder *folder, const char *path, DIR *stream,
                                 struct pleat_error *error) {
    for (;;) {
        errno = 0; /* tells the end from an error */
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            return errno == 0 ? PLEAT_OK : pleat__fail_errno(error, path, "read the folder");
        if (is_image_name(entry->d_name))
            PLEAT__TRY(add(folder, path, entry->d_name, error));
    }
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum pleat_status pleat__folder_list(struct pleat__folder *folder, const char *path,
                                     struct pleat_error *error) {
    DIR *stream = opendir(path);
    if (stream == NULL)
        return pleat__fail_errno(error, path, "open the folder");
    folder->name_start = strlen(path) + 1;
    const enum pleat_status status = add_all(folder, path, stream, error);
    closedir(stream);
    if (folder->count > 0)
        qsort(folder->paths, folder->count, sizeof *folder->paths, compare_paths);
    return status;
}

const char *pleat__folder_name(const struct pleat__folder *folder, size_t index) {
    return folder->paths[index] + folder->name_start;
}

void pleat__folder_free(struct pleat__folder *folder) {
    for (size_t i = 0; i < folder->count; i++)
        pleat__free(folder->paths[i]);
    pleat__free(folder->paths);
    *folder = (struct pleat__folder){0};
}
