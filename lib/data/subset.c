/* Parts of a source: a list of its items. */
#include "base/error.h"
#include "base/memory.h"
#include "data/draw.h"
#include "data/source.h"

struct subset {
    struct pleat_source base;
    struct pleat_source *whole; /* another's */
    size_t *index;              /* [count], in the whole */
};

static struct subset *of(struct pleat_source *source) {
    return (struct subset *)source;
}

static enum pleat_status read_item(struct pleat_source *source, size_t index,
                                   struct pleat_item *item, struct pleat_error *error) {
    const struct subset *subset = of(source);
    return pleat_source_read(item, subset->whole, subset->index[index], error);
}

static const char *item_name(const struct pleat_source *source, size_t index) {
    const struct subset *subset = (const struct subset *)source;
    return pleat_source_name(subset->whole, subset->index[index]);
}

static void free_source(struct pleat_source *source) {
    pleat__free(of(source)->index);
    pleat__free(source);
}

static const struct pleat__source_kind kind = {read_item, item_name, free_source};

/* Makes a subset whose list is to be filled. */
static enum pleat_status create(struct subset **subset, struct pleat_source *whole, size_t count,
                                struct pleat_error *error) {
    struct subset *made = pleat__allocate(1, sizeof *made);
    size_t *index = pleat__allocate(count, sizeof *index);
    if (made == NULL || index == NULL) {
        pleat__free(made);
        pleat__free(index);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a list of %zu items", count);
    }
    *made = (struct subset){.base = *whole, .whole = whole, .index = index};
    made->base.kind = &kind;
    made->base.count = count;
    *subset = made;
    return PLEAT_OK;
}

enum pleat_status pleat_source_subset(struct pleat_source **subset, struct pleat_source *source,
                                      size_t first, size_t count, struct pleat_error *error) {
    PLEAT__REQUIRE(subset, error);
    PLEAT__REQUIRE(source, error);
    if (first >= source->count || count < 1 || count > source->count - first)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "%zu items from number %zu are not among the source's %zu", count, first,
                           source->count);
    struct subset *made;
    PLEAT__TRY(create(&made, source, count, error));
    for (size_t i = 0; i < count; i++)
        made->index[i] = first + i;
    *subset = &made->base;
    return PLEAT_OK;
}

enum pleat_status pleat_source_pick(struct pleat_source **picked, struct pleat_source *source,
                                    const size_t *items, size_t count, struct pleat_error *error) {
    PLEAT__REQUIRE(picked, error);
    PLEAT__REQUIRE(source, error);
    PLEAT__REQUIRE(items, error);
    if (count < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "of a source 1 item must be picked");
    for (size_t i = 0; i < count; i++)
        if (items[i] >= source->count)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "item %zu is not among the source's %zu", items[i], source->count);
    struct subset *made;
    PLEAT__TRY(create(&made, source, count, error));
    for (size_t i = 0; i < count; i++)
        made->index[i] = items[i];
    *picked = &made->base;
    return PLEAT_OK;
}

/* Deals the items to the two lists: those whose place in a shuffled order is below the number. */
static void deal(struct subset *rest, struct subset *held_out, const size_t *place, size_t count) {
    size_t kept = 0, held = 0;
    for (size_t i = 0; i < count; i++)
        if (place[i] < held_out->base.count)
            held_out->index[held++] = i;
        else
            rest->index[kept++] = i;
}

enum pleat_status pleat_source_split(struct pleat_source **rest, struct pleat_source **held_out,
                                     struct pleat_source *source, size_t held_out_count,
                                     uint64_t seed, struct pleat_error *error) {
    PLEAT__REQUIRE(rest, error);
    PLEAT__REQUIRE(held_out, error);
    PLEAT__REQUIRE(source, error);
    const size_t count = source->count;
    if (held_out_count < 1 || held_out_count >= count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "of %zu items at least 1 must be held out and 1 left, got %zu held out",
                           count, held_out_count);
    struct subset *kept = NULL, *held = NULL;
    size_t *place = pleat__allocate(count, sizeof *place);
    enum pleat_status status =
        place == NULL ? pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu items", count)
                      : create(&kept, source, count - held_out_count, error);
    if (status == PLEAT_OK)
        status = create(&held, source, held_out_count, error);
    if (status == PLEAT_OK) {
        pleat__shuffle(place, count, pleat__random_at(seed, PLEAT__NO_PLACE, PLEAT__NO_PLACE));
        deal(kept, held, place, count);
        *rest = &kept->base;
        *held_out = &held->base;
    } else {
        pleat_source_free(kept != NULL ? &kept->base : NULL);
    }
    pleat__free(place);
    return status;
}
