/* Checkpoints: the parameters and states of a model in a safetensors file, by PyTorch's names and
 * layout, the model itself as text, and what a training needs to go on. */
#ifndef PLEAT_CHECKPOINT_H
#define PLEAT_CHECKPOINT_H

#include <stddef.h>

#include <pleat/average.h>
#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/optimizer.h>
#include <pleat/random.h>
#include <pleat/safetensors.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The key of a checkpoint's metadata whose string is the model's text (text.h). */
#define PLEAT_CHECKPOINT_MODEL "pleat.model"

/* Writes every parameter's value under its name ("up.weight"), every state's under its own
 * ("norm.running_mean"), the model's text as metadata PLEAT_CHECKPOINT_MODEL, and
 * metadata[metadata_count], as pleat_safetensors_write does: whole or not at all. The model need
 * not be compiled.
 *
 * PLEAT_INVALID_ARGUMENT: model or path NULL, metadata NULL with a count above 0, and what
 * pleat_safetensors_write refuses, such as a key that is there already, or a layer whose name is
 * not UTF-8. PLEAT_IO, PLEAT_SIZE_OVERFLOW, PLEAT_UNSUPPORTED as there. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_save(const struct pleat_model *model, const char *path,
                      const struct pleat_metadata *metadata, size_t metadata_count,
                      struct pleat_error *error);

/* Makes the model that the text in a checkpoint describes, of the type of the file's tensors, with
 * the parameters and states that the file holds, and overwrites *model with it; freed by
 * pleat_model_free. Nothing but the file is needed to run it: compile, then forward.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_BAD_FORMAT: no text in the metadata. Statuses also
 * as pleat_safetensors_read, pleat_text_read and pleat_checkpoint_load. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_open(struct pleat_model **model, const char *path, struct pleat_error *error);

/* The same for a file that pleat_safetensors_read has read, for more of its metadata. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_model(struct pleat_model **model, const struct pleat_safetensors *file,
                       struct pleat_error *error);

/* Overwrites every parameter's and state's value with the tensor of its name in a file that
 * pleat_safetensors_read has read, for a model that was made some other way; a text in the file's
 * metadata is not looked at, and need not be there. File and model must agree in all names, extents
 * and the type; tensors of a training, whose names begin with "optimizer/" or "average/", are
 * passed over. Numbers are copied as they are, not finite ones too. On an error nothing has
 * changed.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_BAD_FORMAT: a parameter or state that the file
 * does not hold, or a tensor that is neither. PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: a tensor
 * that is not like its namesake. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_load(struct pleat_model *model, const struct pleat_safetensors *file,
                      struct pleat_error *error);

/* What a training holds beside its model, each NULL where there is none: an optimizer and an
 * average over the model, and the generator that shuffles its data. */
struct pleat_training {
    struct pleat_optimizer *optimizer;
    struct pleat_average *average;
    struct pleat_random *random;
};

/* Writes a checkpoint from which a training goes on with the bits of one that was not stopped: what
 * pleat_checkpoint_save writes, and
 *
 *     tensors   "optimizer/velocity/up.weight", or first and second; "average/up.weight"
 *     metadata  "optimizer/steps", "average/updates": decimal; "random/state": 64 hexadecimal
 *               digits, the state's four numbers; "dropout/seed", "dropout/step": decimal, what the
 *               masks of dropout follow from (pleat_model_dropout)
 *
 * of the objects in training. The place in the data, such as an epoch, is the caller's metadata.
 * The rates of an optimizer and its other options are not written: set the same. Parameters' rates are
 * in the model's text, which loading into a model that is there does not look at.
 *
 * Statuses as pleat_checkpoint_save, with training among the pointers; PLEAT_INVALID_ARGUMENT also:
 * an optimizer or average over another model. PLEAT_WRONG_STATE: average and parameters are
 * exchanged. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_checkpoint_save_training(
    const struct pleat_model *model, const struct pleat_training *training, const char *path,
    const struct pleat_metadata *metadata, size_t metadata_count, struct pleat_error *error);

/* Overwrites the parameters, the states and all that training holds with what the file holds of
 * them, which must have been written with the same objects: strictly, as pleat_checkpoint_load,
 * nothing being passed over. On an error nothing has changed.
 *
 * Statuses as pleat_checkpoint_load, with training among the pointers; PLEAT_BAD_FORMAT also for
 * metadata that is missing, malformed, or there without its object; PLEAT_WRONG_STATE as
 * pleat_checkpoint_save_training. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_load_training(struct pleat_model *model, const struct pleat_training *training,
                               const struct pleat_safetensors *file, struct pleat_error *error);

/* One of several models that are trained together, such as a generator and its discriminator. */
struct pleat_checkpoint_part {
    const char *name; /* stands, with a slash, before its names in the file: "generator/up.weight",
                         "generator/optimizer/steps"; NULL: nothing does, for a part that is alone */
    struct pleat_model *model;
    struct pleat_training training;
};

/* Writes what pleat_checkpoint_save_training writes, of parts[count], into one file.
 *
 * PLEAT_INVALID_ARGUMENT also: no part; where there are several, a name that is NULL, empty, longer
 * than PLEAT_MAX_NAME, with a slash, or another's. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_save_parts(const struct pleat_checkpoint_part *parts, int count, const char *path,
                            const struct pleat_metadata *metadata, size_t metadata_count,
                            struct pleat_error *error);

/* Makes the model of one part, as pleat_checkpoint_model does. name may be NULL, as above. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_model_part(struct pleat_model **model, const char *name,
                            const struct pleat_safetensors *file, struct pleat_error *error);

/* Overwrites all parts with what pleat_checkpoint_save_parts has written of the same ones, strictly,
 * all or nothing. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_load_parts(const struct pleat_checkpoint_part *parts, int count,
                            const struct pleat_safetensors *file, struct pleat_error *error);

/* Overwrites the parameters and states of one part's model, to apply it; the tensors of other parts
 * and of trainings are passed over. name may be NULL, as above. The rest as pleat_checkpoint_load. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_checkpoint_load_part(struct pleat_model *model, const char *name,
                           const struct pleat_safetensors *file, struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
