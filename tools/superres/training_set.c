/* Reading images, holding some out, making pairs of all. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/image.h>
#include <pleat/resize.h>

#include "fault.h"
#include "superres/parallel.h"
#include "superres/training_set.h"

#define MOST_HELD_OUT 500

/* How many pairs an image makes: itself and its reduced copies. */
static const double reductions[] = {1.0, 0.9, 0.8, 0.7, 0.6};
enum { REDUCTIONS = sizeof reductions / sizeof reductions[0] };

/* What every round knows. */
struct making {
    const struct training_set *set;
    const size_t *order; /* the images, those held out first */
    int64_t scale;
    struct pair *pairs;
    size_t copies; /* pairs an image */
};

/* Makes the pair of a plane reduced by bicubic and rounded, as a smaller image would be. Leaves
 * zeros where the copy is smaller than the scale. */
static enum pleat_status make_copy(struct pair *pair, const struct pleat_tensor *plane,
                                   int64_t scale, double factor, struct pleat_error *error) {
    const int64_t extent[2] = {llround((double)plane->extent[0] * factor),
                               llround((double)plane->extent[1] * factor)};
    if (extent[0] < scale || extent[1] < scale)
        return PLEAT_OK;
    struct pleat_tensor reduced;
    TRY(pleat_tensor_allocate(&reduced, PLEAT_FLOAT32, 2, extent, error));
    enum pleat_status status = pleat_resize(plane, &reduced, PLEAT_BICUBIC, error);
    if (status == PLEAT_OK)
        status = pleat_round_to_8_bits(&reduced, error);
    if (status == PLEAT_OK)
        status = pair_make(pair, &reduced, scale, error);
    if (status == PLEAT_OK && pair->fine.data == reduced.data)
        pair->cropped = reduced; /* the pair owns it now */
    else
        pleat_tensor_free(&reduced);
    return status;
}

/* Finds the data set of an image, and turns *image into its number there. */
static const struct pleat_dataset *find(const struct training_set *set, size_t *image) {
    int source = 0;
    while (*image >= pleat_dataset_count(set->dataset[source]))
        *image -= pleat_dataset_count(set->dataset[source++]);
    return set->dataset[source];
}

const struct pleat_tensor *training_set_plane(const struct training_set *set, size_t image) {
    const struct pleat_dataset *dataset = find(set, &image);
    return pleat_dataset_plane(dataset, image);
}

static enum pleat_status make_pairs(void *context, size_t index, struct pleat_error *error) {
    const struct making *making = context;
    size_t image = making->order[index];
    const struct pleat_dataset *dataset = find(making->set, &image);
    const struct pleat_tensor *plane = pleat_dataset_plane(dataset, image);
    struct pair *pairs = making->pairs + index * making->copies;
    TRY(pair_make_of(&pairs[0], dataset, image, making->scale, error));
    for (size_t i = 1; i < making->copies; i++)
        TRY(make_copy(&pairs[i], plane, making->scale, reductions[i], error));
    return PLEAT_OK;
}

/* Writes 0..count-1 into order, its first `drawn` entries drawn at random. */
static void draw_order(size_t *order, size_t count, size_t drawn, struct pleat_random *random) {
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = 0; i < drawn; i++) {
        const size_t other = i + (size_t)pleat_random_below(random, count - i);
        const size_t image = order[other];
        order[other] = order[i];
        order[i] = image;
    }
}

/* Moves pairs that were made to the front, and returns their number. */
static size_t drop_empty(struct pair *pairs, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (pairs[i].fine.data != NULL)
            pairs[kept++] = pairs[i];
    return kept;
}

static enum pleat_status make_sets(struct training_set *set, const size_t *order, int64_t scale,
                                   bool copies, int threads, struct pleat_error *error) {
    const size_t images = set->images - set->held_out_count;
    struct making making = {
        .set = set, .order = order, .scale = scale, .pairs = set->held_out, .copies = 1};
    TRY(parallel_for(set->held_out_count, threads, make_pairs, &making, error));
    making.order = order + set->held_out_count;
    making.pairs = set->train;
    making.copies = copies ? REDUCTIONS : 1;
    TRY(parallel_for(images, threads, make_pairs, &making, error));
    set->train_count = drop_empty(set->train, set->train_count);
    return PLEAT_OK;
}

/* Fills a set whose data set is read. */
static enum pleat_status fill(struct training_set *set, int64_t scale, bool copies, int threads,
                              struct pleat_random *random, struct pleat_error *error) {
    const size_t count = set->images, tenth = count / 10;
    set->held_out_count = tenth < 1 ? 1 : tenth > MOST_HELD_OUT ? MOST_HELD_OUT : tenth;
    if (count < 2)
        return fault(error, PLEAT_INVALID_SHAPE,
                     "a training needs at least two images, one of them held out; there is 1");
    set->train_count = (count - set->held_out_count) * (copies ? REDUCTIONS : 1);
    size_t *order = malloc(count * sizeof *order);
    set->held_out = pairs_allocate(set->held_out_count);
    set->train = pairs_allocate(set->train_count);
    enum pleat_status status;
    if (order == NULL || set->held_out == NULL || set->train == NULL)
        status = fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", count);
    else {
        draw_order(order, count, set->held_out_count, random);
        status = make_sets(set, order, scale, copies, threads, error);
    }
    free(order);
    return status;
}

enum pleat_status training_set_read(struct training_set *set, const char *const *paths, int sources,
                                    int64_t scale, bool copies, int threads,
                                    struct pleat_random *random, struct pleat_error *error) {
    struct training_set made = {.sources = 0};
    enum pleat_status status = PLEAT_OK;
    for (int i = 0; i < sources && status == PLEAT_OK; i++) {
        status = pleat_dataset_read(&made.dataset[i], paths[i], error);
        if (status == PLEAT_OK)
            made.images += pleat_dataset_count(made.dataset[made.sources++]);
    }
    if (status == PLEAT_OK)
        status = fill(&made, scale, copies, threads, random, error);
    if (status == PLEAT_OK)
        *set = made;
    else
        training_set_free(&made);
    return status;
}

void training_set_free(struct training_set *set) {
    pairs_free(set->train, set->train_count);
    pairs_free(set->held_out, set->held_out_count);
    for (int i = 0; i < set->sources; i++)
        pleat_dataset_free(set->dataset[i]);
}
