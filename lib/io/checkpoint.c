/* A model, and what trains it, to a safetensors file and back. */
#include <stdbool.h>
#include <string.h>

#include <pleat/checkpoint.h>
#include <pleat/layers.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/checkpoint_counters.h"
#include "io/checkpoint_metadata.h"
#include "io/checkpoint_tensors.h"

/* Writes the tensors of the parts with the metadata. */
static enum pleat_status write_tensors(const struct pleat_checkpoint_part *parts, int count,
                                       bool training, const char *path,
                                       const struct pleat__checkpoint_metadata *metadata,
                                       struct pleat_error *error) {
    struct pleat__checkpoint_tensors tensors;
    PLEAT__TRY(pleat__checkpoint_tensors_make(&tensors, parts, count, training, error));
    const enum pleat_status status = pleat_safetensors_write(
        path, tensors.list, tensors.count, metadata->list, metadata->count, error);
    pleat__checkpoint_tensors_free(&tensors);
    return status;
}

static enum pleat_status save(const struct pleat_checkpoint_part *parts, int count, bool training,
                              const char *path, const struct pleat_metadata *metadata,
                              size_t metadata_count, struct pleat_error *error) {
    struct pleat__checkpoint_metadata all;
    PLEAT__TRY(pleat__checkpoint_metadata_make(&all, parts, count, training, metadata,
                                               metadata_count, error));
    const enum pleat_status status = write_tensors(parts, count, training, path, &all, error);
    pleat__checkpoint_metadata_free(&all);
    return status;
}

/* A part of its own. Its model is not const, since loading takes parts too; saving leaves it alone. */
static struct pleat_checkpoint_part part_to_save(const struct pleat_model *model,
                                                 const struct pleat_training *training) {
    struct pleat_checkpoint_part part = {.name = NULL};
    memcpy(&part.model, &model, sizeof part.model);
    if (training != NULL)
        part.training = *training;
    return part;
}

enum pleat_status pleat_checkpoint_save(const struct pleat_model *model, const char *path,
                                        const struct pleat_metadata *metadata,
                                        size_t metadata_count, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    const struct pleat_checkpoint_part part = part_to_save(model, NULL);
    return save(&part, 1, false, path, metadata, metadata_count, error);
}

/* Refuses objects over another model, and averages that stand in the parameters' place. */
static enum pleat_status check_part(const struct pleat_checkpoint_part *part,
                                    struct pleat_error *error) {
    const struct pleat_model *model = part->model;
    const struct pleat_training *training = &part->training;
    PLEAT__REQUIRE(model, error);
    if (training->optimizer != NULL && pleat_optimizer_model(training->optimizer) != model)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the optimizer is another model's");
    if (training->average != NULL && pleat_average_model(training->average) != model)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the average is another model's");
    if (pleat_average_is_swapped(training->average))
        return pleat__fail(error, PLEAT_WRONG_STATE,
                           "average and parameters are exchanged: swap them back first");
    return PLEAT_OK;
}

static enum pleat_status check_name(const struct pleat_checkpoint_part *parts, int index,
                                    struct pleat_error *error) {
    const char *name = parts[index].name;
    if (name == NULL || name[0] == '\0' || strlen(name) > PLEAT_MAX_NAME ||
        strchr(name, '/') != NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "a part's name must be 1 to %d bytes without a slash, got \"%.100s\"",
                           PLEAT_MAX_NAME, name != NULL ? name : "");
    for (int i = 0; i < index; i++)
        if (strcmp(parts[i].name, name) == 0)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "two parts are named \"%s\"", name);
    return PLEAT_OK;
}

static enum pleat_status check_parts(const struct pleat_checkpoint_part *parts, int count,
                                     struct pleat_error *error) {
    PLEAT__REQUIRE(parts, error);
    if (count < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "there must be a part, got %d", count);
    for (int i = 0; i < count; i++) {
        PLEAT__TRY(check_part(&parts[i], error));
        if (count > 1 || (parts[i].name != NULL && parts[i].name[0] != '\0'))
            PLEAT__TRY(check_name(parts, i, error));
    }
    return PLEAT_OK;
}

enum pleat_status pleat_checkpoint_save_parts(const struct pleat_checkpoint_part *parts, int count,
                                              const char *path,
                                              const struct pleat_metadata *metadata,
                                              size_t metadata_count, struct pleat_error *error) {
    PLEAT__TRY(check_parts(parts, count, error));
    return save(parts, count, true, path, metadata, metadata_count, error);
}

