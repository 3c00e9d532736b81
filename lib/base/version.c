/* The version of the library that runs. */
#include <pleat/version.h>

const char *pleat_version(void) {
    return PLEAT_VERSION;
}
