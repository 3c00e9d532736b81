/* A model, and what trains it, to a safetensors file and back. */
#include <string.h>

#include <pleat/checkpoint.h>
#include <pleat/text.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/checkpoint_counters.h"
#include "io/checkpoint_tensors.h"

/* Writes the tensors of model and training with the metadata. */
static enum pleat_status write_tensors(const struct pleat_model *model,
                                       const struct pleat_training *training, const char *path,
                                       const struct pleat_metadata *metadata, size_t metadata_count,
                                       struct pleat_error *error) {
    struct pleat__checkpoint_tensors tensors;
    PLEAT__TRY(pleat__checkpoint_tensors_make(&tensors, model, training, error));
    const enum pleat_status status =
        pleat_safetensors_write(path, tensors.list, tensors.count, metadata, metadata_count, error);
    pleat__checkpoint_tensors_free(&tensors);
    return status;
}

/* Puts the model's text and the training's counters before the caller's metadata. */
static enum pleat_status write_with_text(const struct pleat_model *model, const char *text,
                                         const struct pleat_training *training, const char *path,
                                         const struct pleat_metadata *metadata,
                                         size_t metadata_count, struct pleat_error *error) {
    struct pleat__counter counters[PLEAT__COUNTERS];
    const size_t own = 1 + (training != NULL ? pleat__counters_print(counters, training) : 0);
    size_t count;
    struct pleat_metadata *all = NULL;
    if (pleat__add_size(own, metadata_count, &count))
        all = pleat__allocate(count, sizeof *all);
    if (all == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the metadata");
    all[0] = (struct pleat_metadata){PLEAT_CHECKPOINT_MODEL, text};
    for (size_t i = 1; i < own; i++)
        all[i] = (struct pleat_metadata){counters[i - 1].key, counters[i - 1].text};
    if (metadata_count > 0)
        memcpy(all + own, metadata, metadata_count * sizeof *all);
    const enum pleat_status status = write_tensors(model, training, path, all, count, error);
    pleat__free(all);
    return status;
}

static enum pleat_status save(const struct pleat_model *model,
                              const struct pleat_training *training, const char *path,
                              const struct pleat_metadata *metadata, size_t metadata_count,
                              struct pleat_error *error) {
    if (metadata_count > 0)
        PLEAT__REQUIRE(metadata, error);
    char *text;
    PLEAT__TRY(pleat_text_write(&text, model, error));
    const enum pleat_status status =
        write_with_text(model, text, training, path, metadata, metadata_count, error);
    pleat_text_free(text);
    return status;
}

enum pleat_status pleat_checkpoint_save(const struct pleat_model *model, const char *path,
                                        const struct pleat_metadata *metadata,
                                        size_t metadata_count, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    return save(model, NULL, path, metadata, metadata_count, error);
}

static enum pleat_status check_training(const struct pleat_model *model,
                                        const struct pleat_training *training,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(training, error);
    if (pleat_average_is_swapped(training->average))
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "average and parameters are exchanged: swap them back first");
    return PLEAT_OK;
}

enum pleat_status pleat_checkpoint_save_training(const struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 const char *path,
                                                 const struct pleat_metadata *metadata,
                                                 size_t metadata_count, struct pleat_error *error) {
    PLEAT__TRY(check_training(model, training, error));
    return save(model, training, path, metadata, metadata_count, error);
}

/* Refuses a tensor of the file that is not like the one of its name in memory. */
static enum pleat_status check_tensor(const struct pleat_named_tensor *own,
                                      const struct pleat_tensor *tensor,
                                      struct pleat_error *error) {
    if (tensor->dtype != own->tensor.dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "\"%s\" is %s in the file, %s in the model",
                           own->name, pleat_dtype_name(tensor->dtype),
                           pleat_dtype_name(own->tensor.dtype));
    if (tensor->rank != own->tensor.rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "\"%s\" has %d extents in the file, %d in the model", own->name,
                           tensor->rank, own->tensor.rank);
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] != own->tensor.extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent[%d] of \"%s\" is %lld in the file, %lld in the model", i,
                               own->name, (long long)tensor->extent[i],
                               (long long)own->tensor.extent[i]);
    return PLEAT_OK;
}

