/* Functions of one element, their gradients, and the sum of arrays. */
#include "nn/kernels/elementary.h"
#include "nn/kernels/kernels_real.h"

/* A loop over i < count that threads may share and vectors may take several steps of at once:
 * elements do not depend on each other, even where output and input are one array. */
#define FOR_EACH_ELEMENT                                                                           \
    _Pragma("omp parallel for simd schedule(static) num_threads(threads) \
if (parallel : count >= PLEAT__PARALLEL_COUNT)") for (int64_t i = 0; i < count; i++)

static inline real sigmoid(real x) {
    const real e = pleat__exp(x < 0 ? x : -x);
    return (x < 0 ? e : 1) / (1 + e);
}

void V(pleat__activation)(enum pleat__function f, double slope, int64_t count, const void *x,
                          void *y, int threads) {
    const real *in = x;
    real *out = y;
    const real a = (real)slope;
    switch (f) {
    case PLEAT__RELU:
        FOR_EACH_ELEMENT
        out[i] = in[i] <= 0 ? 0 : in[i]; /* NaN stays */
        break;
    case PLEAT__LEAKY_RELU:
        FOR_EACH_ELEMENT
        out[i] = in[i] > 0 ? in[i] : a * in[i];
        break;
    case PLEAT__SIGMOID:
        FOR_EACH_ELEMENT
        out[i] = sigmoid(in[i]);
        break;
    case PLEAT__TANH:
        FOR_EACH_ELEMENT
        out[i] = pleat__tanh(in[i]);
        break;
    }
}

void V(pleat__activation_gradient)(enum pleat__function f, double slope, int64_t count,
                                   const void *y, const void *gy, void *gx, int threads) {
    const real *out = y, *grad_out = gy;
    real *grad_in = gx;
    const real a = (real)slope;
    switch (f) {
    case PLEAT__RELU:
        FOR_EACH_ELEMENT
        grad_in[i] = out[i] <= 0 ? 0 : grad_out[i];
        break;
    case PLEAT__LEAKY_RELU:
        FOR_EACH_ELEMENT
        grad_in[i] = out[i] > 0 ? grad_out[i] : a * grad_out[i];
        break;
    case PLEAT__SIGMOID:
        FOR_EACH_ELEMENT
        grad_in[i] = grad_out[i] * (out[i] * (1 - out[i]));
        break;
    case PLEAT__TANH:
        FOR_EACH_ELEMENT
        grad_in[i] = grad_out[i] * (1 - out[i] * out[i]);
        break;
    }
}

void V(pleat__add_arrays)(int64_t count, const void *from, void *to, int threads) {
    const real *in = from;
    real *out = to;
    FOR_EACH_ELEMENT
    out[i] += in[i];
}
