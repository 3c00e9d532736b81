/* The kernels for the element type that the including file is compiled for. */
#ifndef PLEAT_NN_KERNELS_KERNELS_REAL_H
#define PLEAT_NN_KERNELS_KERNELS_REAL_H

#include "base/parts.h"
#include "base/real.h"
#include "nn/kernels/kernels.h"

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
double R(pleat__squared_norm)(int64_t count, const void *a);
void R(pleat__scale)(int64_t count, double factor, void *a, int threads);
void R(pleat__add_scaled)(int64_t count, double factor, const void *from, void *to);
void R(pleat__clamp)(int64_t count, double most, void *a, int threads);
void R(pleat__approach)(int64_t count, double part, const void *to, void *a, int threads);
void R(pleat__swap)(int64_t count, void *a, void *b, int threads);
int64_t R(pleat__find_not_finite)(int64_t count, const void *a);
double R(pleat__squared_distance)(int64_t count, const void *a, const void *b);
double R(pleat__absolute_distance)(int64_t count, const void *a, const void *b);
void R(pleat__difference)(int64_t count, double factor, const void *a, const void *b, void *grad);
void R(pleat__sign)(int64_t count, double factor, const void *a, const void *b, void *grad);
double R(pleat__charbonnier)(int64_t count, double epsilon, const void *a, const void *b);
void R(pleat__charbonnier_gradient)(int64_t count, double epsilon, double factor, const void *a,
                                    const void *b, void *grad);
double R(pleat__binary_cross_entropy)(int64_t count, const void *x, const void *t);
void R(pleat__binary_cross_entropy_gradient)(int64_t count, double factor, const void *x,
                                             const void *t, void *grad);
double R(pleat__cross_entropy)(const struct pleat__scores *scores, const void *weight,
                               int32_t ignored, double factor, void *grad);
void R(pleat__best_label)(const struct pleat__scores *scores);
double R(pleat__divergence)(int64_t count, const void *m, const void *v);
void R(pleat__divergence_gradient)(int64_t count, double factor, const void *m, const void *v,
                                   void *gm, void *gv);
void R(pleat__gaussian)(int64_t count, const void *m, const void *v, const void *noise, void *z);
void R(pleat__gaussian_gradient)(int64_t count, const void *v, const void *noise, const void *gz,
                                 void *gv);
void R(pleat__sgd)(const struct pleat_sgd_options *options, double factor, int64_t count,
                   void *value, const void *grad, void *velocity, int threads);
void R(pleat__adam)(const struct pleat_adam_options *options, double factor, int64_t step,
                    int64_t count, void *value, const void *grad, void *first, void *second,
                    int threads);

#endif