static bool contains(const struct pleat__checkpoint_tensors *tensors, const char *name) {
    for (size_t i = 0; i < tensors->count; i++)
        if (strcmp(tensors->list[i].name, name) == 0)
            return true;
    return false;
}

/* Refuses a file that lacks a tensor or has one that has no place here; those of a training may be
 * passed over. */
static enum pleat_status check_names(const struct pleat__checkpoint_tensors *tensors,
                                     const struct pleat_safetensors *file, bool skip_training,
                                     struct pleat_error *error) {
    for (size_t i = 0; i < tensors->count; i++)
        if (pleat_safetensors_find(file, tensors->list[i].name) == NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "the file has no tensor \"%s\"",
                               tensors->list[i].name);
    for (size_t i = 0; i < pleat_safetensors_count(file); i++) {
        const char *name = pleat_safetensors_at(file, i)->name;
        const bool training = pleat__checkpoint_name_is_training(name);
        if (contains(tensors, name) || (training && skip_training))
            continue;
        return pleat__fail(
            error, PLEAT_BAD_FORMAT,
            training ? "the file's tensor \"%.100s\" belongs to nothing given here"
                     : "the file's tensor \"%.100s\" is no parameter or state of the model",
            name);
    }
    return PLEAT_OK;
}

/* Names first: where they differ it is another graph, and a shape that differs says less. */
static enum pleat_status check_file(const struct pleat__checkpoint_tensors *tensors,
                                    const struct pleat_safetensors *file, bool skip_training,
                                    struct pleat_error *error) {
    PLEAT__TRY(check_names(tensors, file, skip_training, error));
    for (size_t i = 0; i < tensors->count; i++)
        PLEAT__TRY(check_tensor(&tensors->list[i],
                                pleat_safetensors_find(file, tensors->list[i].name), error));
    return PLEAT_OK;
}

/* Overwrites the tensors of model and training with the file's, all or none. */
static enum pleat_status load(struct pleat_model *model, const struct pleat_training *training,
                              const struct pleat_safetensors *file, struct pleat_error *error) {
    struct pleat__checkpoint_tensors tensors;
    PLEAT__TRY(pleat__checkpoint_tensors_make(&tensors, model, training, error));
    const enum pleat_status status = check_file(&tensors, file, training == NULL, error);
    for (size_t i = 0; i < tensors.count && status == PLEAT_OK; i++) {
        const struct pleat_tensor *own = &tensors.list[i].tensor;
        memcpy(own->data, pleat_safetensors_find(file, tensors.list[i].name)->data,
               (size_t)pleat_tensor_size(own) * pleat_dtype_size(own->dtype));
    }
    pleat__checkpoint_tensors_free(&tensors);
    return status;
}

enum pleat_status pleat_checkpoint_load(struct pleat_model *model,
                                        const struct pleat_safetensors *file,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(file, error);
    return load(model, NULL, file, error);
}

enum pleat_status pleat_checkpoint_load_training(struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 const struct pleat_safetensors *file,
                                                 struct pleat_error *error) {
    PLEAT__TRY(check_training(model, training, error));
    PLEAT__REQUIRE(file, error);
    struct pleat__counts counts;
    PLEAT__TRY(pleat__counters_read(&counts, training, file, error));
    PLEAT__TRY(load(model, training, file, error));
    if (training->optimizer != NULL)
        PLEAT__TRY(pleat_optimizer_set_steps(training->optimizer, counts.steps, error));
    if (training->average != NULL)
        PLEAT__TRY(pleat_average_set_updates(training->average, counts.updates, error));
    if (training->random != NULL)
        *training->random = counts.random;
    return PLEAT_OK;
}
