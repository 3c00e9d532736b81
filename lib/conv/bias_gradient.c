/* The gradient of the bias: a sum over images and pixels, in double. */
#include "base/parts.h"
#include "conv/products.h"
#include "conv/variant.h"

static double sum(const real *values, int64_t count) {
    double parts[PLEAT__LANES] = {0};
    int64_t i = 0;
    for (; i + PLEAT__LANES <= count; i += PLEAT__LANES)
        for (int lane = 0; lane < PLEAT__LANES; lane++)
            parts[lane] += (double)values[i + lane];
    for (; i < count; i++)
        parts[i % PLEAT__LANES] += (double)values[i];
    return pleat__total(parts);
}

void V(pleat__bias_gradient)(const struct pleat__product *product, const void *grad_output,
                             int64_t channels, int64_t pixels, void *grad_bias);

void V(pleat__bias_gradient)(const struct pleat__product *product, const void *grad_output,
                             int64_t channels, int64_t pixels, void *grad_bias) {
    const real *gy = grad_output;
    real *gb = grad_bias;
#pragma omp parallel for schedule(static) num_threads(product->threads)
    for (int64_t channel = 0; channel < channels; channel++) {
        double total = 0;
        for (int64_t n = 0; n < product->batch; n++)
            total += sum(gy + (n * channels + channel) * pixels, pixels);
        gb[channel] = (real)((double)gb[channel] + total);
    }
}
