/* Reading safetensors; everything in them is taken for hostile. */
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/safetensors.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/input.h"
#include "io/little_endian.h"
#include "io/path.h"
#include "io/safetensors_format.h"
#include "io/tensor_check.h"

struct pleat_safetensors {
    json_t *header; /* owns the names and the metadata */
    size_t count;
    struct pleat_named_tensor *tensors; /* own their data */
};

/* A tensor as the header describes it. */
struct entry {
    const char *name;
    struct pleat_tensor tensor; /* without data */
    int64_t begin, end;
};

static enum pleat_status refuse(struct pleat_error *error, const char *name, const char *what) {
    return pleat__fail(error, PLEAT_BAD_FORMAT, "tensor \"%.80s\": %s", name, what);
}

/* Reads the header's JSON into *header, freed by json_decref. */
static enum pleat_status read_json(json_t **header, struct pleat__input *input,
                                   struct pleat_error *error) {
    unsigned char prefix[8];
    PLEAT__TRY(pleat__input_read(input, prefix, sizeof prefix, error));
    const uint64_t length = pleat__load_little(prefix, sizeof prefix);
    if (length > (uint64_t)input->left)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: not a safetensors file, or cut short: it promises a header of "
                           "%llu bytes",
                           pleat__path_end(input->path), (unsigned long long)length);
    if (length > PLEAT__SAFETENSORS_MOST_HEADER)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "%s: a header of %llu bytes, at most %zu are read",
                           pleat__path_end(input->path), (unsigned long long)length,
                           PLEAT__SAFETENSORS_MOST_HEADER);
    char *text = pleat__allocate((size_t)length, 1);
    if (text == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a header of %llu bytes",
                           (unsigned long long)length);
    enum pleat_status status = pleat__input_read(input, text, (size_t)length, error);
    if (status == PLEAT_OK) {
        json_error_t reason;
        *header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &reason);
        if (*header == NULL && json_error_code(&reason) == json_error_out_of_memory)
            status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the header");
        else if (*header == NULL)
            status = pleat__fail(error, PLEAT_BAD_FORMAT, "%s: the header is not JSON: %s",
                                 pleat__path_end(input->path), reason.text);
    }
    pleat__free(text);
    return status;
}

static enum pleat_status check_metadata(const json_t *header, struct pleat_error *error) {
    json_t *metadata = json_object_get(header, PLEAT__SAFETENSORS_METADATA);
    if (metadata == NULL)
        return PLEAT_OK;
    const char *key;
    json_t *value;
    bool good = json_is_object(metadata);
    json_object_foreach(metadata, key, value) good = good && json_is_string(value);
    if (!good)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "the metadata is not an object of strings");
    return PLEAT_OK;
}

static enum pleat_status parse_type(struct entry *entry, const json_t *dtype,
                                    struct pleat_error *error) {
    const char *type = json_string_value(dtype);
    if (type == NULL)
        return refuse(error, entry->name, "its dtype is not a string");
    if (strcmp(type, "F32") != 0 && strcmp(type, "F64") != 0)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "tensor \"%.80s\": dtype %.20s: only F32 and F64 are read", entry->name,
                           type);
    entry->tensor.dtype = type[1] == '3' ? PLEAT_FLOAT32 : PLEAT_FLOAT64;
    return PLEAT_OK;
}

static enum pleat_status parse_shape(struct entry *entry, const json_t *shape,
                                     struct pleat_error *error) {
    if (!json_is_array(shape))
        return refuse(error, entry->name, "its shape is not an array");
    if (json_array_size(shape) > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "tensor \"%.80s\": a rank above %d",
                           entry->name, PLEAT_MAX_RANK);
    entry->tensor.rank = (int)json_array_size(shape);
    for (int i = 0; i < entry->tensor.rank; i++) {
        const json_t *extent = json_array_get(shape, (size_t)i);
        if (!json_is_integer(extent) || json_integer_value(extent) < 0)
            return refuse(error, entry->name, "an extent is not a number from 0");
        entry->tensor.extent[i] = json_integer_value(extent);
    }
    return PLEAT_OK;
}

static enum pleat_status parse_offsets(struct entry *entry, const json_t *offsets,
                                       struct pleat_error *error) {
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return refuse(error, entry->name, "its data_offsets are not two numbers");
    entry->begin = json_integer_value(begin);
    entry->end = json_integer_value(end);
    size_t bytes = 0;
    struct pleat_error detail;
    if (pleat__tensor_bytes(&entry->tensor, &bytes, &detail) != PLEAT_OK)
        return refuse(error, entry->name, detail.message);
    if (entry->begin < 0 || entry->end < entry->begin ||
        (uint64_t)(entry->end - entry->begin) != bytes)
        return refuse(error, entry->name, "its data_offsets do not fit its shape");
    return PLEAT_OK;
}

