/* The loops that the layers of layers.h are made of, for each element type; as kernels.h says. */
#ifndef PLEAT_NN_KERNELS_LAYER_KERNELS_H
#define PLEAT_NN_KERNELS_LAYER_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include <pleat/tensor.h>

#include "conv/instructions.h"

/* Planes [batch][channels][pixels]. */
struct pleat__planes {
    int64_t batch, channels, pixels;
};

struct pleat__norm {
    struct pleat__planes planes;
    double epsilon, momentum;
};

/* Three axes; those that are idle have kernel and extents 1. */
struct pleat__pool {
    int64_t kernel[3], stride[3], padding[3], in[3], out[3];
};

/* Three axes; those that are idle have factor and extent 1. */
struct pleat__upsampling {
    bool linear;
    int64_t factor[3], in[3];
};

struct pleat__layer_kernels {
    /* y = (x - mean) / sqrt(variance + epsilon) weight + bias, with the statistics of the batch,
     * which go into the running ones (unbiased) and into saved[2 channels]: means, then 1 / sqrt.
     * One value a channel leaves the running ones alone. */
    void (*norm_train)(const struct pleat__norm *norm, const void *x, const void *weight,
                       const void *bias, void *running_mean, void *running_variance, double *saved,
                       void *y, int threads);
    /* The same with the running statistics; y may be x. */
    void (*norm_apply)(const struct pleat__norm *norm, const void *x, const void *weight,
                       const void *bias, const void *running_mean, const void *running_variance,
                       void *y, int threads);
    /* gx is overwritten unless NULL, and may be gy; gweight and gbias are added to. */
    void (*norm_gradient)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const double *saved, const void *gy, void *gx, void *gweight, void *gbias,
                          int threads);
    /* x[planes][in], y, index[planes][out]; index: the pixel of the plane that each result is from,
     * written unless NULL. */
    void (*max_pool)(int64_t planes, const struct pleat__pool *pool, const void *x, void *y,
                     int32_t *index, int threads);
    /* gx[planes][in] is overwritten. */
    void (*max_pool_gradient)(int64_t planes, const struct pleat__pool *pool, const void *gy,
                              const int32_t *index, void *gx, int threads);
    /* y[batch][out] = x[batch][in] weight[out][in]^T + bias, unless NULL. */
    void (*dense)(int64_t batch, int64_t in, int64_t out, const void *x, const void *weight,
                  const void *bias, void *y, int threads);
    /* gx is overwritten unless NULL; gweight, and gbias unless NULL, are added to. */
    void (*dense_gradient)(int64_t batch, int64_t in, int64_t out, const void *x,
                           const void *weight, const void *gy, void *gx, void *gweight, void *gbias,
                           int threads);
    /* scratch: a row of the input and two pixels for each thread. */
    void (*upsample)(int64_t planes, const struct pleat__upsampling *u, const void *x, void *y,
                     void *scratch, int threads);
    void (*upsample_gradient)(int64_t planes, const struct pleat__upsampling *u, const void *gy,
                              void *gx, void *scratch, int threads);
    /* to[i] = from[i - shift] where that exists, else 0, on three axes of each plane. */
    void (*shift)(int64_t planes, const int64_t from_extent[3], const int64_t to_extent[3],
                  const int64_t shift[3], const void *from, void *to, int threads);
    /* From [planes][factor][factor][height][width] to [planes][height factor][width factor], or
     * back. */
    void (*pixel_shuffle)(int64_t planes, int64_t factor, int64_t height, int64_t width, bool back,
                          const void *from, void *to, int threads);
    /* y may be x, gx may be gy. */
    void (*softmax)(const struct pleat__planes *planes, const void *x, void *y, int threads);
    void (*softmax_gradient)(const struct pleat__planes *planes, const void *y, const void *gy,
                             void *gx, int threads);
    /* y = x / (1 - probability), or 0 where mask is, or where key draws it; y may be x. */
    void (*dropout)(int64_t count, double probability, uint64_t key, const void *mask,
                    const void *x, void *y, int threads);
};

/* Returns the kernels for an element type and an instruction set that is present. */
const struct pleat__layer_kernels *pleat__layer_kernels_for(enum pleat_dtype dtype,
                                                            enum pleat_instructions instructions);

static inline const struct pleat__layer_kernels *pleat__layer_kernels(enum pleat_dtype dtype) {
    return pleat__layer_kernels_for(dtype, pleat__instructions_best());
}

#endif
