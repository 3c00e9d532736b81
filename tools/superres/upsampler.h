/* Applying the up-sampling network to planes of any size. */
#ifndef PLEAT_TOOLS_UPSAMPLER_H
#define PLEAT_TOOLS_UPSAMPLER_H

#include <stddef.h>

#include <pleat/model.h>

#include "superres/network.h"

/* A network and its parameters. */
struct upsampler {
    struct network network;
    struct pleat_model *model;
    int threads; /* 0: as many as OpenMP offers */
};

/* The most bytes that the network works in. */
#define UPSAMPLER_MEMORY ((size_t)64 << 20)

/* Adds what the network knows to bicubic up-samplings:
 *
 *     fine += 255 network(coarse / 255)
 *
 * coarse, float32 [h][w] or [count][h][w]; fine, float32 [h scale][w scale] or as many of them.
 * Small planes go through the network together, large ones by tiles (pleat/predict.h). memory is
 * UPSAMPLER_MEMORY (tests take others). */
enum pleat_status upsampler_refine(const struct upsampler *upsampler,
                                   const struct pleat_tensor *coarse,
                                   const struct pleat_tensor *fine, size_t memory,
                                   struct pleat_error *error);

#endif
