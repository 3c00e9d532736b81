/* A model from a file of either sort: a checkpoint, or a text. */
#ifndef PLEAT_TOOLS_MODEL_FILE_H
#define PLEAT_TOOLS_MODEL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/model.h>

/* Overwrites *model with the model of the file, freed by pleat_model_free: that of a checkpoint
 * with its parameters, that of a text with filters of zeros, in float32. */
enum pleat_status model_file_read(struct pleat_model **model, const char *path,
                                  struct pleat_error *error);

/* The same, and tells whether the file held parameters. */
enum pleat_status model_file_read_values(struct pleat_model **model, const char *path,
                                         bool *has_values, struct pleat_error *error);

/* Returns the number of elements of a model's parameters. */
int64_t model_size(const struct pleat_model *model);

#endif
