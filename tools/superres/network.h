/* Networks of the task: FSRCNN (Dong, Loy and Tang, "Accelerating the super-resolution convolutional
 * neural network", ECCV 2016) of any width, or one's own.
 *
 *     conv 5x5 -> d, PReLU; conv 1x1 -> s, PReLU; m times conv 3x3 -> s, PReLU;
 *     conv 1x1 -> d, PReLU; conv_transpose 9x9 stride `scale` -> 1
 *
 * It maps a plane of low resolution, divided by 255, to one `scale` times as large, also divided by
 * 255. Planes are padded by zeros, so that any size will do. */
#ifndef PLEAT_TOOLS_NETWORK_H
#define PLEAT_TOOLS_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/model.h>

#define NETWORK_MIN_SCALE 2
#define NETWORK_MAX_SCALE 8

/* What is to be known of an FSRCNN to build it. */
struct network {
    int64_t scale;    /* NETWORK_MIN_SCALE..NETWORK_MAX_SCALE */
    int64_t features; /* d: 1..NETWORK_MAX_CHANNELS */
    int64_t shrunk;   /* s: 1..NETWORK_MAX_CHANNELS */
    int64_t layers;   /* m: 0..NETWORK_MAX_LAYERS */
};

#define NETWORK_MAX_CHANNELS 512
#define NETWORK_MAX_LAYERS 32

/* The longest text of network_name, its closing 0 included. */
#define NETWORK_NAME_BYTES 64

/* Overwrites features, shrunk and layers with what a name means: "fsrcnn" (56,12,4), "fsrcnn-s"
 * (32,5,1) or three integers "d,s,m". Returns false, and leaves *network alone, where the name
 * means nothing or a number is out of its range. */
bool network_from_name(const char *name, struct network *network);

/* Writes "d,s,m" into text and returns it. */
const char *network_name(const struct network *network, char text[NETWORK_NAME_BYTES]);

/* Builds the network from its text (pleat/text.h), with parameters of that type, and overwrites *model;
 * freed by pleat_model_free. The text says how parameters begin (pleat_model_initialise):
 * convolutions by He et al. (2015) for the slope of their PReLU, the transposed convolution by normal
 * numbers of deviation 0.001, as the paper does, biases by zeros. */
enum pleat_status network_build(struct pleat_model **model, const struct network *network,
                                enum pleat_dtype dtype, struct pleat_error *error);

/* Which parameters learn. */
enum network_part {
    NETWORK_ALL,
    NETWORK_LAST /* those of the last layer alone: another scale for a network that is trained */
};

/* Sets the rates of all parameters: those of the last layer, which is that of the last parameter, are
 * `last`, the others 1, or 0 where they are not to learn. */
enum pleat_status network_set_rates(struct pleat_model *model, enum network_part part, double last,
                                    struct pleat_error *error);

/* Overwrites the parameters with those of the same names of another model, `from`; those of the last
 * layer where `last` is set. PLEAT_INVALID_SHAPE: one is missing or has other extents. */
enum pleat_status network_copy(struct pleat_model *model, const struct pleat_model *from, bool last,
                               struct pleat_error *error);

#endif
