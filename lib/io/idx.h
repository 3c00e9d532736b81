/* idx files as they are, 8 bits a number. */
#ifndef PLEAT_IO_IDX_H
#define PLEAT_IO_IDX_H

#include <stdint.h>

#include <pleat/dataset.h>

struct pleat__idx {
    int rank;
    int64_t extent[PLEAT_MAX_RANK];
    int64_t size; /* the product of the extents */
    uint8_t *data;
};

/* Reads a file as pleat_idx_read does, into bytes; freed by pleat__idx_free. */
enum pleat_status pleat__idx_read(struct pleat__idx *idx, const char *path,
                                  struct pleat_error *error);

void pleat__idx_free(struct pleat__idx *idx);

#endif
