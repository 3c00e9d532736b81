/* Checkpoints: the parameters of a model in a safetensors file, by PyTorch's names and layout. */
#ifndef PLEAT_CHECKPOINT_H
#define PLEAT_CHECKPOINT_H

#include <stddef.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/safetensors.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes every parameter's value under its name ("up.weight"), and metadata[metadata_count], as
 * pleat_safetensors_write does: whole or not at all. The metadata is the place for what builds the
 * same graph again, such as the name and sizes of an architecture. The model need not be compiled.
 *
 * PLEAT_INVALID_ARGUMENT: model or path NULL, metadata NULL with a count above 0, and what
 * pleat_safetensors_write refuses. PLEAT_IO, PLEAT_SIZE_OVERFLOW, PLEAT_UNSUPPORTED as there.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_save(const struct pleat_model *model, const char *path,
                      const struct pleat_metadata *metadata, size_t metadata_count,
                      struct pleat_error *error);

/* Overwrites every parameter's value with the tensor of its name in a file that
 * pleat_safetensors_read has read: read the file, build the model that its metadata asks for, load.
 * File and model must agree in all names, extents and the type. Numbers are copied as they are,
 * not finite ones too. On an error no parameter has changed.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_BAD_FORMAT: a parameter that the file does not
 * hold, or a tensor that is no parameter. PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: a tensor that
 * is not like its parameter. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_load(struct pleat_model *model, const struct pleat_safetensors *file,
                      struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
