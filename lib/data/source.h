/* What a source is to those who read it: one table of functions for each kind. */
#ifndef PLEAT_DATA_SOURCE_H
#define PLEAT_DATA_SOURCE_H

#include <stdbool.h>

#include <pleat/data.h>

struct pleat__source_kind {
    enum pleat_status (*read)(struct pleat_source *source, size_t index, struct pleat_item *item,
                              struct pleat_error *error);
    const char *(*name)(const struct pleat_source *source, size_t index);
    void (*free)(struct pleat_source *source);
};

/* The beginning of every source. */
struct pleat_source {
    const struct pleat__source_kind *kind;
    size_t count;
    struct pleat_source_options options; /* target_channels 0: there are no second images */
    int label_rank;                      /* of an item's labels; -1: there are none */
};

/* Copies the options, or the default ones for NULL, into *checked. PLEAT_INVALID_ARGUMENT. */
enum pleat_status pleat__source_options_check(struct pleat_source_options *checked,
                                              const struct pleat_source_options *options,
                                              struct pleat_error *error);

/* Overwrites labels[count] with the classes that the numbers stand for; false, and *place the
 * number's, where one stands for none. */
bool pleat__source_classify(int32_t *labels, const uint8_t *numbers, int64_t count,
                            const struct pleat_source_options *options, int64_t *place);

#endif
