/* Listing and tidying the folder of a run. */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/path.h"
#include "train/run_folder.h"

#define BEGINNING "step-"
#define BEST "best"
#define ENDING ".safetensors"
#define TEMPORARY ".tmp." /* then six letters (io/atomic_file.h) */

enum pleat_status pleat__run_path(char *path, size_t bytes, const char *folder, int64_t step,
                                  struct pleat_error *error) {
    const int length = snprintf(path, bytes, "%s/" BEGINNING "%09" PRId64 ENDING, folder, step);
    if (length >= 0 && (size_t)length < bytes)
        return PLEAT_OK;
    errno = ENAMETOOLONG;
    return pleat__fail_errno(error, folder, "use the folder");
}

/* Returns the step of a checkpoint's name, or -1. */
static int64_t step_of(const char *name) {
    const size_t beginning = sizeof BEGINNING - 1;
    if (strncmp(name, BEGINNING, beginning) != 0)
        return -1;
    const char *digits = name + beginning;
    const size_t length = strspn(digits, "0123456789");
    if (length < 9 || length > 18 || strcmp(digits + length, ENDING) != 0)
        return -1;
    return strtoll(digits, NULL, 10);
}

/* Tells whether a name is that of a temporary file for a checkpoint, or for the best one. */
static bool is_temporary(const char *name) {
    const char *mark = strstr(name, ENDING TEMPORARY);
    return (strncmp(name, BEGINNING, sizeof BEGINNING - 1) == 0 ||
            strncmp(name, BEST ENDING, sizeof BEST ENDING - 1) == 0) &&
           mark != NULL && strlen(mark) == sizeof ENDING TEMPORARY - 1 + 6;
}

/* Calls visit with every name; a folder that is not there is empty. */
static enum pleat_status visit_names(const char *folder,
                                     void visit(void *context, const char *name), void *context,
                                     struct pleat_error *error) {
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return errno == ENOENT ? PLEAT_OK : pleat__fail_errno(error, folder, "open the folder");
    enum pleat_status status = PLEAT_OK;
    for (;;) {
        errno = 0; /* tells the end from an error */
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            if (errno != 0)
                status = pleat__fail_errno(error, folder, "read the folder");
            break;
        }
        visit(context, entry->d_name);
    }
    closedir(stream);
    return status;
}

struct latest {
    int64_t below, step; /* the largest step below that, so far */
};

static void note_latest(void *context, const char *name) {
    struct latest *latest = context;
    const int64_t step = step_of(name);
    if (step < latest->below && step > latest->step)
        latest->step = step;
}

enum pleat_status pleat__run_latest(const char *folder, int64_t *step, struct pleat_error *error) {
    struct latest latest = {.below = INT64_MAX, .step = -1};
    PLEAT__TRY(visit_names(folder, note_latest, &latest, error));
    *step = latest.step;
    return PLEAT_OK;
}

struct tidying {
    const char *folder;
    int64_t first; /* the first step that stays */
    int code;      /* errno of the first deletion that failed */
};

static void delete_one(void *context, const char *name) {
    struct tidying *tidying = context;
    char path[PATH_MAX];
    const int64_t step = step_of(name);
    if (!is_temporary(name) && (step < 0 || step >= tidying->first))
        return;
    snprintf(path, sizeof path, "%s/%s", tidying->folder, name);
    if (unlink(path) != 0 && errno != ENOENT && tidying->code == 0)
        tidying->code = errno;
}

enum pleat_status pleat__run_tidy(const char *folder, int keep, struct pleat_error *error) {
    struct tidying tidying = {.folder = folder};
    struct latest latest = {.below = INT64_MAX};
    for (int i = 0; i < keep; i++) {
        latest.step = -1;
        PLEAT__TRY(visit_names(folder, note_latest, &latest, error));
        latest.below = tidying.first = latest.step;
    }
    PLEAT__TRY(visit_names(folder, delete_one, &tidying, error));
    errno = tidying.code;
    return tidying.code == 0 ? PLEAT_OK
                             : pleat__fail_errno(error, folder, "delete an old checkpoint in it");
}
