/* Losses that compare two arrays element by element, and their gradients. Terms are computed and
 * summed in double, a block of them at a time. */
#include <tgmath.h>

#include "nn/kernels/elementary.h"
#include "nn/kernels/sums.h"

#include "base/checked.h"

enum { BLOCK = 256 };

/* Adds up terms[count], element i into part i % PLEAT__LANES. */
static pleat__parts add_terms(int64_t count, double terms[static BLOCK]) {
    pleat__parts sum = {0};
    for (int64_t i = count; i % PLEAT__LANES != 0; i++)
        terms[i] = 0;
    for (int64_t i = 0; i < count; i += PLEAT__LANES)
        for (int lane = 0; lane < PLEAT__LANES; lane++)
            sum[lane] += terms[i + lane];
    return sum;
}

/* Defines a loss by what it and its derivative are of one element: p of a, t of b, and epsilon. */
#define DEFINE_LOSS(name, term_of, derivative_of)                                                  \
    double V(name)(int64_t count, double epsilon, const void *a, const void *b) {                  \
        const real *p = a, *t = b;                                                                 \
        pleat__parts sum = {0};                                                                    \
        (void)epsilon;                                                                             \
        for (int64_t first = 0; first < count; first += BLOCK) {                                   \
            const int64_t width = pleat__min(count - first, BLOCK);                                \
            double terms[BLOCK];                                                                   \
            _Pragma("omp simd") for (int64_t i = 0; i < width; i++) terms[i] =                     \
                term_of(p[first + i], t[first + i], epsilon);                                      \
            sum += add_terms(width, terms);                                                        \
        }                                                                                          \
        return pleat__sum_parts(sum);                                                              \
    }                                                                                              \
    void V(name##_gradient)(int64_t count, double epsilon, double factor, const void *a,           \
                            const void *b, void *grad) {                                           \
        const real *p = a, *t = b;                                                                 \
        real *g = grad;                                                                            \
        (void)epsilon;                                                                             \
        _Pragma("omp simd") for (int64_t i = 0; i < count; i++) g[i] =                             \
            (real)(factor * derivative_of(p[i], t[i], epsilon));                                   \
    }

static inline double squared(real p, real t, double epsilon) {
    const double d = (double)p - (double)t;
    (void)epsilon;
    return d * d / 2;
}

static inline double squared_derivative(real p, real t, double epsilon) {
    (void)epsilon;
    return (double)p - (double)t;
}

static inline double absolute(real p, real t, double epsilon) {
    (void)epsilon;
    return fabs((double)p - (double)t);
}

static inline double absolute_derivative(real p, real t, double epsilon) {
    (void)epsilon;
    return p > t ? 1 : p < t ? -1 : (double)(p - t); /* 0, or NaN */
}

/* sqrt(d^2 + epsilon^2), the larger of the two taken out, so that neither square is 0 or overflows
 * by itself. */
static inline double charbonnier(real p, real t, double epsilon) {
    const double d = fabs((double)p - (double)t);
    const double large = d > epsilon ? d : epsilon, ratio = (d > epsilon ? epsilon : d) / large;
    return large * sqrt(1 + ratio * ratio);
}

static inline double charbonnier_derivative(real p, real t, double epsilon) {
    return ((double)p - (double)t) / charbonnier(p, t, epsilon);
}

static inline double binary_cross_entropy(real p, real t, double epsilon) {
    const double positive = p < 0 ? 0 : (double)p; /* NaN stays */
    (void)epsilon;
    return positive - (double)p * (double)t + (double)pleat__log1p(pleat__exp(p < 0 ? p : -p));
}

static inline double binary_cross_entropy_derivative(real p, real t, double epsilon) {
    const real e = pleat__exp(p < 0 ? p : -p);
    (void)epsilon;
    return (double)((p < 0 ? e : 1) / (1 + e)) - (double)t;
}

DEFINE_LOSS(pleat__squared, squared, squared_derivative)
DEFINE_LOSS(pleat__absolute, absolute, absolute_derivative)
DEFINE_LOSS(pleat__charbonnier, charbonnier, charbonnier_derivative)
DEFINE_LOSS(pleat__binary_cross_entropy, binary_cross_entropy, binary_cross_entropy_derivative)
