/* Patches: small squares drawn from pairs, of which batches are made. */
#ifndef PLEAT_TOOLS_PATCHES_H
#define PLEAT_TOOLS_PATCHES_H

#include <stdbool.h>

#include <pleat/random.h>

#include "superres/pair.h"

/* Where patches are drawn from: every position in every pair is as likely. */
struct patches {
    const struct pair *pairs;
    size_t count;
    int64_t side; /* pixels of low resolution */
    int64_t scale;
    bool symmetries; /* turn and mirror each patch in one of eight ways */
    bool residual;   /* targets are what bicubic lacks, rather than the whole */
    uint64_t
        *first; /* first[i]: the number of positions in the pairs before i; count + 1 of them */
    uint64_t seed;
};

/* Overwrites *patches; freed by patches_free. Pairs smaller than the side are not drawn from;
 * PLEAT_INVALID_SHAPE: all are. */
enum pleat_status patches_create(struct patches *patches, const struct pair *pairs, size_t count,
                                 int64_t side, int64_t scale, bool symmetries, bool residual,
                                 uint64_t seed, struct pleat_error *error);

void patches_free(struct patches *patches);

/* Returns the number of patches that hold as many pixels as all pairs that are drawn from. */
int64_t patches_in_epoch(const struct patches *patches);

/* Draws the batch of a step, which follows from the seed and the step alone:
 * input[N][1][side][side] = coarse / 255, target[N][1][side scale][side scale] = fine / 255, or
 * (fine - bicubic) / 255 for residuals; both are overwritten. */
void patches_draw(const struct patches *patches, int64_t step, const struct pleat_tensor *input,
                  const struct pleat_tensor *target);

#endif
