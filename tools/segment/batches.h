/* The data of a training as a stream, for trainings by other programs. */
#ifndef PLEAT_TOOLS_SEGMENT_BATCHES_H
#define PLEAT_TOOLS_SEGMENT_BATCHES_H

#include <pleat/data.h>
#include <pleat/loader.h>

/* Writes the images held out and then `steps` batches to a file, which may be a pipe. Each is a line
 * "image N C H W" or "batch N C H W", then float32 [N][C][H][W] of the images / 255 and float32 [N][H][W]
 * of the labels, in this machine's order of bytes. */
enum pleat_status batches_write(const char *path, struct pleat_source *held_out,
                                struct pleat_loader *loader, int64_t steps,
                                struct pleat_error *error);

#endif
