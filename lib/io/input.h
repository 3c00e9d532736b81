/* Reading a regular file whose size is known before anything is allocated for it. */
#ifndef PLEAT_IO_INPUT_H
#define PLEAT_IO_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/status.h>

struct pleat__input {
    const char *path; /* the caller's */
    int descriptor;
    int64_t left; /* bytes not read yet */
};

/* Opens the file; closed by pleat__input_close. Refuses anything but a regular file, which is what
 * makes the size known. PLEAT_IO. */
enum pleat_status pleat__input_open(struct pleat__input *input, const char *path,
                                    struct pleat_error *error);

/* Reads exactly that many bytes. PLEAT_BAD_FORMAT where the file has fewer; PLEAT_IO. */
enum pleat_status pleat__input_read(struct pleat__input *input, void *data, size_t bytes,
                                    struct pleat_error *error);

void pleat__input_close(struct pleat__input *input);

/* Reads a whole file of at most `most` bytes into *data, freed by pleat__free. PLEAT_UNSUPPORTED
 * where it is larger; PLEAT_IO; PLEAT_OUT_OF_MEMORY. */
enum pleat_status pleat__input_read_whole(const char *path, size_t most, unsigned char **data,
                                          size_t *bytes, struct pleat_error *error);

#endif
