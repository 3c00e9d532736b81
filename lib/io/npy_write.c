/* Writing .npy files, one or several together. */
#include <pleat/npy.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/atomic_file.h"
#include "io/npy_header.h"
#include "io/tensor_check.h"

static enum pleat_status write_contents(struct pleat__atomic_file *file,
                                        const struct pleat_tensor *tensor,
                                        struct pleat_error *error) {
    size_t bytes = 0;
    PLEAT__TRY(pleat__tensor_check(tensor, &bytes, error));
    unsigned char header[PLEAT__NPY_HEADER_BYTES];
    const size_t length = pleat__npy_header_write(header, tensor);
    PLEAT__TRY(pleat__atomic_write(file, header, length, error));
    return pleat__atomic_write(file, tensor->data, bytes, error);
}

static enum pleat_status open_and_write(struct pleat__atomic_file *file, const char *path,
                                        const struct pleat_tensor *tensor,
                                        struct pleat_error *error) {
    PLEAT__TRY(pleat__atomic_open(file, path, error));
    const enum pleat_status status = write_contents(file, tensor, error);
    if (status != PLEAT_OK)
        pleat__atomic_discard(file, 1);
    return status;
}

static enum pleat_status write_all(struct pleat__atomic_file *files, const char *const *paths,
                                   const struct pleat_tensor *tensors, size_t count,
                                   struct pleat_error *error) {
    for (size_t i = 0; i < count; i++) {
        const enum pleat_status status = open_and_write(&files[i], paths[i], &tensors[i], error);
        if (status != PLEAT_OK) {
            pleat__atomic_discard(files, i);
            return status;
        }
    }
    return pleat__atomic_commit(files, count, error);
}

/* Refuses bad arguments before any file is made. */
static enum pleat_status check(const char *const *paths, const struct pleat_tensor *tensors,
                               size_t count, struct pleat_error *error) {
    for (size_t i = 0; i < count; i++) {
        size_t bytes = 0;
        if (paths[i] == NULL)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "paths[%zu] must not be NULL", i);
        PLEAT__TRY(pleat__tensor_check(&tensors[i], &bytes, error));
    }
    return PLEAT_OK;
}

enum pleat_status pleat_npy_write_all(const char *const *paths, const struct pleat_tensor *tensors,
                                      size_t count, struct pleat_error *error) {
    if (count == 0)
        return PLEAT_OK;
    PLEAT__REQUIRE(paths, error);
    PLEAT__REQUIRE(tensors, error);
    PLEAT__TRY(check(paths, tensors, count, error));
    struct pleat__atomic_file *files = pleat__allocate(count, sizeof *files);
    if (files == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the names of %zu files",
                           count);
    const enum pleat_status status = write_all(files, paths, tensors, count, error);
    pleat__free(files);
    return status;
}

enum pleat_status pleat_npy_write(const char *path, const struct pleat_tensor *tensor,
                                  struct pleat_error *error) {
    PLEAT__REQUIRE(path, error);
    size_t bytes = 0;
    PLEAT__TRY(pleat__tensor_check(tensor, &bytes, error));
    struct pleat__atomic_file file;
    return write_all(&file, &path, tensor, 1, error);
}
