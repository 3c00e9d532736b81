/* What a layer was told when it was added: the arguments of every kind's function, of which each
 * kind has its own. Texts are read into it and written from it. */
#ifndef PLEAT_NN_MODEL_ARGUMENTS_H
#define PLEAT_NN_MODEL_ARGUMENTS_H

#include <stdint.h>

#include <pleat/conv.h>
#include <pleat/layers.h>

/* Integers are int64_t all, whatever their functions take, so that one table of places serves. */
struct pleat__arguments {
    int64_t rank;     /* spatial axes: of an input, or of what comes out */
    int64_t channels; /* of what comes out */
    int64_t bias;     /* 0 or 1 */
    enum pleat_operator op;
    struct pleat_conv_params conv;
    struct pleat_pool_params pool;
    struct pleat_batch_norm_params norm;
    struct pleat_pad_params pad;
    int64_t extent[PLEAT_MAX_AXES]; /* reshape */
    int64_t method, factor;
    double slope, probability;
    char original[PLEAT_MAX_NAME + 1]; /* shared */
};

#endif