enum pleat_status pleat_checkpoint_save_training(const struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 const char *path,
                                                 const struct pleat_metadata *metadata,
                                                 size_t metadata_count, struct pleat_error *error) {
    PLEAT__REQUIRE(training, error);
    const struct pleat_checkpoint_part part = part_to_save(model, training);
    return pleat_checkpoint_save_parts(&part, 1, path, metadata, metadata_count, error);
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

/* Refuses a file that lacks a tensor or has one that has no place here. Where a single part's model
 * is loaded, what belongs to its training or to other parts is passed over. */
static enum pleat_status check_names(const struct pleat__checkpoint_tensors *tensors,
                                     const struct pleat_safetensors *file, bool whole,
                                     const char *part, struct pleat_error *error) {
    for (size_t i = 0; i < tensors->count; i++)
        if (pleat_safetensors_find(file, tensors->list[i].name) == NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "the file has no tensor \"%s\"",
                               tensors->list[i].name);
    for (size_t i = 0; i < pleat_safetensors_count(file); i++) {
        const char *name = pleat_safetensors_at(file, i)->name;
        const char *own = pleat__checkpoint_name_in_part(part, name);
        const bool training = own != NULL && pleat__checkpoint_name_is_training(own);
        if (contains(tensors, name) || (!whole && (training || own == NULL)))
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
                                    const struct pleat_safetensors *file, bool whole,
                                    const char *part, struct pleat_error *error) {
    PLEAT__TRY(check_names(tensors, file, whole, part, error));
    for (size_t i = 0; i < tensors->count; i++)
        PLEAT__TRY(check_tensor(&tensors->list[i],
                                pleat_safetensors_find(file, tensors->list[i].name), error));
    return PLEAT_OK;
}

/* Overwrites the tensors of the parts, with what trains them or the only one's model alone, with the
 * file's, all or none. */
static enum pleat_status load(const struct pleat_checkpoint_part *parts, int count, bool whole,
                              const struct pleat_safetensors *file, struct pleat_error *error) {
    struct pleat__checkpoint_tensors tensors;
    PLEAT__TRY(pleat__checkpoint_tensors_make(&tensors, parts, count, whole, error));
    const char *part = count == 1 ? parts[0].name : NULL;
    const enum pleat_status status = check_file(&tensors, file, whole, part, error);
    for (size_t i = 0; i < tensors.count && status == PLEAT_OK; i++) {
        const struct pleat_tensor *own = &tensors.list[i].tensor;
        memcpy(own->data, pleat_safetensors_find(file, tensors.list[i].name)->data,
               (size_t)pleat_tensor_size(own) * pleat_dtype_size(own->dtype));
    }
    pleat__checkpoint_tensors_free(&tensors);
    return status;
}

enum pleat_status pleat_checkpoint_load_part(struct pleat_model *model, const char *name,
                                             const struct pleat_safetensors *file,
                                             struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(file, error);
    const struct pleat_checkpoint_part part = {.name = name, .model = model};
    return load(&part, 1, false, file, error);
}

enum pleat_status pleat_checkpoint_load(struct pleat_model *model,
                                        const struct pleat_safetensors *file,
                                        struct pleat_error *error) {
    return pleat_checkpoint_load_part(model, NULL, file, error);
}

/* Hands the numbers that were read to the objects of a part. */
static enum pleat_status set_counts(const struct pleat_checkpoint_part *part,
                                    const struct pleat__counts *counts, struct pleat_error *error) {
    const struct pleat_training *training = &part->training;
    if (training->optimizer != NULL)
        PLEAT__TRY(pleat_optimizer_set_steps(training->optimizer, counts->steps, error));
    if (training->average != NULL)
        PLEAT__TRY(pleat_average_set_updates(training->average, counts->updates, error));
    if (training->random != NULL)
        *training->random = counts->random;
    return pleat_model_set_dropout(part->model, counts->dropout_seed, counts->dropout_step, error);
}

enum pleat_status pleat_checkpoint_load_parts(const struct pleat_checkpoint_part *parts, int count,
                                              const struct pleat_safetensors *file,
                                              struct pleat_error *error) {
    PLEAT__TRY(check_parts(parts, count, error));
    PLEAT__REQUIRE(file, error);
    struct pleat__counts *counts = pleat__allocate((size_t)count, sizeof *counts);
    if (counts == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the counters");
    enum pleat_status status = PLEAT_OK;
    for (int i = 0; i < count && status == PLEAT_OK; i++)
        status = pleat__counters_read(&counts[i], &parts[i], file, error);
    if (status == PLEAT_OK)
        status = load(parts, count, true, file, error);
    for (int i = 0; i < count && status == PLEAT_OK; i++)
        status = set_counts(&parts[i], &counts[i], error);
    pleat__free(counts);
    return status;
}

enum pleat_status pleat_checkpoint_load_training(struct pleat_model *model,
                                                 const struct pleat_training *training,
                                                 const struct pleat_safetensors *file,
                                                 struct pleat_error *error) {
    PLEAT__REQUIRE(training, error);
    const struct pleat_checkpoint_part part = {NULL, model, *training};
    return pleat_checkpoint_load_parts(&part, 1, file, error);
}
