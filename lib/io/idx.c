/* Reading idx files through zlib, which reads plain ones too. */
#include <zlib.h>

#include <pleat/dataset.h>

#include "base/error.h"
#include "io/input.h"
#include "io/path.h"
#include "io/tensor_check.h"

struct idx {
    const char *path;
    gzFile stream;
    int64_t file_bytes;
};

static enum pleat_status too_short(const struct idx *idx, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: the file ends too early or is damaged",
                       pleat__path_end(idx->path));
}

/* Reports a read that gave less than was asked for. */
static enum pleat_status read_failed(const struct idx *idx, struct pleat_error *error) {
    int code = Z_OK;
    gzerror(idx->stream, &code);
    if (code == Z_ERRNO)
        return pleat__fail_errno(error, idx->path, "read it");
    if (code == Z_MEM_ERROR)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to read %s",
                           pleat__path_end(idx->path));
    return too_short(idx, error);
}

static enum pleat_status read_header(struct pleat_tensor *tensor, const struct idx *idx,
                                     struct pleat_error *error) {
    unsigned char head[4], extent[4];
    if (gzread(idx->stream, head, sizeof head) != sizeof head)
        return read_failed(idx, error);
    if (head[0] != 0 || head[1] != 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: not an idx file",
                           pleat__path_end(idx->path));
    if (head[2] != 8 || head[3] < 1 || head[3] > PLEAT_MAX_RANK)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "%s: idx of type 0x%02x and rank %d: type 0x08, unsigned bytes, of rank "
                           "1 to %d is read",
                           pleat__path_end(idx->path), head[2], head[3], PLEAT_MAX_RANK);
    *tensor = (struct pleat_tensor){.dtype = PLEAT_FLOAT32, .rank = head[3]};
    for (int i = 0; i < tensor->rank; i++) {
        if (gzread(idx->stream, extent, sizeof extent) != sizeof extent)
            return read_failed(idx, error);
        tensor->extent[i] = (int64_t)extent[0] << 24 | extent[1] << 16 | extent[2] << 8 | extent[3];
    }
    return PLEAT_OK;
}

/* Deflate makes no more than 1032 bytes of one: a short file cannot claim a huge array, and nothing
 * is allocated for one that does. */
static enum pleat_status check_size(const struct pleat_tensor *header, const struct idx *idx,
                                    struct pleat_error *error) {
    size_t bytes = 0;
    struct pleat_error detail;
    if (pleat__tensor_bytes(header, &bytes, &detail) != PLEAT_OK)
        return pleat__fail_in(error, idx->path, &detail);
    if (bytes / sizeof(float) / 1032 > (uint64_t)idx->file_bytes)
        return too_short(idx, error);
    if (bytes / sizeof(float) > PLEAT_IDX_MAX_NUMBERS)
        return pleat__fail(error, PLEAT_UNSUPPORTED, "%s: %zu numbers, at most %lld are read",
                           pleat__path_end(idx->path), bytes / sizeof(float),
                           (long long)PLEAT_IDX_MAX_NUMBERS);
    return PLEAT_OK;
}

static enum pleat_status read_values(float *values, int64_t count, const struct idx *idx,
                                     struct pleat_error *error) {
    unsigned char bytes[4096];
    while (count > 0) {
        const unsigned wanted =
            count < (int64_t)sizeof bytes ? (unsigned)count : (unsigned)sizeof bytes;
        if (gzread(idx->stream, bytes, wanted) != (int)wanted)
            return read_failed(idx, error);
        for (unsigned i = 0; i < wanted; i++)
            values[i] = bytes[i];
        values += wanted;
        count -= wanted;
    }
    /* At the end of a compressed file this read also checks its checksum. */
    const int more = gzread(idx->stream, bytes, 1);
    if (more < 0)
        return read_failed(idx, error);
    if (more > 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s: more data than its header promises",
                           pleat__path_end(idx->path));
    return PLEAT_OK;
}

static enum pleat_status read_tensor(struct pleat_tensor *tensor, const struct idx *idx,
                                     struct pleat_error *error) {
    struct pleat_tensor header;
    PLEAT__TRY(read_header(&header, idx, error));
    PLEAT__TRY(check_size(&header, idx, error));
    PLEAT__TRY(pleat_tensor_allocate(tensor, header.dtype, header.rank, header.extent, error));
    const enum pleat_status status =
        read_values(tensor->data, pleat_tensor_size(tensor), idx, error);
    if (status != PLEAT_OK)
        pleat_tensor_free(tensor);
    return status;
}

/* Opens the file for zlib, which takes over the descriptor. */
static enum pleat_status open_idx(struct idx *idx, const char *path, struct pleat_error *error) {
    struct pleat__input input;
    PLEAT__TRY(pleat__input_open(&input, path, error));
    *idx = (struct idx){path, gzdopen(input.descriptor, "rb"), input.left};
    if (idx->stream == NULL) {
        pleat__input_close(&input);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to read %s",
                           pleat__path_end(path));
    }
    return PLEAT_OK;
}

enum pleat_status pleat_idx_read(struct pleat_tensor *tensor, const char *path,
                                 struct pleat_error *error) {
    PLEAT__REQUIRE(tensor, error);
    PLEAT__REQUIRE(path, error);
    struct idx idx;
    struct pleat_tensor made;
    PLEAT__TRY(open_idx(&idx, path, error));
    enum pleat_status status = read_tensor(&made, &idx, error);
    /* A compressed file that ends within its checksum shows here only. */
    const int closed = gzclose(idx.stream);
    if (status != PLEAT_OK)
        return status;
    if (closed != Z_OK) {
        pleat_tensor_free(&made);
        return too_short(&idx, error);
    }
    *tensor = made;
    return PLEAT_OK;
}
