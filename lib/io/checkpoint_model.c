/* Models made from checkpoints alone, by the text in their metadata. */
#include <pleat/checkpoint.h>
#include <pleat/text.h>

#include "base/error.h"
#include "io/checkpoint_counters.h"
#include "io/checkpoint_tensors.h"
#include "io/path.h"

/* The type of a part's tensors; checked against each when they are loaded. */
static enum pleat_dtype dtype_of(const struct pleat_safetensors *file, const char *part) {
    for (size_t i = 0; i < pleat_safetensors_count(file); i++) {
        const struct pleat_named_tensor *tensor = pleat_safetensors_at(file, i);
        if (pleat__checkpoint_name_in_part(part, tensor->name) != NULL)
            return tensor->tensor.dtype;
    }
    return PLEAT_FLOAT32;
}

enum pleat_status pleat_checkpoint_model_part(struct pleat_model **model, const char *name,
                                              const struct pleat_safetensors *file,
                                              struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(file, error);
    char key[PLEAT__COUNTER_KEY];
    pleat__checkpoint_key(key, name, PLEAT_CHECKPOINT_MODEL);
    const char *text = pleat_safetensors_metadata(file, key);
    if (text == NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "the file's metadata has no \"%s\": only a program that knows its "
                           "network can load it",
                           key);
    struct pleat_model *made;
    struct pleat_error detail;
    enum pleat_status status = pleat_text_read(&made, text, dtype_of(file, name), &detail);
    if (status != PLEAT_OK)
        return pleat__fail(error, status, "\"%s\" of its metadata: %s", key, detail.message);
    status = pleat_checkpoint_load_part(made, name, file, error);
    if (status == PLEAT_OK)
        *model = made;
    else
        pleat_model_free(made);
    return status;
}

enum pleat_status pleat_checkpoint_model(struct pleat_model **model,
                                         const struct pleat_safetensors *file,
                                         struct pleat_error *error) {
    return pleat_checkpoint_model_part(model, NULL, file, error);
}

enum pleat_status pleat_checkpoint_open(struct pleat_model **model, const char *path,
                                        struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    struct pleat_safetensors *file;
    struct pleat_error detail;
    PLEAT__TRY(pleat_safetensors_read(&file, path, error));
    const enum pleat_status status = pleat_checkpoint_model(model, file, &detail);
    pleat_safetensors_free(file);
    return status == PLEAT_OK ? PLEAT_OK : pleat__fail_in(error, path, &detail);
}
