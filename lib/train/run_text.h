/* What a run is and where it stands, as metadata of its checkpoints. */
#ifndef PLEAT_TRAIN_RUN_TEXT_H
#define PLEAT_TRAIN_RUN_TEXT_H

#include "train/trainer.h"

enum { PLEAT__RUN_ENTRIES = 10, PLEAT__RUN_TEXT = 1024 };

/* The texts that a trainer adds to its caller's metadata. What defines the run comes first; behind it,
 * where it stands, and last what differs from one run to another of the same bits. */
struct pleat__run_text {
    int defining, standing, count; /* entries up to here */
    const char *key[PLEAT__RUN_ENTRIES];
    char text[PLEAT__RUN_ENTRIES][PLEAT__RUN_TEXT];
};

/* Overwrites *run with the trainer's texts. */
void pleat__run_text_print(struct pleat__run_text *run, const struct pleat_trainer *trainer);

/* Refuses (PLEAT_WRONG_STATE) a file of another run: the detail names what differs. */
enum pleat_status pleat__run_text_compare(const struct pleat__run_text *run,
                                          const struct pleat_trainer *trainer,
                                          const struct pleat_safetensors *file,
                                          struct pleat_error *error);

/* Reads where the run stands from the file's metadata into *report. PLEAT_BAD_FORMAT. */
enum pleat_status pleat__run_text_read(struct pleat_train_report *report,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error);

#endif
