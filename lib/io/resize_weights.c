/* Interpolation weights: the formula is pleat_resize's, in resize.h. */
#include "base/error.h"
#include "base/memory.h"
#include "io/interpolation.h"
#include "io/resize_weights.h"

static void fill_nearest(struct pleat__resize_weights *weights, int64_t in) {
    for (int64_t o = 0; o < weights->out; o++) {
        weights->index[o] = (int32_t)((2 * o + 1) * in / (2 * weights->out));
        weights->weight[o] = 1;
    }
}

/* Fills the row of one output pixel, centred at `centre` in input pixels. */
static void fill_row(double *weight, int32_t *index, int64_t taps, double centre, double radius,
                     double narrowing, double (*kernel)(double), int64_t in) {
    const int64_t first = (int64_t)floor(centre - radius);
    double sum = 0;
    for (int64_t t = 0; t < taps; t++) {
        weight[t] = kernel(narrowing * (centre - (double)(first + t)));
        index[t] = (int32_t)pleat__mirror(first + t, in);
        sum += weight[t];
    }
    for (int64_t t = 0; t < taps; t++)
        weight[t] /= sum;
}

static void fill_interpolating(struct pleat__resize_weights *weights, int64_t in, double radius,
                               double narrowing, double (*kernel)(double)) {
    const double step = (double)in / (double)weights->out;
    for (int64_t o = 0; o < weights->out; o++)
        fill_row(weights->weight + o * weights->taps, weights->index + o * weights->taps,
                 weights->taps, ((double)o + 0.5) * step - 0.5, radius, narrowing, kernel, in);
}

static enum pleat_status allocate(struct pleat__resize_weights *weights, int64_t out, int64_t taps,
                                  struct pleat_error *error) {
    const size_t count = (size_t)out * (size_t)taps; /* at most 4 in + 6 out, sides below 2^31 */
    *weights = (struct pleat__resize_weights){
        .out = out,
        .taps = taps,
        .weight = pleat__allocate(count, sizeof *weights->weight),
        .index = pleat__allocate(count, sizeof *weights->index),
    };
    if (weights->weight == NULL || weights->index == NULL) {
        pleat__resize_weights_free(weights);
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu weights", count);
    }
    return PLEAT_OK;
}

enum pleat_status pleat__resize_weights_make(struct pleat__resize_weights *weights, int64_t in,
                                             int64_t out, enum pleat_resize_method method,
                                             struct pleat_error *error) {
    if (method == PLEAT_NEAREST) {
        PLEAT__TRY(allocate(weights, out, 1, error));
        fill_nearest(weights, in);
        return PLEAT_OK;
    }
    const double narrowing = out < in ? (double)out / (double)in : 1;
    const double radius = (method == PLEAT_BICUBIC ? 2 : 1) / narrowing;
    PLEAT__TRY(allocate(weights, out, (int64_t)ceil(2 * radius) + 2, error));
    fill_interpolating(weights, in, radius, narrowing,
                       method == PLEAT_BICUBIC ? pleat__cubic : pleat__triangle);
    return PLEAT_OK;
}

void pleat__resize_weights_free(struct pleat__resize_weights *weights) {
    pleat__free(weights->weight);
    pleat__free(weights->index);
    *weights = (struct pleat__resize_weights){0};
}
