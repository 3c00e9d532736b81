/* The kernels for the element type that the including file is compiled for. */
#ifndef PLEAT_NN_KERNELS_KERNELS_REAL_H
#define PLEAT_NN_KERNELS_KERNELS_REAL_H

#include "base/parts.h"
#include "conv/variant.h"
#include "nn/kernels/kernels.h"

/* Arrays shorter than this are not worth a team of threads. */
#define PLEAT__PARALLEL_COUNT 32768

void V(pleat__activation)(enum pleat__function f, double slope, int64_t count, const void *x,
                          void *y, int threads);
void V(pleat__activation_gradient)(enum pleat__function f, double slope, int64_t count,
                                   const void *y, const void *gy, void *gx, int threads);
void V(pleat__prelu)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                     const void *x, void *y, int threads);
void V(pleat__prelu_gradient)(int64_t batch, int64_t channels, int64_t pixels, const void *slope,
                              const void *x, const void *gy, void *gx, void *gslope, int threads);
void V(pleat__add_arrays)(int64_t count, const void *from, void *to, int threads);
double V(pleat__squared_norm)(int64_t count, const void *a);
void V(pleat__scale)(int64_t count, double factor, void *a, int threads);
void V(pleat__add_scaled)(int64_t count, double factor, const void *from, void *to);
void V(pleat__clamp)(int64_t count, double most, void *a, int threads);
void V(pleat__approach)(int64_t count, double part, const void *to, void *a, int threads);
void V(pleat__swap)(int64_t count, void *a, void *b, int threads);
int64_t V(pleat__find_not_finite)(int64_t count, const void *a);
double V(pleat__squared)(int64_t count, double epsilon, const void *a, const void *b);
void V(pleat__squared_gradient)(int64_t count, double epsilon, double factor, const void *a,
                                const void *b, void *grad);
double V(pleat__absolute)(int64_t count, double epsilon, const void *a, const void *b);
void V(pleat__absolute_gradient)(int64_t count, double epsilon, double factor, const void *a,
                                 const void *b, void *grad);
double V(pleat__charbonnier)(int64_t count, double epsilon, const void *a, const void *b);
void V(pleat__charbonnier_gradient)(int64_t count, double epsilon, double factor, const void *a,
                                    const void *b, void *grad);
double V(pleat__binary_cross_entropy)(int64_t count, double epsilon, const void *a, const void *b);
void V(pleat__binary_cross_entropy_gradient)(int64_t count, double epsilon, double factor,
                                             const void *a, const void *b, void *grad);
double V(pleat__cross_entropy)(const struct pleat__scores *scores, const void *weight,
                               int32_t ignored, double factor, void *grad, int threads);
void V(pleat__best_label)(const struct pleat__scores *scores);
double V(pleat__divergence)(int64_t count, const void *m, const void *v);
void V(pleat__divergence_gradient)(int64_t count, double factor, const void *m, const void *v,
                                   void *gm, void *gv);
void V(pleat__gaussian)(int64_t count, const void *m, const void *v, const void *noise, void *z);
void V(pleat__gaussian_gradient)(int64_t count, const void *v, const void *noise, const void *gz,
                                 void *gv);
void V(pleat__sgd)(const struct pleat_sgd_options *options, double factor, int64_t count,
                   void *value, const void *grad, void *velocity, int threads);
void V(pleat__adam)(const struct pleat_adam_options *options, double factor, int64_t step,
                    int64_t count, void *value, const void *grad, void *first, void *second,
                    int threads);

#endif
