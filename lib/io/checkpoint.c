/* The parameters of a model, to a safetensors file and back. */
#include <string.h>

#include <pleat/checkpoint.h>

#include "base/error.h"
#include "base/memory.h"

enum pleat_status pleat_checkpoint_save(const struct pleat_model *model, const char *path,
                                        const struct pleat_metadata *metadata,
                                        size_t metadata_count, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    const int count = pleat_model_parameter_count(model);
    struct pleat_named_tensor *tensors = pleat__allocate((size_t)count, sizeof *tensors);
    if (tensors == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a list of %d parameters",
                           count);
    for (int i = 0; i < count; i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        tensors[i] = (struct pleat_named_tensor){.name = p.name, .tensor = p.value};
    }
    const enum pleat_status status =
        pleat_safetensors_write(path, tensors, (size_t)count, metadata, metadata_count, error);
    pleat__free(tensors);
    return status;
}

/* Refuses a tensor that is not like the parameter of its name. */
static enum pleat_status check_tensor(const struct pleat_parameter *p,
                                      const struct pleat_tensor *tensor,
                                      struct pleat_error *error) {
    if (tensor->dtype != p->value.dtype)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "\"%s\" is %s in the file, %s in the model",
                           p->name, pleat_dtype_name(tensor->dtype),
                           pleat_dtype_name(p->value.dtype));
    if (tensor->rank != p->value.rank)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "\"%s\" has %d extents in the file, %d in the model", p->name,
                           tensor->rank, p->value.rank);
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->extent[i] != p->value.extent[i])
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "extent[%d] of \"%s\" is %lld in the file, %lld in the model", i,
                               p->name, (long long)tensor->extent[i],
                               (long long)p->value.extent[i]);
    return PLEAT_OK;
}

/* Refuses a parameter that the file does not hold and a tensor that is no parameter. */
static enum pleat_status check_names(const struct pleat_model *model,
                                     const struct pleat_safetensors *file,
                                     struct pleat_error *error) {
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        if (pleat_safetensors_find(file, p.name) == NULL)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "the file has no tensor \"%s\"", p.name);
    }
    for (size_t i = 0; i < pleat_safetensors_count(file); i++) {
        const char *name = pleat_safetensors_at(file, i)->name;
        if (pleat_model_find_parameter(model, name) < 0)
            return pleat__fail(error, PLEAT_BAD_FORMAT,
                               "the file's tensor \"%.100s\" is no parameter of the model", name);
    }
    return PLEAT_OK;
}

/* Names first: where they differ it is another graph, and a shape that differs says less. */
static enum pleat_status check_file(const struct pleat_model *model,
                                    const struct pleat_safetensors *file,
                                    struct pleat_error *error) {
    PLEAT__TRY(check_names(model, file, error));
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        PLEAT__TRY(check_tensor(&p, pleat_safetensors_find(file, p.name), error));
    }
    return PLEAT_OK;
}

enum pleat_status pleat_checkpoint_load(struct pleat_model *model,
                                        const struct pleat_safetensors *file,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(file, error);
    PLEAT__TRY(check_file(model, file, error));
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        memcpy(p.value.data, pleat_safetensors_find(file, p.name)->data,
               (size_t)pleat_tensor_size(&p.value) * pleat_dtype_size(p.value.dtype));
    }
    return PLEAT_OK;
}
