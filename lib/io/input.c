/* Reading regular files. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/input.h"
#include "io/path.h"

enum pleat_status pleat__input_open(struct pleat__input *input, const char *path,
                                    struct pleat_error *error) {
    /* O_NONBLOCK: a pipe without a writer must be refused, not waited for. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0)
        return pleat__fail_errno(error, path, "open it");
    struct stat status;
    enum pleat_status result = PLEAT_OK;
    if (fstat(descriptor, &status) != 0)
        result = pleat__fail_errno(error, path, "examine it");
    else if (!S_ISREG(status.st_mode))
        result = pleat__fail(error, PLEAT_IO, "%s: not a regular file", pleat__path_end(path));
    if (result != PLEAT_OK) {
        close(descriptor);
        return result;
    }
    *input = (struct pleat__input){path, descriptor, status.st_size};
    return PLEAT_OK;
}

enum pleat_status pleat__input_read(struct pleat__input *input, void *data, size_t bytes,
                                    struct pleat_error *error) {
    unsigned char *next = data;
    while (bytes > 0) {
        const ssize_t got = read(input->descriptor, next, bytes < INT_MAX ? bytes : INT_MAX);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pleat__fail_errno(error, input->path, "read it");
        if (got == 0)
            return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: the file ends too early",
                               pleat__path_end(input->path));
        next += got;
        bytes -= (size_t)got;
        input->left -= got;
    }
    return PLEAT_OK;
}

void pleat__input_close(struct pleat__input *input) {
    close(input->descriptor);
}

static enum pleat_status read_whole(struct pleat__input *input, size_t most, unsigned char **data,
                                    size_t *bytes, struct pleat_error *error) {
    if ((uint64_t)input->left > most)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "%s: %lld bytes, at most %zu are read",
                           pleat__path_end(input->path), (long long)input->left, most);
    const size_t size = (size_t)input->left;
    unsigned char *memory = pleat__allocate(size, 1);
    if (memory == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "%s: no memory for %zu bytes",
                           pleat__path_end(input->path), size);
    const enum pleat_status status = pleat__input_read(input, memory, size, error);
    if (status != PLEAT_OK) {
        pleat__free(memory);
        return status;
    }
    *data = memory;
    *bytes = size;
    return PLEAT_OK;
}

enum pleat_status pleat__input_read_whole(const char *path, size_t most, unsigned char **data,
                                          size_t *bytes, struct pleat_error *error) {
    struct pleat__input input;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    const enum pleat_status status = read_whole(&input, most, data, bytes, error);
    pleat__input_close(&input);
    return status;
}
