/* The inside of a predictor. */
#ifndef PLEAT_PREDICT_PREDICTOR_H
#define PLEAT_PREDICT_PREDICTOR_H

#include <pleat/predict.h>

#include "predict/tiling.h"

/* How many sizes are kept ready. */
#define PLEAT__KEPT 4

/* A size made ready: for up to `images` images of these extents. */
struct pleat__kept {
    struct pleat__tiling tiling;
    int64_t images;
    struct pleat__program *program; /* NULL: the place is empty */
    struct pleat_tensor tile;       /* where tiles are copied to; data NULL where they are not */
    uint64_t used;                  /* the number of the last call that used it */
};

struct pleat_predictor {
    struct pleat_model *model;
    int layer_count, output_count;
    struct pleat_predict_options options;
    struct pleat__structure structure;
    struct pleat__kept kept[PLEAT__KEPT];
    uint64_t calls;
};

/* Finds what is kept for a size, or makes it. */
enum pleat_status pleat__predictor_ready(struct pleat_predictor *predictor, int64_t images,
                                         const int64_t *extent, struct pleat__kept **ready,
                                         struct pleat_error *error);

#endif
