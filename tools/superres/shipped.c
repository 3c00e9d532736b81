/* Looking for the networks that come with the program. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"
#include "superres/shipped.h"

static bool find_in(const char *folder, int64_t scale, char path[SHIPPED_PATH_BYTES]) {
    const int length =
        snprintf(path, SHIPPED_PATH_BYTES, "%s/fsrcnn_x%" PRId64 ".safetensors", folder, scale);
    return length < SHIPPED_PATH_BYTES && access(path, R_OK) == 0;
}

enum pleat_status shipped_find(char path[SHIPPED_PATH_BYTES], int64_t scale,
                               struct pleat_error *error) {
    const char *named = getenv("PLEAT_MODELS");
    if (named != NULL ? find_in(named, scale, path)
                      : find_in(PLEAT_MODELS_INSTALLED, scale, path) ||
                            find_in(PLEAT_MODELS_SOURCE, scale, path))
        return PLEAT_OK;
    return fault(error, PLEAT_IO,
                 "no network for scale %" PRId64
                 " in %.80s: name one with --model FILE, or a folder "
                 "that has fsrcnn_x%" PRId64 ".safetensors with PLEAT_MODELS",
                 scale, named != NULL ? named : PLEAT_MODELS_INSTALLED, scale);
}
