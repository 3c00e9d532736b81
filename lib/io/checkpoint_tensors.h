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

/* Lists the parameters, the states and, unless training is NULL, the tensors of the objects that it holds;
 * freed by pleat__checkpoint_tensors_free. PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__checkpoint_tensors_make(struct pleat__checkpoint_tensors *tensors,
                                                 const struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 struct pleat_error *error);
void pleat__checkpoint_tensors_free(struct pleat__checkpoint_tensors *tensors);

/* Tells whether a tensor of that name belongs to a training, unless a parameter has the name. */
bool pleat__checkpoint_name_is_training(const char *name);

#endif
