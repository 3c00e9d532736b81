/* Drawing patches. */
#include <inttypes.h>
#include <stdlib.h>

#include "fault.h"
#include "superres/patches.h"

/* How many patches of that side begin in a pair. */
static uint64_t positions(const struct pair *pair, int64_t side) {
    const int64_t height = pair->coarse.extent[0], width = pair->coarse.extent[1];
    return height < side || width < side
               ? 0
               : (uint64_t)(height - side + 1) * (uint64_t)(width - side + 1);
}

enum pleat_status patches_create(struct patches *patches, const struct pair *pairs, size_t count,
                                 int64_t side, int64_t scale, bool symmetries, bool residual,
                                 uint64_t seed, struct pleat_error *error) {
    uint64_t *first = malloc((count + 1) * sizeof *first);
    if (first == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", count);
    first[0] = 0;
    for (size_t i = 0; i < count; i++)
        first[i + 1] = first[i] + positions(&pairs[i], side);
    if (first[count] == 0) {
        free(first);
        return fault(error, PLEAT_INVALID_SHAPE,
                     "no image holds a patch of %" PRId64 " pixels at scale %" PRId64
                     ": both sides would have to be %" PRId64 " at least",
                     side, scale, side * scale);
    }
    *patches = (struct patches){.pairs = pairs,
                                .count = count,
                                .side = side,
                                .scale = scale,
                                .symmetries = symmetries,
                                .residual = residual,
                                .first = first,
                                .seed = seed};
    return PLEAT_OK;
}

void patches_free(struct patches *patches) {
    free(patches->first);
    patches->first = NULL;
}

int64_t patches_in_epoch(const struct patches *patches) {
    int64_t pixels = 0;
    for (size_t i = 0; i < patches->count; i++)
        if (positions(&patches->pairs[i], patches->side) > 0)
            pixels += pleat_tensor_size(&patches->pairs[i].coarse);
    const int64_t area = patches->side * patches->side;
    return (pixels + area - 1) / area;
}

/* The pair in which position number `position` lies: the largest i with first[i] <= position. */
static size_t find_pair(const struct patches *patches, uint64_t position) {
    size_t low = 0, high = patches->count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (patches->first[middle] <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* How to walk a square in a plane so that it comes out turned and mirrored. */
struct walk {
    int64_t start;       /* of the first pixel in the plane */
    int64_t down, right; /* the step to the next row's and the next column's pixel */
};

/* Bits of symmetry: 1 mirrors left and right, 2 top and bottom, 4 transposes. */
static struct walk walk_square(int64_t width, int64_t y, int64_t x, int64_t side,
                               unsigned symmetry) {
    struct walk walk = {.start = y * width + x, .down = width, .right = 1};
    if ((symmetry & 1) != 0) {
        walk.start += side - 1;
        walk.right = -1;
    }
    if ((symmetry & 2) != 0) {
        walk.start += (side - 1) * width;
        walk.down = -width;
    }
    if ((symmetry & 4) != 0) {
        const int64_t down = walk.down;
        walk.down = walk.right;
        walk.right = down;
    }
    return walk;
}

static void draw_patch(const struct patches *patches, struct pleat_random *random, float *input,
                       float *target) {
    const uint64_t position = pleat_random_below(random, patches->first[patches->count]);
    const size_t index = find_pair(patches, position);
    const struct pair *pair = &patches->pairs[index];
    const int64_t side = patches->side, scale = patches->scale, fine_side = side * scale;
    const int64_t width = pair->coarse.extent[1], across = width - side + 1;
    const int64_t offset = (int64_t)(position - patches->first[index]);
    const int64_t y = offset / across, x = offset % across;
    const unsigned symmetry = patches->symmetries ? (unsigned)(pleat_random_bits(random) >> 61) : 0;
    const struct walk coarse = walk_square(width, y, x, side, symmetry);
    const float *low = (const float *)pair->coarse.data + coarse.start;
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++)
            *input++ = low[i * coarse.down + j * coarse.right] * (1.0F / 255.0F);
    const struct walk fine = walk_square(width * scale, y * scale, x * scale, fine_side, symmetry);
    const float *truth = (const float *)pair->fine.data + fine.start;
    const float *bicubic = (const float *)pair->bicubic.data + fine.start;
    const float lacks = patches->residual ? 1.0F : 0.0F;
    for (int64_t i = 0; i < fine_side; i++)
        for (int64_t j = 0; j < fine_side; j++) {
            const int64_t at = i * fine.down + j * fine.right;
            *target++ = (truth[at] - lacks * bicubic[at]) * (1.0F / 255.0F);
        }
}

void patches_draw(const struct patches *patches, int64_t step, const struct pleat_tensor *input,
                  const struct pleat_tensor *target) {
    const int64_t pixels = patches->side * patches->side;
    const int64_t fine_pixels = pixels * patches->scale * patches->scale;
    struct pleat_random random = pleat_random_seed(patches->seed + (uint64_t)step);
    for (int64_t n = 0; n < input->extent[0]; n++)
        draw_patch(patches, &random, (float *)input->data + n * pixels,
                   (float *)target->data + n * fine_pixels);
}
