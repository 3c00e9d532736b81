/* The checkpoints of a run in its folder: step-000001000.safetensors. */
#ifndef PLEAT_TRAIN_RUN_FOLDER_H
#define PLEAT_TRAIN_RUN_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/status.h>

/* Overwrites path with that of a step's checkpoint. */
enum pleat_status pleat__run_path(char *path, size_t bytes, const char *folder, int64_t step,
                                  struct pleat_error *error);

/* Overwrites *step with that of the latest checkpoint; -1 where there is none, or no folder. */
enum pleat_status pleat__run_latest(const char *folder, int64_t *step, struct pleat_error *error);

/* Deletes all but the latest `keep` checkpoints (0: none), and what writing left behind when it was
 * killed: the temporary files of checkpoints. */
enum pleat_status pleat__run_tidy(const char *folder, int keep, struct pleat_error *error);

#endif
