/* How images of one size are cut into tiles under a bound of memory. */
#ifndef PLEAT_PREDICT_TILING_H
#define PLEAT_PREDICT_TILING_H

#include <pleat/predict.h>

#include "predict/structure.h"

/* What a tiling follows from. */
struct pleat__tiling_request {
    const struct pleat_model *model;
    const struct pleat__structure *structure;
    const struct pleat_predict_options *options;
    int64_t images;
    int64_t extent[PLEAT_MAX_AXES];
};

/* One axis. Tiles begin at multiples of the period and end, the last of them, with the image; the
 * output pixels of number k that a tile is there for begin at its own first ones plus begin[k] (but
 * for the first tile) and end where those of the next tile begin. */
struct pleat__tiling_axis {
    int64_t image, extended; /* pixels of the input */
    int64_t tile, tiles;
    int64_t period, moves; /* the last tile begins moves periods after the first */
};

struct pleat__tiling {
    int rank, outputs;
    struct pleat__tiling_axis axis[PLEAT_MAX_AXES];
    int64_t block[PLEAT_MAX_OUTPUTS][PLEAT_MAX_AXES]; /* output pixels over one period */
    int64_t begin[PLEAT_MAX_OUTPUTS][PLEAT_MAX_AXES];
    struct pleat_tensor output[PLEAT_MAX_OUTPUTS]; /* extents of one image's, cut to the image */
    int64_t batch;
    bool copies; /* tiles are copied before the model reads them */
    size_t bytes;
};

enum pleat_status pleat__find_tiling(const struct pleat__tiling_request *request,
                                     struct pleat__tiling *tiling, struct pleat_error *error);

/* The options for which the model is compiled to work on tiles, for so many images at once. */
struct pleat_compile_options pleat__tile_options(const struct pleat__tiling *tiling, int threads,
                                                 int64_t batch);

/* The first input pixel of tile j of an axis. */
int64_t pleat__tile_origin(const struct pleat__tiling_axis *axis, int64_t j);

#endif
