/* Telling checkpoints from texts. */
#include <stdio.h>

#include <pleat/pleat-io.h>

#include "model_file.h"

/* Whether the file begins as a checkpoint: with 8 bytes that count those of a header, whose upper
 * ones are 0, and the header's brace. A text has no byte 0. A file that cannot be read is none: the
 * reader of texts says why. */
static bool is_checkpoint(const char *path) {
    unsigned char head[9] = {1};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    const size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    return got == sizeof head && head[7] == 0 && head[8] == '{';
}

enum pleat_status model_file_read_values(struct pleat_model **model, const char *path,
                                         bool *has_values, struct pleat_error *error) {
    *has_values = is_checkpoint(path);
    return *has_values ? pleat_checkpoint_open(model, path, error)
                       : pleat_text_read_file(model, path, PLEAT_FLOAT32, error);
}

enum pleat_status model_file_read(struct pleat_model **model, const char *path,
                                  struct pleat_error *error) {
    bool has_values;
    return model_file_read_values(model, path, &has_values, error);
}

int64_t model_size(const struct pleat_model *model) {
    int64_t size = 0;
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter parameter = pleat_model_parameter(model, i);
        size += pleat_tensor_size(&parameter.value);
    }
    return size;
}
