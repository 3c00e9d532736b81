/* The kernels of layers for the element type that the including file is compiled for. */
#ifndef PLEAT_NN_LAYER_KERNELS_REAL_H
#define PLEAT_NN_LAYER_KERNELS_REAL_H

#include "nn/kernels_real.h"
#include "nn/layer_kernels.h"

void R(pleat__norm_train)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, void *running_mean, void *running_variance,
                          double *saved, void *y, int threads);
void R(pleat__norm_apply)(const struct pleat__norm *norm, const void *x, const void *weight,
                          const void *bias, const void *running_mean, const void *running_variance,
                          void *y, int threads);
void R(pleat__norm_gradient)(const struct pleat__norm *norm, const void *x, const void *weight,
                             const double *saved, const void *gy, void *gx, void *gweight,
                             void *gbias, int threads);
void R(pleat__max_pool)(int64_t planes, const struct pleat__pool *pool, const void *x, void *y,
                        int32_t *index, int threads);
void R(pleat__max_pool_gradient)(int64_t planes, const struct pleat__pool *pool, const void *gy,
                                 const int32_t *index, void *gx, int threads);

#endif
