/* Applying the up-sampling network to planes of any size. */
#ifndef PLEAT_TOOLS_UPSAMPLER_H
#define PLEAT_TOOLS_UPSAMPLER_H

#include <stddef.h>

#include <pleat/model.h>

#include "upsample/network.h"

/* A network and its parameters. */
struct upsampler {
    struct network network;
    struct pleat_model *model; /* compiled again by upsampler_refine, for inference */
    int threads;               /* 0: as many as OpenMP offers */
};

/* The side of the tiles in which a plane is worked on, in pixels of low resolution: it bounds the
 * memory. */
#define UPSAMPLER_TILE 192

/* Adds what the network knows to `count` bicubic up-samplings:
 *
 *     fine[i] += 255 network(coarse[i] / 255)
 *
 * coarse[count], float32 [h][w], all of the same extents; fine[count], float32 [h scale][w scale].
 * Small planes go through the network together, large ones by tiles that overlap by what an output
 * pixel depends on, so that there are no seams. tile is UPSAMPLER_TILE (tests take others), larger
 * than 2 network_reach. */
enum pleat_status upsampler_refine(const struct upsampler *upsampler,
                                   const struct pleat_tensor *coarse,
                                   const struct pleat_tensor *fine, size_t count, int64_t tile,
                                   struct pleat_error *error);

#endif
