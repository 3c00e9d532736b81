/* What a predictor knows of its model whatever the image: strides, or why it cannot be cut. */
#ifndef PLEAT_PREDICT_STRUCTURE_H
#define PLEAT_PREDICT_STRUCTURE_H

#include "nn/model/graph.h"

struct pleat__structure {
    int rank; /* of the input */
    bool cuttable;
    struct pleat_error obstacle;    /* why it is not */
    int64_t period[PLEAT_MAX_AXES]; /* the total stride: tiles begin at its multiples */
    int64_t block[PLEAT_MAX_OUTPUTS][PLEAT_MAX_AXES]; /* output pixels over one period */
};

/* Overwrites *structure with that of a model with one input. */
enum pleat_status pleat__find_structure(const struct pleat_model *model,
                                        struct pleat__structure *structure,
                                        struct pleat_error *error);

#endif
