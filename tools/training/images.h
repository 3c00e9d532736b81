/* Grey images of one size, from an idx file, as batches. */
#ifndef PLEAT_TOOLS_IMAGES_H
#define PLEAT_TOOLS_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/data.h>
#include <pleat/loader.h>

struct images {
    struct pleat_source *source, *train, *held_out; /* parts of source; NULL: none held out */
    struct pleat_loader *loader;                    /* a training's batches */
    struct pleat_loader *check;                     /* those held out, once, in order; or NULL */
    int64_t extent[2];                              /* height, width */
    size_t count, held_out_count;
    char description[128]; /* how many of which file, and how many held out */
};

/* Opens an idx file for a training, with the class of each image from another, or labels NULL; of its
 * images held_out, drawn by the seed, are set apart; below 0: a tenth, at most 5000. Freed by images_close. */
enum pleat_status images_open_training(struct images *images, const char *data, const char *labels,
                                       int64_t held_out, int64_t batch, uint64_t seed,
                                       struct pleat_error *error);

/* Opens an idx file to look at each image once, in order: by `check`. */
enum pleat_status images_open(struct images *images, const char *data, const char *labels,
                              int64_t batch, struct pleat_error *error);

/* Closes; zeros are allowed. */
void images_close(struct images *images);

#endif
