/* What all sources share. */
#include "data/source.h"

#include "base/error.h"
#include "base/memory.h"

struct pleat_source_options pleat_source_options_init(void) {
    struct pleat_source_options options = {.channels = 1,
                                           .target_scale = 1,
                                           .classes = 256,
                                           .ignored = -100,
                                           .cache_bytes = (size_t)1 << 30};
    for (int i = 0; i < 256; i++)
        options.class_of[i] = i;
    return options;
}

enum pleat_status pleat__source_options_check(struct pleat_source_options *checked,
                                              const struct pleat_source_options *options,
                                              struct pleat_error *error) {
    struct pleat_source_options o = options != NULL ? *options : pleat_source_options_init();
    if (o.target_channels == 0)
        o.target_channels = o.channels;
    if ((o.channels != 1 && o.channels != 3) || (o.target_channels != 1 && o.target_channels != 3))
        return pleat__fail(
            error, PLEAT_INVALID_ARGUMENT,
            "channels and target_channels must be 1 (grey) or 3 (RGB), got %d and %d", o.channels,
            o.target_channels);
    if (o.target_scale < 1 || o.target_scale > INT32_MAX)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "target_scale must be 1 to 2147483647, got %lld",
                           (long long)o.target_scale);
    if (o.classes < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "classes must be at least 1, got %d",
                           o.classes);
    *checked = o;
    return PLEAT_OK;
}

bool pleat__source_classify(int32_t *labels, const uint8_t *numbers, int64_t count,
                            const struct pleat_source_options *options, int64_t *place) {
    for (int64_t i = 0; i < count; i++) {
        const int32_t label = options->class_of[numbers[i]];
        if (label != options->ignored && (label < 0 || label >= options->classes)) {
            *place = i;
            return false;
        }
        labels[i] = label;
    }
    return true;
}

void pleat_source_free(struct pleat_source *source) {
    if (source != NULL)
        source->kind->free(source);
}

size_t pleat_source_count(const struct pleat_source *source) {
    return source->count;
}

const char *pleat_source_name(const struct pleat_source *source, size_t index) {
    return index < source->count ? source->kind->name(source, index) : NULL;
}

enum pleat_status pleat_source_read(struct pleat_item *item, struct pleat_source *source,
                                    size_t index, struct pleat_error *error) {
    PLEAT__REQUIRE(item, error);
    PLEAT__REQUIRE(source, error);
    if (index >= source->count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "index must be below the number of items, %zu, got %zu", source->count,
                           index);
    return source->kind->read(source, index, item, error);
}

void pleat_item_free(struct pleat_item *item) {
    if (item->owned) {
        pleat_image_free(&item->image);
        pleat_image_free(&item->target);
        pleat__free(item->labels.data);
    }
    *item = (struct pleat_item){0};
}