static enum pleat_status parse_entry(struct entry *entry, const char *name, const json_t *value,
                                     struct pleat_error *error) {
    *entry = (struct entry){.name = name};
    if (json_object_size(value) != 3)
        return refuse(error, name, "it has not just dtype, shape and data_offsets");
    PLEAT__TRY(parse_type(entry, json_object_get(value, "dtype"), error));
    PLEAT__TRY(parse_shape(entry, json_object_get(value, "shape"), error));
    return parse_offsets(entry, json_object_get(value, "data_offsets"), error);
}

static int compare_places(const void *a, const void *b) {
    const struct entry *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/* Overwrites entries[count] with the header's tensors in the order of their data, which they must
 * cover without overlap or gap. */
static enum pleat_status parse_header(struct entry *entries, json_t *header, int64_t data_bytes,
                                      struct pleat_error *error) {
    const char *name;
    json_t *value;
    size_t count = 0;
    PLEAT__TRY(check_metadata(header, error));
    json_object_foreach(header, name, value) {
        if (strcmp(name, PLEAT__SAFETENSORS_METADATA) != 0)
            PLEAT__TRY(parse_entry(&entries[count++], name, value, error));
    }
    qsort(entries, count, sizeof *entries, compare_places);
    int64_t covered = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].begin != covered)
            return refuse(error, entries[i].name, "a gap or an overlap lies before its data");
        covered = entries[i].end;
    }
    if (covered != data_bytes)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "the header describes %lld bytes of data, the file has %lld",
                           (long long)covered, (long long)data_bytes);
    return PLEAT_OK;
}

/* Reads the data of all entries, which follow one another, into the file's tensors. */
static enum pleat_status read_data(struct pleat_safetensors *file, const struct entry *entries,
                                   size_t count, struct pleat__input *input,
                                   struct pleat_error *error) {
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &entries[i];
        struct pleat_named_tensor *named = &file->tensors[i];
        PLEAT__TRY(pleat_tensor_allocate(&named->tensor, entry->tensor.dtype, entry->tensor.rank,
                                         entry->tensor.extent, error));
        named->name = entry->name;
        file->count++;
        PLEAT__TRY(pleat__input_read(input, named->tensor.data, (size_t)(entry->end - entry->begin),
                                     error));
    }
    return PLEAT_OK;
}

static enum pleat_status read_tensors(struct pleat_safetensors *file, struct pleat__input *input,
                                      struct pleat_error *error) {
    const bool has_metadata = json_object_get(file->header, PLEAT__SAFETENSORS_METADATA) != NULL;
    const size_t count = json_object_size(file->header) - has_metadata;
    struct entry *entries = pleat__allocate(count, sizeof *entries);
    file->tensors = pleat__allocate(count, sizeof *file->tensors);
    enum pleat_status status = PLEAT_OK;
    if (entries == NULL || file->tensors == NULL) {
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu tensors", count);
    } else {
        struct pleat_error detail;
        status = parse_header(entries, file->header, input->left, &detail);
        if (status != PLEAT_OK)
            pleat__fail_in(error, input->path, &detail);
    }
    if (status == PLEAT_OK)
        status = read_data(file, entries, count, input, error);
    pleat__free(entries);
    return status;
}

static enum pleat_status read_file(struct pleat_safetensors *file, struct pleat__input *input,
                                   struct pleat_error *error) {
    PLEAT__TRY(read_json(&file->header, input, error));
    if (!json_is_object(file->header))
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: the header is not a JSON object",
                           pleat__path_end(input->path));
    return read_tensors(file, input, error);
}

enum pleat_status pleat_safetensors_read(struct pleat_safetensors **file, const char *path,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(file, error);
    PLEAT__REQUIRE(path, error);
    struct pleat__input input;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    struct pleat_safetensors *made = pleat__allocate(1, sizeof *made);
    enum pleat_status status =
        made != NULL ? read_file(made, &input, error)
                     : pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the contents");
    pleat__input_close(&input);
    if (status != PLEAT_OK) {
        pleat_safetensors_free(made);
        return status;
    }
    *file = made;
    return PLEAT_OK;
}

void pleat_safetensors_free(struct pleat_safetensors *file) {
    if (file == NULL)
        return;
    for (size_t i = 0; i < file->count; i++)
        pleat_tensor_free(&file->tensors[i].tensor);
    pleat__free(file->tensors);
    json_decref(file->header);
    pleat__free(file);
}

size_t pleat_safetensors_count(const struct pleat_safetensors *file) {
    return file->count;
}

const struct pleat_named_tensor *pleat_safetensors_at(const struct pleat_safetensors *file,
                                                      size_t index) {
    return index < file->count ? &file->tensors[index] : NULL;
}

const struct pleat_tensor *pleat_safetensors_find(const struct pleat_safetensors *file,
                                                  const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i].tensor;
    return NULL;
}

const char *pleat_safetensors_metadata(const struct pleat_safetensors *file, const char *key) {
    const json_t *metadata = json_object_get(file->header, PLEAT__SAFETENSORS_METADATA);
    return json_string_value(json_object_get(metadata, key));
}
