/* Folders, damage and obligations of readers. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pleat/random.h>

#include "failing_memory.h"
#include "files.h"

static char folder[200];

void files_setup(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.150s/pleat-test-XXXXXX", parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Calls visit for every entry of a folder but "." and "..", and returns their number. */
static int visit_files(const char *path, void (*visit)(const char *path)) {
    DIR *stream = opendir(path);
    ck_assert_ptr_nonnull(stream);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char inner[1024];
            snprintf(inner, sizeof inner, "%.700s/%.260s", path, entry->d_name);
            count++;
            if (visit != NULL)
                visit(inner);
        }
    closedir(stream);
    return count;
}

static void delete (const char *path) {
    if (remove(path) == 0)
        return;
    visit_files(path, delete);
    ck_assert_int_eq(rmdir(path), 0);
}

void files_teardown(void) {
    delete (folder);
}

const char *files_folder(const char *name) {
    ck_assert_int_eq(mkdir(file_path(name), 0777), 0);
    return file_path(name);
}

const char *file_path(const char *name) {
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%.260s", folder, name);
    return path;
}

int files_count(void) {
    return visit_files(folder, NULL);
}

void file_store(const char *path, const void *data, size_t bytes) {
    /* Some file systems bring a file that is overwritten to the disk at once, a new one later. */
    remove(path);
    FILE *stream = fopen(path, "wb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(data, 1, bytes, stream), bytes);
    ck_assert_int_eq(fclose(stream), 0);
}

unsigned char *file_load(const char *path, size_t *bytes) {
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "%s cannot be opened", path);
    ck_assert_int_eq(fseek(stream, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(stream);
    rewind(stream);
    unsigned char *data = malloc(*bytes + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(fread(data, 1, *bytes, stream), *bytes);
    fclose(stream);
    return data;
}

void assert_file(const char *path, const void *data, size_t bytes) {
    size_t found = 0;
    unsigned char *contents = file_load(path, &found);
    ck_assert_uint_eq(found, bytes);
    ck_assert_int_eq(memcmp(contents, data, bytes), 0);
    free(contents);
}

enum pleat_status try_attempt(attempt *call, const char *path) {
    const long before = failing_memory_outstanding();
    struct pleat_error error = {.status = PLEAT_OK};
    const enum pleat_status status = call(path, &error);
    ck_assert_int_eq(failing_memory_outstanding(), before);
    ck_assert_int_eq(error.status, status);
    ck_assert((error.message[0] == 0) == (status == PLEAT_OK));
    return status;
}

void assert_status(attempt *call, const char *path, enum pleat_status status) {
    const enum pleat_status got = try_attempt(call, path);
    ck_assert_msg(got == status, "%s instead of %s", pleat_status_string(got),
                  pleat_status_string(status));
}

void walk_failing_memory(attempt *call, const char *path) {
    enum pleat_status status = PLEAT_OUT_OF_MEMORY;
    long k = 0;
    for (; status != PLEAT_OK; k++) {
        failing_memory_arm(k);
        status = try_attempt(call, path);
        failing_memory_arm(-1);
        ck_assert_msg(status == PLEAT_OK || status == PLEAT_OUT_OF_MEMORY, "allocation %ld: %s", k,
                      pleat_status_string(status));
    }
    ck_assert_int_gt(k, 1);
}

void refuse_truncations(attempt *call, const char *path) {
    size_t bytes = 0;
    unsigned char *data = file_load(path, &bytes);
    for (size_t length = 0; length < bytes; length++) {
        file_store(path, data, length);
        ck_assert_msg(try_attempt(call, path) != PLEAT_OK, "%zu of %zu bytes were taken", length,
                      bytes);
    }
    file_store(path, data, bytes);
    assert_status(call, path, PLEAT_OK);
    free(data);
}

int survive_flips(attempt *call, const char *path, int times, repair *mend) {
    struct pleat_random random = pleat_random_seed(7);
    size_t bytes = 0;
    unsigned char *data = file_load(path, &bytes), *damaged = malloc(bytes);
    ck_assert_ptr_nonnull(damaged);
    int successes = 0;
    for (int i = 0; i < times; i++) {
        memcpy(damaged, data, bytes);
        for (uint64_t flips = 1 + pleat_random_below(&random, 4); flips > 0; flips--) {
            const uint64_t bit = pleat_random_below(&random, 8 * bytes);
            damaged[bit / 8] = (unsigned char)(damaged[bit / 8] ^ 1u << bit % 8);
        }
        if (mend != NULL)
            mend(damaged, bytes);
        file_store(path, damaged, bytes);
        successes += try_attempt(call, path) == PLEAT_OK;
    }
    file_store(path, data, bytes);
    free(data);
    free(damaged);
    return successes;
}
