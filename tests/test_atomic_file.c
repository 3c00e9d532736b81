/* Files that appear whole or not at all: permissions, links, a full disk, a rename that fails. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "io/atomic_file.h"
#include "suites.h"

/* These renameat and linkat, for names in one folder, stand before the C library's. */

static int in_folder(int folder, int call(const char *from, const char *to), const char *from,
                     const char *to) {
    const int here = open(".", O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(fchdir(folder), 0);
    const int result = call(from, to), code = errno;
    ck_assert_int_eq(fchdir(here), 0);
    close(here);
    errno = code;
    return result;
}

/* How often renameat succeeds before it fails with EIO; -1: always. */
static int renames_left = -1;

int renameat(int folder, const char *from, int to_folder, const char *to) {
    ck_assert_int_eq(folder, to_folder);
    if (renames_left == 0) {
        errno = EIO;
        return -1;
    }
    renames_left -= renames_left > 0;
    return in_folder(folder, rename, from, to);
}

/* Whether someone takes the name of each link first, up to so many times; whether there are hard
 * links at all. */
static int names_taken;
static bool no_links;

int linkat(int folder, const char *from, int to_folder, const char *to, int flags) {
    ck_assert_int_eq(folder, to_folder);
    ck_assert_int_eq(flags, 0);
    if (no_links) {
        errno = access(file_path(from), F_OK) == 0 ? EPERM : ENOENT;
        return -1;
    }
    if (names_taken > 0) {
        names_taken--;
        file_store(file_path(to), "theirs", 6);
    }
    return in_folder(folder, link, from, to);
}

/* So does this fchmod; the switch is a file system without it. */
static bool no_fchmod;

int fchmod(int descriptor, mode_t mode) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    errno = EPERM;
    return no_fchmod ? -1 : chmod(path, mode);
}

