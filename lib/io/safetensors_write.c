/* Writing safetensors. */
#include <jansson.h>
#include <string.h>

#include <pleat/safetensors.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/atomic_file.h"
#include "io/little_endian.h"
#include "io/safetensors_format.h"
#include "io/tensor_check.h"

static enum pleat_status no_memory(struct pleat_error *error) {
    return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the header");
}

/* Returns a new string; the caller must have seen that `text` is not NULL. */
static enum pleat_status make_string(json_t **string, const char *text, struct pleat_error *error) {
    *string = json_string(text);
    if (*string != NULL)
        return PLEAT_OK;
    json_t *any = json_string("");
    if (any == NULL)
        return no_memory(error);
    json_decref(any);
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "a name or string is not UTF-8");
}

/* Adds value, which it takes over, under a key that must be new. */
static enum pleat_status add(json_t *object, const char *key, json_t *value,
                             struct pleat_error *error) {
    json_t *checked = NULL;
    const bool twice = json_object_get(object, key) != NULL;
    enum pleat_status status = make_string(&checked, key, error);
    if (status == PLEAT_OK && twice)
        status =
            pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the name \"%.100s\" is there twice", key);
    json_decref(checked);
    if (status != PLEAT_OK) {
        json_decref(value);
        return status;
    }
    if (json_object_set_new_nocheck(object, key, value) != 0)
        return no_memory(error);
    return PLEAT_OK;
}

static enum pleat_status add_metadata(json_t *header, const struct pleat_metadata *metadata,
                                      size_t count, struct pleat_error *error) {
    if (count == 0)
        return PLEAT_OK;
    json_t *strings = json_object();
    if (strings == NULL || json_object_set_new(header, PLEAT__SAFETENSORS_METADATA, strings) != 0)
        return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        json_t *value = NULL;
        if (metadata[i].key == NULL || metadata[i].value == NULL)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "key and value of metadata[%zu] must not be NULL", i);
        PLEAT__TRY(make_string(&value, metadata[i].value, error));
        PLEAT__TRY(add(strings, metadata[i].key, value, error));
    }
    return PLEAT_OK;
}

/* Returns [extent...], or NULL without memory. */
static json_t *make_shape(const struct pleat_tensor *tensor) {
    json_t *shape = json_array();
    for (int i = 0; i < tensor->rank && shape != NULL; i++)
        if (json_array_append_new(shape, json_integer(tensor->extent[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return shape;
}

/* Adds one tensor whose data begins at *offset, which moves to its end. */
static enum pleat_status add_tensor(json_t *header, const struct pleat_named_tensor *named,
                                    int64_t *offset, struct pleat_error *error) {
    size_t bytes = 0;
    int64_t end = 0;
    PLEAT__REQUIRE(named->name, error);
    PLEAT__TRY(pleat__tensor_check(&named->tensor, &bytes, error));
    if (strcmp(named->name, PLEAT__SAFETENSORS_METADATA) == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "no tensor may have the name " PLEAT__SAFETENSORS_METADATA);
    if (!pleat__add(*offset, (int64_t)bytes, &end))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW, "the tensors' bytes do not fit in 63 bits");
    json_t *entry = json_pack(
        "{s:s, s:o, s:[I, I]}", "dtype", named->tensor.dtype == PLEAT_FLOAT32 ? "F32" : "F64",
        "shape", make_shape(&named->tensor), "data_offsets", (json_int_t)*offset, (json_int_t)end);
    if (entry == NULL)
        return no_memory(error);
    PLEAT__TRY(add(header, named->name, entry, error));
    *offset = end;
    return PLEAT_OK;
}

static enum pleat_status fill_header(json_t *header, const struct pleat_named_tensor *tensors,
                                     size_t count, const struct pleat_metadata *metadata,
                                     size_t metadata_count, struct pleat_error *error) {
    int64_t offset = 0;
    PLEAT__TRY(add_metadata(header, metadata, metadata_count, error));
    for (size_t i = 0; i < count; i++)
        PLEAT__TRY(add_tensor(header, &tensors[i], &offset, error));
    return PLEAT_OK;
}

/* Prints the header with its length before it and spaces after it; freed by pleat__free. */
static enum pleat_status print_header(const json_t *header, unsigned char **text, size_t *bytes,
                                      struct pleat_error *error) {
    const size_t printed = json_dumpb(header, NULL, 0, JSON_COMPACT);
    const size_t length = (printed + 7) / 8 * 8;
    if (printed == 0)
        return no_memory(error);
    if (length > PLEAT__SAFETENSORS_MOST_HEADER)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "a header of %zu bytes, at most %zu are "
                           "written",
                           length, PLEAT__SAFETENSORS_MOST_HEADER);
    unsigned char *made = pleat__allocate(8 + length, 1);
    if (made == NULL)
        return no_memory(error);
    pleat__store_little(made, 8, length);
    memset(made + 8, ' ', length);
    if (json_dumpb(header, (char *)made + 8, length, JSON_COMPACT) != printed) {
        pleat__free(made);
        return no_memory(error);
    }
    *text = made;
    *bytes = 8 + length;
    return PLEAT_OK;
}

/* Makes the text of the header; freed by pleat__free. */
static enum pleat_status make_header(unsigned char **text, size_t *bytes,
                                     const struct pleat_named_tensor *tensors, size_t count,
                                     const struct pleat_metadata *metadata, size_t metadata_count,
                                     struct pleat_error *error) {
    json_t *header = json_object();
    if (header == NULL)
        return no_memory(error);
    enum pleat_status status = fill_header(header, tensors, count, metadata, metadata_count, error);
    if (status == PLEAT_OK)
        status = print_header(header, text, bytes, error);
    json_decref(header);
    return status;
}

static enum pleat_status write_file(const char *path, const unsigned char *header, size_t bytes,
                                    const struct pleat_named_tensor *tensors, size_t count,
                                    struct pleat_error *error) {
    struct pleat__atomic_file file;
    PLEAT__TRY(pleat__atomic_open(&file, path, error));
    enum pleat_status status = pleat__atomic_write(&file, header, bytes, error);
    for (size_t i = 0; i < count && status == PLEAT_OK; i++) {
        const struct pleat_tensor *tensor = &tensors[i].tensor;
        size_t size = 0;
        status = pleat__tensor_check(tensor, &size, error);
        if (status == PLEAT_OK)
            status = pleat__atomic_write(&file, tensor->data, size, error);
    }
    if (status != PLEAT_OK) {
        pleat__atomic_discard(&file, 1);
        return status;
    }
    return pleat__atomic_commit(&file, 1, error);
}

enum pleat_status pleat_safetensors_write(const char *path,
                                          const struct pleat_named_tensor *tensors, size_t count,
                                          const struct pleat_metadata *metadata,
                                          size_t metadata_count, struct pleat_error *error) {
    PLEAT__REQUIRE(path, error);
    if (count > 0)
        PLEAT__REQUIRE(tensors, error);
    if (metadata_count > 0)
        PLEAT__REQUIRE(metadata, error);
    unsigned char *header = NULL;
    size_t bytes = 0;
    PLEAT__TRY(make_header(&header, &bytes, tensors, count, metadata, metadata_count, error));
    const enum pleat_status status = write_file(path, header, bytes, tensors, count, error);
    pleat__free(header);
    return status;
}
