/* Reading a model from a file of text. */
#include <string.h>

#include <pleat/text.h>
#include <pleat/text_file.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/input.h"
#include "io/path.h"

/* Reads what is left of the input into new memory, with a 0 behind it. */
static enum pleat_status read_text(struct pleat__input *input, char **text,
                                   struct pleat_error *error) {
    const size_t length = (size_t)input->left;
    size_t bytes = 0;
    char *memory = pleat__add_size(length, 1, &bytes) ? pleat__allocate(bytes, 1) : NULL;
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "%s: no memory for %zu bytes",
                           pleat__path_end(input->path), length);
    enum pleat_status status = pleat__input_read(input, memory, length, error);
    if (status == PLEAT_OK && memchr(memory, '\0', length) != NULL)
        status = pleat__fail(error, PLEAT_BAD_FORMAT, "%s: a byte 0: this is no text",
                             pleat__path_end(input->path));
    if (status == PLEAT_OK)
        *text = memory;
    else
        pleat__free(memory);
    return status;
}

enum pleat_status pleat_text_read_file(struct pleat_model **model, const char *path,
                                       enum pleat_dtype dtype, struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(path, error);
    struct pleat__input input;
    char *text = NULL;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    enum pleat_status status = read_text(&input, &text, error);
    pleat__input_close(&input);
    if (status != PLEAT_OK)
        return status;
    struct pleat_error detail;
    status = pleat_text_read(model, text, dtype, &detail);
    pleat__free(text);
    return status == PLEAT_OK ? PLEAT_OK : pleat__fail_in(error, path, &detail);
}
