/* Between a plane of pixels and tiles: each sample of a tile becomes one stream, in which the tiles
 * lie side by side. */
#ifndef PLEAT_CONV_WINOGRAD_TILES_H
#define PLEAT_CONV_WINOGRAD_TILES_H

#include "conv/products.h"
#include "conv/variant.h"

#include <stdbool.h>
#include <stdint.h>

/* Tiles begin..begin + count - 1 of those of all images, rows x columns tiles an image. */
struct pleat__tile_run {
    int64_t begin, count, rows, columns;
};

/* Where tiles are read on an axis: sample q of tile t is pixel base + t step + q. */
struct pleat__tile_window {
    int64_t base, step, samples, extent;
};

struct pleat__gather {
    struct pleat__tile_run run;
    struct pleat__tile_window axis[2];
    int64_t image_size; /* elements from an image to the next */
    int64_t ld;         /* of the streams, at least the count of the run */
    real *streams;      /* [samples_h][samples_w][ld] */
    real *buffer;       /* scratch: step_w ld elements; of small planes the planes and one more */
    bool small;         /* planes: each sample is looked up in the table */
    int32_t *table;     /* [samples_h][samples_w][ld], where it is used */
};

/* Fills in the table, where it is used, from the rest. */
void V(pleat__gather_prepare)(const struct pleat__gather *gather);

/* Overwrites the streams with the samples of a channel, 0 outside its plane and beyond the count;
 * channel is that of the first image. */
void V(pleat__gather_channel)(const struct pleat__gather *gather, const real *channel);

/* Asks the caches for what gathering a channel will read. */
void V(pleat__gather_prefetch)(const struct pleat__gather *gather, const real *channel);

/* Where tiles are written on an axis: sample q of tile t is pixel base + t samples + q. */
struct pleat__tile_place {
    int64_t base, samples, extent;
};

struct pleat__scatter {
    struct pleat__tile_run run; /* a panel at most */
    struct pleat__tile_place axis[2];
    int64_t image_size;
    const real *streams;                        /* [samples_h][samples_w][a panel] */
    real *line;                                 /* scratch: [samples_w][a panel] */
    const struct pleat__activation *activation; /* or NULL */
};

/* Overwrites the pixels of the tiles that are in the plane with f(bias + streams); index is the
 * channel's to the activation. */
void V(pleat__scatter_channel)(const struct pleat__scatter *scatter, real bias, int64_t index,
                               real *channel);

/* Asks the caches for what scattering a channel will write. */
void V(pleat__scatter_prefetch)(const struct pleat__scatter *scatter, const real *channel);

#endif
