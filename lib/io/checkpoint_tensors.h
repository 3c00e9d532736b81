/* The tensors of a checkpoint: those of a model and of what trains it. */
#ifndef PLEAT_IO_CHECKPOINT_TENSORS_H
#define PLEAT_IO_CHECKPOINT_TENSORS_H

#include <stdbool.h>

#include <pleat/checkpoint.h>

/* Views of the tensors in memory, by the names that they have in a file. */
struct pleat__checkpoint_tensors {
    size_t count;
    struct pleat_named_tensor *list;
    char *names; /* the text of the names */
};

/* Lists the parameters and states of parts[count] and, where training is set, the tensors of what
 * trains them; freed by pleat__checkpoint_tensors_free. PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__checkpoint_tensors_make(struct pleat__checkpoint_tensors *tensors,
                                                 const struct pleat_checkpoint_part *parts,
                                                 int count, bool training,
                                                 struct pleat_error *error);
void pleat__checkpoint_tensors_free(struct pleat__checkpoint_tensors *tensors);

/* Returns the name without its part's, or NULL where it belongs to another part. */
const char *pleat__checkpoint_name_in_part(const char *part, const char *name);

/* Tells whether a tensor of that name, without its part's, belongs to a training, unless a
 * parameter has the name. */
bool pleat__checkpoint_name_is_training(const char *name);

#endif
