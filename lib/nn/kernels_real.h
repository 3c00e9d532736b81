/* The kernels for the element type that the including file is compiled for. */
#ifndef PLEAT_NN_KERNELS_REAL_H
#define PLEAT_NN_KERNELS_REAL_H

#include "base/real.h"
#include "nn/kernels.h"

/* Arrays shorter than this are not worth a team of threads. */
#define PLEAT__PARALLEL_COUNT 32768

void R(pleat__activation)(enum pleat__function f, double slope, int64_t count, const void *x,
                          void *y, int threads);
void R(pleat__activation_gradient)(enum pleat__function f, double slope, int64_t count,
                                   const void *y, const void *gy, void *gx, int threads);
void R(pleat__prelu)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                     const void *x, void *y, int threads);
void R(pleat__prelu_gradient)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                              const void *x, const void *gy, void *gx, void *gslope, int threads);
void R(pleat__add_arrays)(int64_t count, const void *from, void *to, int threads);
double R(pleat__squared_distance)(int64_t count, const void *a, const void *b);
double R(pleat__absolute_distance)(int64_t count, const void *a, const void *b);
void R(pleat__difference)(int64_t count, double factor, const void *a, const void *b, void *grad);
void R(pleat__sign)(int64_t count, double factor, const void *a, const void *b, void *grad);
void R(pleat__sgd)(const struct pleat_sgd_options *options, double factor, int64_t count,
                   void *value, const void *grad, void *velocity, int threads);
void R(pleat__adam)(const struct pleat_adam_options *options, double factor, int64_t step,
                    int64_t count, void *value, const void *grad, void *first, void *second,
                    int threads);

#endif
