/* The loops that the layers of layers.h are made of, for each element type; as kernels.h says. */
#ifndef PLEAT_NN_LAYER_KERNELS_H
#define PLEAT_NN_LAYER_KERNELS_H

#include <stdint.h>

#include <pleat/tensor.h>

/* Planes [batch][channels][pixels]. */
struct pleat__planes {
    int64_t batch, channels, pixels;
};

struct pleat__norm {
    struct pleat__planes planes;
    double epsilon, momentum;
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
};

extern const struct pleat__layer_kernels pleat__layer_kernels_f32;
extern const struct pleat__layer_kernels pleat__layer_kernels_f64;

static inline const struct pleat__layer_kernels *pleat__layer_kernels(enum pleat_dtype dtype) {
    return dtype == PLEAT_FLOAT32 ? &pleat__layer_kernels_f32 : &pleat__layer_kernels_f64;
}

#endif
