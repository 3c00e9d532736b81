/* Reading idx files through zlib, which reads plain ones too. */
#include <zlib.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/idx.h"
#include "io/input.h"
#include "io/path.h"

struct reader {
    const char *path;
    gzFile stream;
    int64_t file_bytes;
};

static enum pleat_status too_short(const struct reader *reader, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: the file ends too early or is damaged",
                       pleat__path_end(reader->path));
}

/* Reports a read that gave less than was asked for. */
static enum pleat_status read_failed(const struct reader *reader, struct pleat_error *error) {
    int code = Z_OK;
    gzerror(reader->stream, &code);
    if (code == Z_ERRNO)
        return pleat__fail_errno(error, reader->path, "read it");
    if (code == Z_MEM_ERROR)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to read %s",
                           pleat__path_end(reader->path));
    return too_short(reader, error);
}

static enum pleat_status read_header(struct pleat__idx *idx, const struct reader *reader,
                                     struct pleat_error *error) {
    unsigned char head[4], extent[4];
    if (gzread(reader->stream, head, sizeof head) != sizeof head)
        return read_failed(reader, error);
    if (head[0] != 0 || head[1] != 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: not an idx file",
                           pleat__path_end(reader->path));
    if (head[2] != 8 || head[3] < 1 || head[3] > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "%s: idx of type 0x%02x and rank %d: type 0x08, unsigned bytes, of rank "
                           "1 to %d is read",
                           pleat__path_end(reader->path), head[2], head[3], PLEAT_MAX_RANK);
    *idx = (struct pleat__idx){.rank = head[3]};
    for (int i = 0; i < idx->rank; i++) {
        if (gzread(reader->stream, extent, sizeof extent) != sizeof extent)
            return read_failed(reader, error);
        idx->extent[i] = (int64_t)extent[0] << 24 | extent[1] << 16 | extent[2] << 8 | extent[3];
    }
    return PLEAT_OK;
}

/* Deflate makes no more than 1032 bytes of one: a short file cannot claim a huge array, and nothing
 * is allocated for one that does. */
static enum pleat_status measure(struct pleat__idx *idx, const struct reader *reader,
                                 struct pleat_error *error) {
    idx->size = 1;
    for (int i = 0; i < idx->rank; i++)
        if (!pleat__multiply(idx->size, idx->extent[i], &idx->size))
            return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: its extents are too large",
                               pleat__path_end(reader->path));
    if (idx->size / 1032 > reader->file_bytes)
        return too_short(reader, error);
    if (idx->size > PLEAT_IDX_MAX_NUMBERS)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "%s: %lld numbers, at most %lld are read",
                           pleat__path_end(reader->path), (long long)idx->size,
                           (long long)PLEAT_IDX_MAX_NUMBERS);
    return PLEAT_OK;
}

static enum pleat_status read_values(uint8_t *values, int64_t count, const struct reader *reader,
                                     struct pleat_error *error) {
    const unsigned most = 1 << 20;
    while (count > 0) {
        const unsigned wanted = count < most ? (unsigned)count : most;
        if (gzread(reader->stream, values, wanted) != (int)wanted)
            return read_failed(reader, error);
        values += wanted;
        count -= wanted;
    }
    /* At the end of a compressed file this read also checks its checksum. */
    uint8_t beyond;
    const int more = gzread(reader->stream, &beyond, 1);
    if (more < 0)
        return read_failed(reader, error);
    if (more > 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: more data than its header promises",
                           pleat__path_end(reader->path));
    return PLEAT_OK;
}

static enum pleat_status read_idx(struct pleat__idx *idx, const struct reader *reader,
                                  struct pleat_error *error) {
    PLEAT__TRY(read_header(idx, reader, error));
    PLEAT__TRY(measure(idx, reader, error));
    idx->data = pleat__allocate((size_t)idx->size, 1);
    if (idx->data == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "%s: no memory for %lld numbers",
                           pleat__path_end(reader->path), (long long)idx->size);
    const enum pleat_status status = read_values(idx->data, idx->size, reader, error);
    if (status != PLEAT_OK)
        pleat__idx_free(idx);
    return status;
}

/* Opens the file for zlib, which takes over the descriptor. */
static enum pleat_status open_idx(struct reader *reader, const char *path,
                                  struct pleat_error *error) {
    struct pleat__input input;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    *reader = (struct reader){path, gzdopen(input.descriptor, "rb"), input.left};
    if (reader->stream == NULL) {
        pleat__input_close(&input);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to read %s",
                           pleat__path_end(path));
    }
    return PLEAT_OK;
}

enum pleat_status pleat__idx_read(struct pleat__idx *idx, const char *path,
                                  struct pleat_error *error) {
    struct reader reader;
    struct pleat__idx made;
    PLEAT__TRY(open_idx(&reader, path, error));
    const enum pleat_status status = read_idx(&made, &reader, error);
    /* A compressed file that ends within its checksum shows here only. */
    const int closed = gzclose(reader.stream);
    if (status != PLEAT_OK)
        return status;
    if (closed != Z_OK) {
        pleat__idx_free(&made);
        return too_short(&reader, error);
    }
    *idx = made;
    return PLEAT_OK;
}

void pleat__idx_free(struct pleat__idx *idx) {
    pleat__free(idx->data);
    idx->data = NULL;
}

enum pleat_status pleat_idx_read(struct pleat_tensor *tensor, const char *path,
                                 struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    PLEAT__REQUIRE(path, error);
    struct pleat__idx idx;
    struct pleat_tensor made;
    PLEAT__TRY(pleat__idx_read(&idx, path, error));
    const enum pleat_status status =
        pleat_tensor_allocate(&made, PLEAT_FLOAT32, idx.rank, idx.extent, error);
    if (status == PLEAT_OK) {
        float *values = made.data;
        for (int64_t i = 0; i < idx.size; i++)
            values[i] = idx.data[i];
        *tensor = made;
    }
    pleat__idx_free(&idx);
    return status;
}
