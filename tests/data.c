/* External data. */
#include <stdlib.h>

#include "data.h"
#include "suites.h"

FILE *data_open(const char *name) {
    const char *folder = getenv("PLEAT_TEST_DATA");
    if (folder == NULL || *folder == '\0') {
        printf("skipped: PLEAT_TEST_DATA does not name the folder of the test data\n");
        exit(EXIT_SKIP);
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("%s cannot be opened\n", path);
        exit(EXIT_FAILURE);
    }
    return file;
}
