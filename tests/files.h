/* Files for the tests of readers and writers: a folder of their own, damage, and what must hold of
 * a reader whatever it is given. */
#ifndef FILES_H
#define FILES_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/status.h>

/* Checked fixture: a new folder under TMPDIR (or /tmp) for each test, removed with all that
 * is in it. */
void files_setup(void);
void files_teardown(void);

/* Returns the path of a file in the folder; the text lives until the eighth following call. */
const char *file_path(const char *name);

/* Makes a folder within it, whose files are "name/...", and returns its path. */
const char *files_folder(const char *name);

/* Returns the number of files in the folder. */
int files_count(void);

void file_store(const char *path, const void *data, size_t bytes);

/* Returns the contents, freed by free. */
unsigned char *file_load(const char *path, size_t *bytes);

/* Fails the test unless the file holds exactly this. */
void assert_file(const char *path, const void *data, size_t bytes);

/* A call that is to be tried: it does its work on the file and frees whatever came of it. */
typedef enum pleat_status attempt(const char *path, struct pleat_error *error);

/* Makes the call; fails the test where memory leaks or where an error has no detail. */
enum pleat_status try_attempt(attempt *call, const char *path);

/* Fails the test unless the call returns this status. */
void assert_status(attempt *call, const char *path, enum pleat_status status);

/* Lets the k-th allocation fail for k = 0, 1, 2... until the call succeeds; fails the test unless
 * every other try says PLEAT_OUT_OF_MEMORY, or if the first one succeeds. */
void walk_failing_memory(attempt *call, const char *path);

/* Fails the test unless every proper beginning of the file is refused. Leaves the file as it was.
 */
void refuse_truncations(attempt *call, const char *path);

/* Repairs a file after a flip, such as its checksums. */
typedef void repair(unsigned char *data, size_t bytes);

/* Flips one to four random bits, from a fixed seed, that many times: the call may say what it
 * likes. Returns how often it succeeded. */
int survive_flips(attempt *call, const char *path, int times, repair *mend);

#endif
