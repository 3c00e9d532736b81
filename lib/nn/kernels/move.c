/* Layers that only move numbers: cropping and padding, and pixel shuffle. */
#include <string.h>

#include "nn/kernels/layer_kernels_real.h"

#include "base/checked.h"

/* Copies the pixels of a row that lie in both, and fills the rest with zeros. */
static void copy_row(int64_t from_width, int64_t to_width, int64_t shift, const real *from,
                     real *to) {
    const int64_t begin = pleat__min(pleat__max(shift, 0), to_width),
                  end = pleat__max(pleat__min(from_width + shift, to_width), begin);
    memset(to, 0, (size_t)begin * sizeof *to);
    if (end > begin)
        memcpy(to + begin, from + begin - shift, (size_t)(end - begin) * sizeof *to);
    memset(to + end, 0, (size_t)(to_width - end) * sizeof *to);
}

void V(pleat__shift)(int64_t planes, const int64_t from_extent[3], const int64_t to_extent[3],
                     const int64_t shift[3], const void *from, void *to, int threads) {
    const int64_t rows = to_extent[0] * to_extent[1],
                  pixels = from_extent[0] * from_extent[1] * from_extent[2];
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * rows * to_extent[2] >= PLEAT__PARALLEL_COUNT)
    for (int64_t i = 0; i < planes * rows; i++) {
        const int64_t d = i % rows / to_extent[1] - shift[0], h = i % to_extent[1] - shift[1];
        const bool inside = d >= 0 && d < from_extent[0] && h >= 0 && h < from_extent[1];
        const real *row = (const real *)from;
        if (inside)
            row += i / rows * pixels + (d * from_extent[1] + h) * from_extent[2];
        copy_row(inside ? from_extent[2] : 0, to_extent[2], inside ? shift[2] : 0, row,
                 (real *)to + i * to_extent[2]);
    }
}

void V(pleat__pixel_shuffle)(int64_t planes, int64_t factor, int64_t height, int64_t width,
                             bool back, const void *from, void *to, int threads) {
    const real *in = from;
    real *out = to;
#pragma omp parallel for schedule(static)                                                          \
    num_threads(threads) if (planes * factor * factor * height * width >= PLEAT__PARALLEL_COUNT)
    for (int64_t row = 0; row < planes * factor * factor * height; row++) {
        const int64_t h = row % height, channel = row / height, j = channel % factor,
                      i = channel / factor % factor, plane = channel / (factor * factor);
        const int64_t fine = ((plane * height + h) * factor + i) * width * factor + j;
        if (back)
            for (int64_t w = 0; w < width; w++)
                out[row * width + w] = in[fine + w * factor];
        else
            for (int64_t w = 0; w < width; w++)
                out[fine + w * factor] = in[row * width + w];
    }
}
