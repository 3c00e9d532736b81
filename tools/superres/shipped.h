/* The trained networks that come with the program. */
#ifndef PLEAT_TOOLS_SHIPPED_H
#define PLEAT_TOOLS_SHIPPED_H

#include <stdint.h>

#include <pleat/status.h>

#define SHIPPED_PATH_BYTES 1024

/* Finds the network for a scale, "fsrcnn_x3.safetensors", and overwrites path with its place: in the
 * folder that the environment variable PLEAT_MODELS names, or, where there is none, in that of an
 * installation, or else in that of the source tree which the program was built from. PLEAT_IO: it is in
 * none of them; the detail says what can be done. */
enum pleat_status shipped_find(char path[SHIPPED_PATH_BYTES], int64_t scale,
                               struct pleat_error *error);

#endif