static void write_one(const char *path, const char *text) {
    struct pleat__atomic_file file;
    ck_assert_int_eq(pleat__atomic_open(&file, path, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_write(&file, text, strlen(text), NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_commit(&file, 1, NULL), PLEAT_OK);
}

static mode_t mode_of(const char *path) {
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 0777;
}

START_TEST(new_and_old) {
    const char *path = file_path("x");
    const mode_t mask = umask(027);
    write_one(path, "one");
    umask(mask);
    assert_file(path, "one", 3);
    ck_assert_uint_eq(mode_of(path), 0640);
    ck_assert_int_eq(chmod(path, 0604), 0);
    write_one(path, "number two");
    assert_file(path, "number two", 10);
    ck_assert_uint_eq(mode_of(path), 0604);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

/* What replaces a private file is private from its first moment on, not from the fchmod on. */
START_TEST(private) {
    const char *path = file_path("x");
    file_store(path, "old", 3);
    ck_assert_int_eq(chmod(path, 0600), 0);
    no_fchmod = true;
    write_one(path, "new");
    no_fchmod = false;
    ck_assert_uint_eq(mode_of(path), 0600);
    if (geteuid() == 0) { /* no one else may write it */
        ck_assert_int_eq(chmod(path, 0), 0);
        write_one(path, "new");
        ck_assert_uint_eq(mode_of(path), 0);
    }
}
END_TEST

/* A path without a folder means the working directory. */
START_TEST(plain_name) {
    ck_assert_int_eq(chdir(file_path(".")), 0);
    write_one("plain", "x");
    assert_file(file_path("plain"), "x", 1);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(link_is_followed) {
    file_store(file_path("target"), "old", 3);
    ck_assert_int_eq(symlink("target", file_path("link")), 0);
    write_one(file_path("link"), "new");
    assert_file(file_path("target"), "new", 3);
    struct stat status;
    ck_assert_int_eq(lstat(file_path("link"), &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
}
END_TEST

START_TEST(discarded) {
    struct pleat__atomic_file file;
    file_store(file_path("x"), "old", 3);
    ck_assert_int_eq(pleat__atomic_open(&file, file_path("x"), NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_write(&file, "new", 3, NULL), PLEAT_OK);
    ck_assert_int_eq(files_count(), 2);
    assert_file(file_path("x"), "old", 3);
    pleat__atomic_discard(&file, 1);
    ck_assert_int_eq(files_count(), 1);
    assert_file(file_path("x"), "old", 3);
}
END_TEST

START_TEST(refused) {
    struct pleat__atomic_file file;
    char name[NAME_MAX + 2] = {0};
    const char *const paths[] = {"/dev/null", file_path("."), file_path("none/x"), "",
                                 file_path("new/")};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct pleat_error error = {.status = PLEAT_OK};
        ck_assert_int_eq(pleat__atomic_open(&file, paths[i], &error), PLEAT_IO);
        ck_assert_int_eq(error.status, PLEAT_IO);
    }
    memset(name, 'n', NAME_MAX + 1);
    ck_assert_int_eq(pleat__atomic_open(&file, file_path(name), NULL), PLEAT_IO);
    char long_path[PATH_MAX + 2] = {0};
    memset(long_path, 'p', PATH_MAX + 1);
    ck_assert_int_eq(pleat__atomic_open(&file, long_path, NULL), PLEAT_IO);
    ck_assert_int_eq(files_count(), 0);
    if (geteuid() != 0) { /* the superuser may write everything */
        file_store(file_path("x"), "old", 3);
        ck_assert_int_eq(chmod(file_path("x"), 0444), 0);
        ck_assert_int_eq(pleat__atomic_open(&file, file_path("x"), NULL), PLEAT_IO);
    }
}
END_TEST

/* The longest name that a file may have leaves room for a temporary one. */
START_TEST(long_name) {
    char name[NAME_MAX + 1] = {0};
    memset(name, 'n', NAME_MAX);
    write_one(file_path(name), "x");
    assert_file(file_path(name), "x", 1);
}
END_TEST

/* A limit on the size of files stands in for a full disk. */
START_TEST(full_disk) {
    struct pleat__atomic_file file;
    struct pleat_error error;
    struct rlimit before, small;
    static const char data[4096] = {1};
    file_store(file_path("x"), "old", 3);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 6000;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(pleat__atomic_open(&file, file_path("x"), NULL), PLEAT_OK);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(pleat__atomic_write(&file, data, sizeof data, NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_write(&file, data, sizeof data, &error), PLEAT_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_ptr_nonnull(strstr(error.message, strerror(EFBIG)));
    pleat__atomic_discard(&file, 1);
    assert_file(file_path("x"), "old", 3);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

static void open_three(struct pleat__atomic_file files[3]) {
    const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pleat__atomic_open(&files[i], file_path(names[i]), NULL), PLEAT_OK);
        ck_assert_int_eq(pleat__atomic_write(&files[i], "new", 3, NULL), PLEAT_OK);
    }
}

START_TEST(together) {
    struct pleat__atomic_file files[3];
    file_store(file_path("a"), "old", 3);
    open_three(files);
    ck_assert_int_eq(pleat__atomic_commit(files, 3, NULL), PLEAT_OK);
    ck_assert_int_eq(files_count(), 3);
    assert_file(file_path("a"), "new", 3);
    assert_file(file_path("b"), "new", 3);
    assert_file(file_path("c"), "new", 3);
}
END_TEST

/* The third rename fails, since a folder has taken its place: the first file is the old one again
 * and the second, which was not there, is gone. */
START_TEST(none_of_three) {
    struct pleat__atomic_file files[3];
    file_store(file_path("a"), "old", 3);
    open_three(files);
    ck_assert_int_eq(mkdir(file_path("c"), 0777), 0);
    file_store(file_path("c/full"), "", 0);
    ck_assert_int_eq(pleat__atomic_commit(files, 3, NULL), PLEAT_IO);
    assert_file(file_path("a"), "old", 3);
    ck_assert_int_eq(files_count(), 2);
    ck_assert_int_eq(access(file_path("c/full"), F_OK), 0);
    ck_assert_int_eq(unlink(file_path("c/full")), 0);
}
END_TEST

/* The second rename fails, and so does every other one: what was the first file is not lost. */
START_TEST(not_put_back) {
    struct pleat__atomic_file files[3];
    file_store(file_path("a"), "old", 3);
    open_three(files);
    renames_left = 1;
    ck_assert_int_eq(pleat__atomic_commit(files, 3, NULL), PLEAT_IO);
    renames_left = -1;
    ck_assert_int_eq(files_count(), 2);
    assert_file(file_path("a"), "new", 3);
    assert_file(file_path(files[0].backup), "old", 3);
}
END_TEST

/* The first three names of a backup are another's, or all are. */
START_TEST(backup_name_taken) {
    struct pleat__atomic_file files[3];
    file_store(file_path("a"), "old", 3);
    open_three(files);
    names_taken = _i == 0 ? 3 : 1000;
    ck_assert_int_eq(pleat__atomic_commit(files, 3, NULL), _i == 0 ? PLEAT_OK : PLEAT_IO);
    ck_assert_int_eq(files_count(), _i == 0 ? 3 + 3 : 1 + 1000 - names_taken);
    assert_file(file_path("a"), _i == 0 ? "new" : "old", 3);
    names_taken = 0;
}
END_TEST

/* Without hard links the old file is renamed, and renamed back where another cannot be replaced. */
START_TEST(no_hard_links) {
    struct pleat__atomic_file files[3];
    file_store(file_path("a"), "old", 3);
    open_three(files);
    no_links = true;
    if (_i == 1)
        ck_assert_int_eq(mkdir(file_path("c"), 0777), 0);
    ck_assert_int_eq(pleat__atomic_commit(files, 3, NULL), _i == 0 ? PLEAT_OK : PLEAT_IO);
    no_links = false;
    assert_file(file_path("a"), _i == 0 ? "new" : "old", 3);
    ck_assert_int_eq(files_count(), _i == 0 ? 3 : 2);
}
END_TEST

START_TEST(twins) {
    struct pleat__atomic_file files[2];
    struct pleat_error error;
    file_store(file_path("a"), "old", 3);
    ck_assert_int_eq(pleat__atomic_open(&files[0], file_path("a"), NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_open(&files[1], file_path("./a"), NULL), PLEAT_OK);
    ck_assert_int_eq(pleat__atomic_commit(files, 2, &error), PLEAT_INVALID_ARGUMENT);
    assert_file(file_path("a"), "old", 3);
    ck_assert_int_eq(files_count(), 1);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("atomic_file");
    TCase *tests = tcase_create("atomic_file");
    tcase_add_checked_fixture(tests, files_setup, files_teardown);
    tcase_add_test(tests, new_and_old);
    tcase_add_test(tests, private);
    tcase_add_test(tests, plain_name);
    tcase_add_test(tests, link_is_followed);
    tcase_add_test(tests, discarded);
    tcase_add_test(tests, refused);
    tcase_add_test(tests, long_name);
    tcase_add_test(tests, full_disk);
    tcase_add_test(tests, together);
    tcase_add_test(tests, none_of_three);
    tcase_add_test(tests, not_put_back);
    tcase_add_loop_test(tests, backup_name_taken, 0, 2);
    tcase_add_loop_test(tests, no_hard_links, 0, 2);
    tcase_add_test(tests, twins);
    suite_add_tcase(result, tests);
    return result;
}

int main(void) {
    return run_suite(suite());
}
