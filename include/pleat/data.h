/* Sources of samples: images, alone or with labels or a second image, decoded when they are asked
 * for. */
#ifndef PLEAT_DATA_H
#define PLEAT_DATA_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/image.h>
#include <pleat/labels.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Items with random access, in an order that never changes. Opaque; any number of threads may read
 * items at once. */
struct pleat_source;

/* How items are read. Start from pleat_source_options_init. */
struct pleat_source_options {
    int channels;          /* of images: 1, colours become luma as pleat_image_to_y says, or 3, grey
                              is repeated */
    int target_channels;   /* of second images; 0: as channels */
    int64_t target_scale;  /* the sides of a second image are this many times the image's */
    int32_t class_of[256]; /* the class that a number in a label file stands for */
    int32_t classes;       /* labels are 0..classes-1 */
    int32_t ignored;       /* or this one */
    size_t cache_bytes;    /* the most bytes of decoded items that are kept */
};

/* Returns 1 channel, scale 1, numbers that stand for themselves, 256 classes, ignored -100
 * (pleat_cross_entropy_options_init's), 1 GiB. A mask of 0 and 255 has class_of[255] = 1 and 2
 * classes; void pixels have class_of[number] = ignored. */
PLEAT_API struct pleat_source_options pleat_source_options_init(void);

/* Each of the following opens a source and overwrites *source; freed by pleat_source_free. Images
 * of a folder are PNG and JPEG files, in the order and with the exceptions of pleat_dataset_read.
 * What is cached stays until the source is freed: where all items fit none is decoded twice, and
 * where they do not, those that came first are kept and the others decoded each time. options may
 * be NULL (pleat_source_options_init).
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an option out of its range. PLEAT_IO: a folder cannot be
 * read. PLEAT_BAD_FORMAT: no images, or an image without its partner. PLEAT_OUT_OF_MEMORY. */

/* The images of a folder. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_source_open_folder(struct pleat_source **source, const char *path,
                         const struct pleat_source_options *options, struct pleat_error *error);

/* The images of a folder, each with the labels of its pixels: the grey image of the same size and
 * the same name but for its ending in another folder (which may hold more). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_source_open_labelled(struct pleat_source **source, const char *images, const char *labels,
                           const struct pleat_source_options *options, struct pleat_error *error);

/* The images of a folder, each with a second image, found as labels are: what a network should make
 * of the first. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_source_open_pairs(struct pleat_source **source, const char *images, const char *targets,
                        const struct pleat_source_options *options, struct pleat_error *error);

/* The grey images of an idx file of rank 3, with the class of each, from an idx file of rank 1, or
 * the labels of its pixels, from one of the images' extents; labels NULL: none. All is read now and
 * kept, a byte a pixel and 4 a label. Statuses also: as pleat_idx_read; PLEAT_BAD_FORMAT: another
 * rank, no images, labels of other extents or that are no class; PLEAT_INVALID_ARGUMENT: other
 * channels than 1. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_source_open_idx(struct pleat_source **source, const char *images, const char *labels,
                      const struct pleat_source_options *options, struct pleat_error *error);

/* Items first..first+count-1 of another source, which must outlive this one.
 * PLEAT_INVALID_ARGUMENT: count 0, or items that there are not. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_source_subset(struct pleat_source **subset,
                                                                struct pleat_source *source,
                                                                size_t first, size_t count,
                                                                struct pleat_error *error);

/* The items of another source, which must outlive this one, whose numbers are items[count], in that
 * order; items is copied. PLEAT_INVALID_ARGUMENT: a pointer NULL, count 0, a number that is none.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_source_pick(struct pleat_source **picked,
                                                              struct pleat_source *source,
                                                              const size_t *items, size_t count,
                                                              struct pleat_error *error);

/* Splits a source in two that share no item and have all of them: held_out_count items drawn by the
 * seed, and the rest, both in the source's order. The source must outlive both.
 * PLEAT_INVALID_ARGUMENT: held_out_count 0, or not below the source's count.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_source_split(struct pleat_source **rest,
                                                               struct pleat_source **held_out,
                                                               struct pleat_source *source,
                                                               size_t held_out_count, uint64_t seed,
                                                               struct pleat_error *error);

/* Frees a source and what it has cached; NULL is allowed. */
PLEAT_API void pleat_source_free(struct pleat_source *source);

/* Returns the number of items, at least 1. */
PLEAT_API size_t pleat_source_count(const struct pleat_source *source);

/* Returns the path of an item's image, or NULL where it came from an idx file or index is not below
 * the count. */
PLEAT_API const char *pleat_source_name(const struct pleat_source *source, size_t index);

/* An item as it is stored. */
struct pleat_item {
    struct pleat_image image;
    struct pleat_image target;  /* the second image; pixels NULL: none */
    struct pleat_labels labels; /* [height][width], or of rank 0, the image's class; data NULL:
                                   none */
    int owned;                  /* whether pleat_item_free has something to free */
};

/* Reads an item and overwrites *item; freed by pleat_item_free, before the source is. Its data must
 * not be written: they may be the cache's.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, index not below the count. PLEAT_BAD_FORMAT: also labels
 * that are in colour or no class. PLEAT_INVALID_SHAPE: labels or a second image of another size
 * than the image asks for. The rest as pleat_image_read; the message names the file. Thread-safe.
 */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_source_read(struct pleat_item *item,
                                                              struct pleat_source *source,
                                                              size_t index,
                                                              struct pleat_error *error);

/* Frees what an item owns; zeros are allowed. */
PLEAT_API void pleat_item_free(struct pleat_item *item);

#ifdef __cplusplus
}
#endif

#endif
