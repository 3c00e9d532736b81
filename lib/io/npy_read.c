/* Reading .npy files; everything in them is taken for hostile. */
#include <string.h>

#include <pleat/npy.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/input.h"
#include "io/little_endian.h"
#include "io/npy_header.h"
#include "io/path.h"
#include "io/tensor_check.h"

/* NumPy's own limit is 10000 characters. */
#define MOST_HEADER_BYTES 65536

/* Reads magic, version and the dictionary's length. */
static enum pleat_status read_prefix(struct pleat__input *input, size_t *length,
                                     struct pleat_error *error) {
    unsigned char magic[PLEAT__NPY_MAGIC_BYTES + 2], count[4];
    PLEAT__TRY(pleat__input_read(input, magic, sizeof magic, error));
    if (memcmp(magic, PLEAT__NPY_MAGIC, PLEAT__NPY_MAGIC_BYTES) != 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: not a .npy file",
                           pleat__path_end(input->path));
    if (magic[6] < 1 || magic[6] > 3 || magic[7] != 0)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "%s: version %d.%d of .npy: 1.0, 2.0 and 3.0 are read",
                           pleat__path_end(input->path), magic[6], magic[7]);
    const size_t bytes = magic[6] == 1 ? 2 : 4;
    PLEAT__TRY(pleat__input_read(input, count, bytes, error));
    *length = (size_t)pleat__load_little(count, bytes);
    if (*length > MOST_HEADER_BYTES || (int64_t)*length > input->left)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: a .npy header of %zu bytes",
                           pleat__path_end(input->path), *length);
    return PLEAT_OK;
}

static enum pleat_status read_dictionary(struct pleat_tensor *tensor, struct pleat__input *input,
                                         size_t length, struct pleat_error *error) {
    char *text = pleat__allocate(length, 1);
    if (text == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a header of %zu bytes",
                           length);
    enum pleat_status status = pleat__input_read(input, text, length, error);
    if (status == PLEAT_OK) {
        struct pleat_error detail;
        status = pleat__npy_header_read(tensor, text, length, &detail);
        if (status != PLEAT_OK)
            pleat__fail_in(error, input->path, &detail);
    }
    pleat__free(text);
    return status;
}

/* Checks the extents against the file's size before anything is allocated for them. */
static enum pleat_status check_size(const struct pleat_tensor *tensor,
                                    const struct pleat__input *input, struct pleat_error *error) {
    size_t bytes = 0;
    struct pleat_error detail;
    if (pleat__tensor_bytes(tensor, &bytes, &detail) != PLEAT_OK)
        return pleat__fail_in(error, input->path, &detail);
    if (bytes != (uint64_t)input->left)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "%s: its header promises %zu bytes of data, it has %lld",
                           pleat__path_end(input->path), bytes, (long long)input->left);
    return PLEAT_OK;
}

static enum pleat_status read_tensor(struct pleat_tensor *tensor, struct pleat__input *input,
                                     struct pleat_error *error) {
    size_t length = 0;
    struct pleat_tensor header = {.data = NULL}, made;
    PLEAT__TRY(read_prefix(input, &length, error));
    PLEAT__TRY(read_dictionary(&header, input, length, error));
    PLEAT__TRY(check_size(&header, input, error));
    PLEAT__TRY(pleat_tensor_allocate(&made, header.dtype, header.rank, header.extent, error));
    const enum pleat_status status =
        pleat__input_read(input, made.data, (size_t)input->left, error);
    if (status != PLEAT_OK) {
        pleat_tensor_free(&made);
        return status;
    }
    *tensor = made;
    return PLEAT_OK;
}

enum pleat_status pleat_npy_read(struct pleat_tensor *tensor, const char *path,
                                 struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    PLEAT__REQUIRE(path, error);
    struct pleat__input input;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    const enum pleat_status status = read_tensor(tensor, &input, error);
    pleat__input_close(&input);
    return status;
}
