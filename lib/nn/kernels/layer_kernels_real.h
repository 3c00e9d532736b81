/* The kernels of layers for the element type that the including file is compiled for. */
#ifndef PLEAT_NN_KERNELS_LAYER_KERNELS_REAL_H
#define PLEAT_NN_KERNELS_LAYER_KERNELS_REAL_H

#include "nn/kernels/kernels_real.h"
#include "nn/kernels/layer_kernels.h"

void V(pleat__norm_train)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, void *running_mean, void *running_variance,
                          double *saved, void *y, int threads);
void V(pleat__norm_apply)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, const void *running_mean, const void *running_variance,
                          void *y, int threads);
void V(pleat__norm_gradient)(const struct pleat__norm *norm, const void *x, const void *weight,
                             const double *saved, const void *gy, void *gx, void *gweight,
                             void *gbias, int threads);
void V(pleat__max_pool)(int64_t planes, const struct pleat__pool *pool, const void *x, void *y,
                        int32_t *index, int threads);
void V(pleat__max_pool_gradient)(int64_t planes, const struct pleat__pool *pool, const void *gy,
                                 const int32_t *index, void *gx, int threads);
void V(pleat__dense)(int64_t batch, int64_t in, int64_t out, const void *x, const void *weight,
                     const void *bias, void *y, int threads);
void V(pleat__dense_gradient)(int64_t batch, int64_t in, int64_t out, const void *x,
                              const void *weight, const void *gy, void *gx, void *gweight,
                              void *gbias, int threads);
void V(pleat__upsample)(int64_t planes, const struct pleat__upsampling *u, const void *x, void *y,
                        void *scratch, int threads);
void V(pleat__upsample_gradient)(int64_t planes, const struct pleat__upsampling *u, const void *gy,
                                 void *gx, void *scratch, int threads);
void V(pleat__shift)(int64_t planes, const int64_t from_extent[3], const int64_t to_extent[3],
                     const int64_t shift[3], const void *from, void *to, int threads);
void V(pleat__pixel_shuffle)(int64_t planes, int64_t factor, int64_t height, int64_t width,
                             bool back, const void *from, void *to, int threads);
void V(pleat__softmax)(const struct pleat__planes *planes, const void *x, void *y, int threads);
void V(pleat__softmax_gradient)(const struct pleat__planes *planes, const void *y, const void *gy,
                                void *gx, int threads);
void V(pleat__dropout)(int64_t count, double probability, uint64_t key, const void *mask,
                       const void *x, void *y, int threads);

#endif
