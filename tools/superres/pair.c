/* Making a plane's lower resolution. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/resize.h>

#include "fault.h"
#include "superres/pair.h"

/* Points pair->fine at the plane, or at a copy of its upper left part. */
static enum pleat_status crop(struct pair *pair, const struct pleat_tensor *plane,
                              const int64_t extent[2], struct pleat_error *error) {
    if (extent[0] == plane->extent[0] && extent[1] == plane->extent[1]) {
        pair->fine = *plane;
        return PLEAT_OK;
    }
    TRY(pleat_tensor_allocate(&pair->cropped, PLEAT_FLOAT32, 2, extent, error));
    pair->fine = pair->cropped;
    const float *source = plane->data;
    float *target = pair->cropped.data;
    for (int64_t y = 0; y < extent[0]; y++)
        memcpy(target + y * extent[1], source + y * plane->extent[1],
               (size_t)extent[1] * sizeof *target);
    return PLEAT_OK;
}

static enum pleat_status fill(struct pair *pair, const struct pleat_tensor *plane, int64_t scale,
                              struct pleat_error *error) {
    const int64_t coarse[2] = {plane->extent[0] / scale, plane->extent[1] / scale};
    const int64_t fine[2] = {coarse[0] * scale, coarse[1] * scale};
    if (coarse[0] < 1 || coarse[1] < 1)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "an image of %" PRId64 "x%" PRId64
                     " pixels is smaller than the scale %" PRId64,
                     plane->extent[1], plane->extent[0], scale);
    TRY(crop(pair, plane, fine, error));
    TRY(pleat_tensor_allocate(&pair->coarse, PLEAT_FLOAT32, 2, coarse, error));
    TRY(pleat_resize(&pair->fine, &pair->coarse, PLEAT_BICUBIC, error));
    TRY(pleat_tensor_allocate(&pair->bicubic, PLEAT_FLOAT32, 2, fine, error));
    return pleat_resize(&pair->coarse, &pair->bicubic, PLEAT_BICUBIC, error);
}

enum pleat_status pair_make(struct pair *pair, const struct pleat_tensor *plane, int64_t scale,
                            struct pleat_error *error) {
    struct pair made = {.fine.data = NULL};
    const enum pleat_status status = fill(&made, plane, scale, error);
    if (status == PLEAT_OK)
        *pair = made;
    else
        pair_free(&made);
    return status;
}

enum pleat_status pair_make_of(struct pair *pair, const struct pleat_dataset *dataset, size_t index,
                               int64_t scale, struct pleat_error *error) {
    struct pleat_error bare;
    if (pair_make(pair, pleat_dataset_plane(dataset, index), scale, &bare) == PLEAT_OK)
        return PLEAT_OK;
    const char *name = pleat_dataset_name(dataset, index);
    return name != NULL ? fault(error, bare.status, "%.80s: %.160s", name, bare.message)
                        : fault(error, bare.status, "image %zu: %.160s", index, bare.message);
}

void pair_free(struct pair *pair) {
    pleat_tensor_free(&pair->cropped);
    pleat_tensor_free(&pair->coarse);
    pleat_tensor_free(&pair->bicubic);
    pair->fine.data = NULL;
}

struct pair *pairs_allocate(size_t count) {
    return calloc(count, sizeof(struct pair));
}

void pairs_free(struct pair *pairs, size_t count) {
    for (size_t i = 0; pairs != NULL && i < count; i++)
        pair_free(&pairs[i]);
    free(pairs);
}
