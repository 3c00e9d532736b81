/* Pairs of a plane and its lower resolution, by the protocol of the super-resolution papers. */
#ifndef PLEAT_TOOLS_PAIR_H
#define PLEAT_TOOLS_PAIR_H

#include <stddef.h>

#include <pleat/dataset.h>
#include <pleat/tensor.h>

/* Three planes, float32 [height][width], values 0..255. */
struct pair {
    struct pleat_tensor fine;    /* the truth: the image cropped to a multiple of the scale */
    struct pleat_tensor coarse;  /* 1 / scale of it by antialiased bicubic, not rounded */
    struct pleat_tensor bicubic; /* coarse enlarged again by bicubic: fine's extents, not rounded */
    struct pleat_tensor cropped; /* fine's memory; data NULL where that is another's */
};

/* Makes the pair of a plane, and overwrites *pair; freed by pair_free. Where nothing is to be
 * cropped, fine is the plane itself, which must then outlive the pair. PLEAT_INVALID_SHAPE: the
 * plane is smaller than the scale. */
enum pleat_status pair_make(struct pair *pair, const struct pleat_tensor *plane, int64_t scale,
                            struct pleat_error *error);

/* Makes the pair of a data set's image; the detail of an error begins with the image's name, or its
 * number. */
enum pleat_status pair_make_of(struct pair *pair, const struct pleat_dataset *dataset, size_t index,
                               int64_t scale, struct pleat_error *error);

/* Frees a pair; zeros are allowed. */
void pair_free(struct pair *pair);

/* Allocates pairs[count], all zeros, or returns NULL. */
struct pair *pairs_allocate(size_t count);

/* Frees pairs[count] and the array; NULL is allowed. */
void pairs_free(struct pair *pairs, size_t count);

#endif
