/* Augmentation: samples cropped, turned and changed at random, labels and second images alike. */
#ifndef PLEAT_AUGMENT_H
#define PLEAT_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/resize.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pleat_crop {
    PLEAT_CROP_NONE,   /* the whole image */
    PLEAT_CROP_CENTRE, /* its middle */
    PLEAT_CROP_RANDOM  /* any place in it, each as likely */
};

/* What is done to a sample. Every number that is drawn follows from (seed, epoch, place in the
 * epoch) alone, and one option does not change what is drawn for another.
 *
 * The sample is one look through a window: its pixels are turned, scaled and mirrored about the
 * window's centre. Without rotation and scaling they are the image's pixels, moved; otherwise
 * images are interpolated (and clipped to 0..255; a scale well below 1 aliases), and of labels the
 * nearest is taken. Where the window leaves the image, it is mirrored with the edge pixel repeated,
 * as pleat_resize does: so a crop larger than the image pads it. */
struct pleat_augmentation {
    enum pleat_crop crop;
    int64_t height, width;       /* of the crop, in pixels of the image */
    bool flip_horizontal;        /* mirror left and right, every other time */
    bool flip_vertical;          /* mirror top and bottom, every other time */
    bool quarter_turns;          /* by 0, 90, 180 or 270 degrees; a whole image that is not square
                                    by 0 or 180 */
    double max_angle;            /* free rotation, uniform within +-degrees */
    double min_scale, max_scale; /* enlarged by a factor uniform within these */
    enum pleat_resize_method method; /* of interpolation: PLEAT_BILINEAR or PLEAT_BICUBIC */
    bool ignore_outside; /* labels outside of the image become the ignored one, not mirrored */
    double brightness;   /* images: v becomes contrast (v - 127.5) + 127.5 + 255 b, clipped to */
    double contrast;     /* 0..255, contrast within 1 +- contrast, b within +- brightness */
};

/* Returns what changes nothing: no crop, scales 1, bilinear, all else 0. */
PLEAT_API struct pleat_augmentation pleat_augmentation_init(void);

#ifdef __cplusplus
}
#endif

#endif
